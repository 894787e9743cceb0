import Nets
import Tensors

/// Clips to moments: levels of residual blocks, space (and time) halved between them.
struct AutoencoderEncoder {
  /// What stands in a level's list, in order.
  private enum Layer { case block(ResidualBlock), down(Downsample) }
  /// A level, and the shortcut around it where the model has them.
  private struct Level {
    var layers: [Layer] = []
    /// The most channels there are within.
    var channels = 0
    var shortcut: AverageDown?
  }

  private let input: ConvolutionLayer, levels: [Level], middle: MiddleBlock
  private let norm: Tensor, output: ConvolutionLayer

  init(_ c: AutoencoderConfig, _ scope: Scope) {
    let dims = ([1] + c.dimMult).map { $0 * c.baseDim }, last = c.dimMult.count - 1, type = c.products
    input = ConvolutionLayer(scope["conv_in"], c.inChannels, dims[0], time: 3, space: 3, type)
    let blocks = scope["down_blocks"]
    var levels: [Level] = [], next = 0
    for i in 0...last {
      var level = Level(channels: max(dims[i], dims[i + 1])), channels = dims[i]
      // Levels with shortcuts are modules of their own; the others stand in one list.
      for r in 0..<c.resBlocks {
        let place = c.isResidual ? blocks[i]["resnets"][r] : blocks[next]
        level.layers.append(.block(ResidualBlock(place, channels, dims[i + 1], type)))
        (channels, next) = (dims[i + 1], next + 1)
      }
      let isTemporal = i < last && c.temporalDownsample[i]
      if i < last {
        let place = c.isResidual ? blocks[i]["downsampler"] : blocks[next]
        level.layers.append(.down(Downsample(place, dims[i + 1], time: isTemporal, type)))
        next += 1
      }
      if c.isResidual {
        level.shortcut = AverageDown(outputs: dims[i + 1], time: isTemporal ? 2 : 1, space: i < last ? 2 : 1)
      }
      levels.append(level)
    }
    self.levels = levels
    middle = MiddleBlock(scope["mid_block"], dims[last + 1], type)
    norm = scope["norm_out"].parameter("gamma", [dims[last + 1], 1, 1, 1], .ones).reshaped([dims[last + 1]])
    output = ConvolutionLayer(scope["conv_out"], dims[last + 1], 2 * c.zDim, time: 3, space: 3, type)
  }

  func callAsFunction(_ x: Tensor, _ memory: ClipMemory?) -> Tensor {
    var x = x
    for (i, level) in levels.enumerated() {
      x = ClipPieces.along(x, elements: x.shape[2] * x.shape[3] * level.channels, memory) { piece in
        let before = i == 0 ? input(piece, memory) : piece
        var y = before
        for layer in level.layers {
          switch layer {
          case .block(let block): y = block(y, memory)
          case .down(let down): y = down(y, memory)
          }
        }
        return level.shortcut.map { Add()(y, $0(before)) } ?? y
      }
    }
    return output(middle(x, memory), memory, gamma: norm)
  }
}
