import Nets
import Tensors

/// Latents to clips: the encoder's way back, with one residual block more a level.
struct AutoencoderDecoder {
  private struct Level {
    var blocks: [ResidualBlock] = []
    var up: Upsample?
    /// The most channels there are within, and numbers that come of a pixel.
    var channels = 0, given = 0
    /// Channels and doubling of the shortcut around it, where the model has them.
    var shortcut: (outputs: Int, time: Int)?
  }

  private let input: ConvolutionLayer, middle: MiddleBlock, levels: [Level]
  private let norm: Tensor, output: ConvolutionLayer

  init(_ c: AutoencoderConfig, _ scope: Scope) {
    let base = c.decoderBaseDim ?? c.baseDim, dims = ([c.dimMult.last ?? 1] + c.dimMult.reversed()).map { $0 * base },
      last = c.dimMult.count - 1, type = c.products, doubles = Array(c.temporalDownsample.reversed())
    input = ConvolutionLayer(scope["conv_in"], c.zDim, dims[0], time: 3, space: 3, type)
    middle = MiddleBlock(scope["mid_block"], dims[0], type)
    levels = (0...last).map { i in
      var level = Level()
      let place = scope["up_blocks"][i], outputs = dims[i + 1], isTemporal = i < last && doubles[i]
      // Without shortcuts, doubling halves the channels.
      var channels = i > 0 && !c.isResidual ? dims[i] / 2 : dims[i]
      level.channels = max(channels, outputs)
      level.given = i < last ? 4 * (isTemporal ? 2 : 1) * (c.isResidual ? outputs : outputs / 2) : c.outChannels
      if c.isResidual, i < last { level.shortcut = (outputs, isTemporal ? 2 : 1) }
      for r in 0...c.resBlocks {
        level.blocks.append(ResidualBlock(place["resnets"][r], channels, outputs, type))
        channels = outputs
      }
      if i < last {
        level.up = Upsample(
          c.isResidual ? place["upsampler"] : place["upsamplers"][0], outputs, c.isResidual ? outputs : outputs / 2,
          time: isTemporal, type)
      }
      return level
    }
    norm = scope["norm_out"].parameter("gamma", [dims[last + 1], 1, 1, 1], .ones).reshaped([dims[last + 1]])
    output = ConvolutionLayer(scope["conv_out"], dims[last + 1], c.outChannels, time: 3, space: 3, type)
  }

  func callAsFunction(_ z: Tensor, _ memory: ClipMemory?) -> Tensor {
    rest(0, middle(input(z, memory), memory), memory)
  }

  /// What follows level `i`. A piece goes all the way before the next one starts, so large pictures are never all there.
  private func rest(_ i: Int, _ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    guard i < levels.count else { return output(x, memory, gamma: norm) }
    let level = levels[i], pixels = x.shape[2] * x.shape[3]
    return ClipPieces.along(x, elements: max(pixels * level.channels, pixels * level.given), memory) { piece in
      var y = piece
      for block in level.blocks { y = block(y, memory) }
      if let up = level.up { y = up(y, memory) }
      if let (outputs, time) = level.shortcut {
        let isFirst = memory?.begins("shortcut of level \(i)") ?? true
        y = Add()(y, RepeatUp(outputs: outputs, time: time, space: 2, isFirst: isFirst)(piece))
      }
      return rest(i + 1, y, memory)
    }
  }
}
