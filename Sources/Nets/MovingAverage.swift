import Tensors

/// Exponential moving average of the parameters (EMA). Early on the decay is min(decay, (1+n)/(10+n)), so that the
/// average is not dominated by the initial values. Without decay it is the parameters themselves, and takes no memory.
public final class MovingAverage {
  public let decay: Float
  public let values: Tensor
  /// Whether it is the parameters themselves.
  public var isParameters: Bool { decay == 0 }

  public init(_ parameters: Parameters, decay: Float) {
    self.decay = decay
    values = decay == 0 ? parameters.values : parameters.values.copy()
  }

  /// - Parameter updates: optimizer updates made so far, this one included.
  public func update(_ parameters: Parameters, updates: Int) {
    guard !isParameters else { return }
    let d = min(decay, Float(1 + updates) / Float(10 + updates))
    values.scaleAndAdd(d, 1 - d, parameters.values)
  }

  /// Lets the average stand where the parameters do while `body` runs, and puts both back, bit for bit.
  public func standingIn<T>(for parameters: Parameters, _ body: () throws -> T) rethrows -> T {
    guard !isParameters else { return try body() }
    exchange(parameters.values)
    defer { exchange(parameters.values) }
    return try body()
  }

  private func exchange(_ other: Tensor) {
    let (a, b) = (values.pointer, other.pointer)
    values.compute.parallel(over: values.count, grain: 1 << 15) { r in
      for i in r { (a[i], b[i]) = (b[i], a[i]) }
    }
  }
}
