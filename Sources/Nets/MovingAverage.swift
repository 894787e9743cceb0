import Tensors

/// Exponential moving average of the parameters (EMA). Early on the decay is min(decay, (1+n)/(10+n)), so that the
/// average is not dominated by the initial values.
public final class MovingAverage {
  public let decay: Float
  public let values: Tensor

  public init(_ parameters: Parameters, decay: Float) {
    self.decay = decay
    values = parameters.values.copy()
  }

  /// - Parameter updates: optimizer updates made so far, this one included.
  public func update(_ parameters: Parameters, updates: Int) {
    let d = min(decay, Float(1 + updates) / Float(10 + updates))
    values.scaleAndAdd(d, 1 - d, parameters.values)
  }
}
