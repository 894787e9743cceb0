import Nets
import Tensors

/// A convolution with its parameters, under torch's names and shapes.
struct ConvolutionLayer {
  private let weight: Tensor, bias: Tensor, path: String, operands: ElementType
  /// Frames of the past an output sees.
  private let lead: Int

  /// - Parameters:
  ///   - time: frames of the kernel; nil: a convolution of pictures, whose weight has four axes.
  ///   - space: its side.
  init(_ scope: Scope, _ inputs: Int, _ outputs: Int, time: Int?, space: Int, _ operands: ElementType) {
    let kernel = (time.map { [$0] } ?? []) + [space, space]
    // torch's own start: uniform in ±1/√fan-in (He et al. 2015 with a = √5).
    let bound = 1 / Float(inputs * kernel.reduce(1, *)).squareRoot()
    weight = scope.matrix("weight", Shape([outputs, inputs] + kernel), .uniform(bound))
    bias = scope.parameter("bias", [outputs], .uniform(bound))
    (path, self.operands, lead) = (scope.path, operands, (time ?? 1) - 1)
  }

  /// - Parameters:
  ///   - memory: of the frames before; nil: the clip is whole.
  ///   - gamma: x is normalised and activated first.
  ///   - residual: what is added.
  func callAsFunction(
    _ x: Tensor, _ memory: ClipMemory?, _ space: Convolution.Space = .same, gamma: Tensor? = nil,
    residual: Tensor? = nil
  ) -> Tensor {
    let past = lead > 0 ? memory?.past(path) : nil
    if lead > 0 { memory?.keep(lead, of: x, for: path) }
    return Convolution(
      space, isNormed: gamma != nil, hasResidual: residual != nil, hasPast: past != nil, operands: operands
    ).apply([x, weight, bias] + [gamma, residual, past].compactMap { $0 })
  }

  /// Every second output in time, over the frames there are: after the clip's first frame, which stays as it is.
  func halved(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    let past = memory?.past(path)
    memory?.keep(1, of: x, for: path)
    guard memory?.begins(path) ?? true else {
      return Convolution(.same, .halved(past: 1), hasPast: true, operands: operands).apply(
        [x, weight, bias, past].compactMap { $0 })
    }
    guard x.shape[1] > 1 else { return x }
    return JoinFrames()(
      TakeFrames(0..<1)(x), Convolution(.same, .halved(past: 0), operands: operands)(x, weight, bias))
  }

  /// Two frames of every one: of a clip's first, which stays as it is, one. What comes before the second is nothing.
  func doubled(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    guard memory?.begins(path) ?? true else { return SplitFrames()(self(x, memory)) }
    guard x.shape[1] > 1 else { return x }
    let rest = TakeFrames(1..<x.shape[1])(x)
    return JoinFrames()(TakeFrames(0..<1)(x), SplitFrames()(self(rest, memory)))
  }
}

/// A linear layer over the channels of a pixel, stored as a convolution of kernel one.
struct PointLayer {
  private let weight: Tensor, bias: Tensor, operands: ElementType

  /// - Parameter axes: of the kernel: 2 for pictures, 3 for clips.
  init(_ scope: Scope, _ inputs: Int, _ outputs: Int, axes: Int, _ operands: ElementType) {
    let bound = 1 / Float(inputs).squareRoot()
    weight = scope.matrix(
      "weight", Shape([outputs, inputs] + Array(repeating: 1, count: axes)), .uniform(bound)
    ).reshaped([outputs, inputs])
    bias = scope.parameter("bias", [outputs], .uniform(bound))
    self.operands = operands
  }

  func callAsFunction(_ x: Tensor) -> Tensor { Linear(operands: operands)(x, weight, bias) }
}

/// norm, SiLU, convolution, twice, and a shortcut (He et al. 2016).
struct ResidualBlock {
  private let norm1: Tensor, norm2: Tensor
  private let conv1: ConvolutionLayer, conv2: ConvolutionLayer
  private let shortcut: PointLayer?

  init(_ scope: Scope, _ inputs: Int, _ outputs: Int, _ operands: ElementType) {
    norm1 = scope["norm1"].parameter("gamma", [inputs, 1, 1, 1], .ones).reshaped([inputs])
    conv1 = ConvolutionLayer(scope["conv1"], inputs, outputs, time: 3, space: 3, operands)
    norm2 = scope["norm2"].parameter("gamma", [outputs, 1, 1, 1], .ones).reshaped([outputs])
    conv2 = ConvolutionLayer(scope["conv2"], outputs, outputs, time: 3, space: 3, operands)
    shortcut = inputs == outputs ? nil : PointLayer(scope["conv_shortcut"], inputs, outputs, axes: 3, operands)
  }

  func callAsFunction(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    conv2(conv1(x, memory, gamma: norm1), memory, gamma: norm2, residual: shortcut?(x) ?? x)
  }
}

/// Attention over the pixels of every frame, one head of all channels, and what went in added.
struct AttentionBlock {
  private let norm: Tensor, qkv: PointLayer, proj: PointLayer

  init(_ scope: Scope, _ channels: Int, _ operands: ElementType) {
    norm = scope["norm"].parameter("gamma", [channels, 1, 1], .ones).reshaped([channels])
    qkv = PointLayer(scope["to_qkv"], channels, 3 * channels, axes: 2, operands)
    proj = PointLayer(scope["proj"], channels, channels, axes: 2, operands)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let s = x.shape, pictures = ChannelNorm()(x, norm).reshaped([s[0] * s[1], s[2] * s[3], s[4]])
    return Add()(x, proj(PixelAttention()(qkv(pictures))).reshaped(s))
  }
}

/// Residual block, attention, residual block.
struct MiddleBlock {
  private let first: ResidualBlock, attention: AttentionBlock, second: ResidualBlock

  init(_ scope: Scope, _ channels: Int, _ operands: ElementType) {
    first = ResidualBlock(scope["resnets"][0], channels, channels, operands)
    attention = AttentionBlock(scope["attentions"][0], channels, operands)
    second = ResidualBlock(scope["resnets"][1], channels, channels, operands)
  }

  func callAsFunction(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    second(attention(first(x, memory)), memory)
  }
}

/// Half the pixels along each side and, where asked, half the frames.
struct Downsample {
  private let space: ConvolutionLayer, time: ConvolutionLayer?

  init(_ scope: Scope, _ channels: Int, time isTemporal: Bool, _ operands: ElementType) {
    space = ConvolutionLayer(scope["resample"][1], channels, channels, time: nil, space: 3, operands)
    time = isTemporal ? ConvolutionLayer(scope["time_conv"], channels, channels, time: 3, space: 1, operands) : nil
  }

  func callAsFunction(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    let y = space(x, memory, .halved)
    return time?.halved(y, memory) ?? y
  }
}

/// Twice the pixels along each side and, where asked, twice the frames first.
struct Upsample {
  private let space: ConvolutionLayer, time: ConvolutionLayer?

  init(_ scope: Scope, _ channels: Int, _ outputs: Int, time isTemporal: Bool, _ operands: ElementType) {
    space = ConvolutionLayer(scope["resample"][1], channels, outputs, time: nil, space: 3, operands)
    time = isTemporal ? ConvolutionLayer(scope["time_conv"], channels, 2 * channels, time: 3, space: 1, operands) : nil
  }

  func callAsFunction(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    space(time?.doubled(x, memory) ?? x, memory, .doubled)
  }
}
