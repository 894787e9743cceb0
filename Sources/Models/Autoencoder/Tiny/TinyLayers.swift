import Files
import Tensors

/// One half of a tiny autoencoder, layer by layer: what it is called in the file, and what it does.
struct TinyLayers {
  /// A place of the layout. Numbers are those of its lists; what has no weights has no line of its own here.
  enum Place {
    case convolution(Int), rectified(Int), halved(Int), memory(Int), pooled(Int)
    /// Time by the linear layer of the first number, then the picture twice as large by the second's convolution.
    case grown(Int, Int)
    case rectifiedBefore(Int)
  }

  private static func blocks(_ first: Int) -> [Place] { (first..<first + 3).map { Place.memory($0) } }

  /// A half's name in the file, and its places in order.
  typealias Layout = (name: String, places: [Place])

  static var encoder: Layout {
    var places = [Place.rectified(0)]
    for first in [2, 7, 12] { places += [.pooled(first), .halved(first + 1)] + blocks(first + 2) }
    return ("encoder", places + [.convolution(17)])
  }

  static var decoder: Layout {
    var places = [Place.rectified(1)]
    for first in [3, 9, 15] { places += blocks(first) + [.grown(first + 4, first + 5)] }
    return ("decoder", places + [.rectifiedBefore(22)])
  }

  private struct Kernel { let weight: Tensor, bias: Tensor }
  private enum Layer {
    case convolution(Kernel, isRectified: Bool)
    case halved(Kernel)
    case memory([Kernel], skip: Kernel?)
    case pooled(Kernel, Int)
    case grown(Kernel, Int, Kernel)
    case rectifiedBefore(Kernel)
  }

  private var layers: [Layer] = []
  /// Channels that go in and come out, and frames of a latent one.
  private(set) var inputs = 0, outputs = 0, times = 1

  init(_ file: Safetensors, _ layout: Layout, on compute: Compute) throws {
    var channels: Int?
    /// - Parameter stacked: times as many channels may go in or come out as there are.
    func kernel(_ name: String, side: Int, inputs factor: Int = 1) throws -> Kernel {
      let key = "\(layout.name).\(name).weight", (shape, values) = try file.floats(key)
      guard shape.count == 4, shape[2] == side, shape[3] == side, shape[0] > 0, shape[1] > 0,
        channels == nil || shape[1] == factor * (channels ?? 0)
      else {
        throw Problem(
          "'\(key)' has the shape \(shape)", at: file.path,
          expected: "[channels, \(channels.map { String(factor * $0) } ?? "channels"), \(side), \(side)]")
      }
      let place = "\(layout.name).\(name).bias"
      let bias = file.entry(place) == nil ? [Float](repeating: 0, count: shape[0]) : try file.floats(place).values
      guard bias.count == shape[0] else {
        throw Problem("'\(place)' has \(bias.count) numbers, its weight \(shape[0]) rows", at: file.path)
      }
      if channels == nil { inputs = shape[1] }
      channels = shape[0]
      return Kernel(
        weight: Tensor(values, side == 1 ? [shape[0], shape[1]] : Shape(shape), on: compute),
        bias: Tensor(bias, [shape[0]], on: compute))
    }
    for place in layout.places {
      switch place {
      case .convolution(let n): layers.append(.convolution(try kernel("\(n)", side: 3), isRectified: false))
      case .rectified(let n): layers.append(.convolution(try kernel("\(n)", side: 3), isRectified: true))
      case .rectifiedBefore(let n): layers.append(.rectifiedBefore(try kernel("\(n)", side: 3)))
      case .halved(let n): layers.append(.halved(try kernel("\(n)", side: 3)))
      case .memory(let n):
        let before = channels
        let first = try kernel("\(n).conv.0", side: 3, inputs: 2)
        let rest = try [2, 4].map { try kernel("\(n).conv.\($0)", side: 3) }, after = channels
        channels = before
        let skip = file.entry("\(layout.name).\(n).skip.weight") == nil ? nil : try kernel("\(n).skip", side: 1)
        guard skip != nil || before == after else {
          throw Problem("the block \(layout.name).\(n) changes its channels and has no skip", at: file.path)
        }
        channels = after
        layers.append(.memory([first] + rest, skip: skip))
      case .pooled(let n):
        let before = channels ?? 1,
          columns = file.entry("\(layout.name).\(n).conv.weight")?.shape.dropFirst().first ?? 0
        let many = max(1, columns / before)
        times *= many
        layers.append(.pooled(try kernel("\(n).conv", side: 1, inputs: many), many))
      case .grown(let n, let next):
        let before = channels ?? 1, time = try kernel("\(n).conv", side: 1), many = max(1, (channels ?? 1) / before)
        guard channels == many * before else {
          throw Problem("'\(layout.name).\(n).conv.weight' makes no whole frames", at: file.path)
        }
        times *= many
        channels = before
        layers.append(.grown(time, many, try kernel("\(next)", side: 3)))
      }
    }
    outputs = channels ?? 0
  }

  /// [B,T,H,W,C] → as its layers have it.
  func callAsFunction(_ x: Tensor) -> Tensor {
    layers.reduce(x) { x, layer in
      switch layer {
      case .convolution(let k, let isRectified):
        let y = Convolution()(x, k.weight, k.bias)
        return isRectified ? ExactActivation(.relu)(y) : y
      case .rectifiedBefore(let k): return Convolution()(ExactActivation(.relu)(x), k.weight, k.bias)
      case .halved(let k): return Self.everySecond(Convolution()(x, k.weight, k.bias))
      case .memory(let kernels, let skip):
        var y = Self.withFrameBefore(x)
        for (i, k) in kernels.enumerated() {
          y = Convolution()(y, k.weight, k.bias)
          if i < 2 { y = ExactActivation(.relu)(y) }
        }
        return ExactActivation(.relu)(Add()(y, skip.map { Linear()(x, $0.weight, $0.bias) } ?? x))
      case .pooled(let k, let many): return Linear()(Self.stacked(x, many), k.weight, k.bias)
      // A linear layer of a pixel may go before the pixel is doubled.
      case .grown(let time, let many, let k):
        return Convolution(.doubled)(Self.unstacked(Linear()(x, time.weight, time.bias), many), k.weight, k.bias)
      }
    }
  }

  /// Every second row and column, the first among them: a stride of two with a border on every side.
  private static func everySecond(_ x: Tensor) -> Tensor {
    let s = x.shape, (h, w) = ((s[2] + 1) / 2, (s[3] + 1) / 2),
      y = Tensor(undefined: [s[0], s[1], h, w, s[4]], on: x.compute)
    for line in 0..<s[0] * s[1] * h {
      for column in 0..<w {
        (y.pointer + (line * w + column) * s[4]).update(
          from: x.pointer + (((line / h) * s[2] + 2 * (line % h)) * s[3] + 2 * column) * s[4], count: s[4])
      }
    }
    return y
  }

  /// Channels of a frame, then those of the one before it: nothing before the first.
  private static func withFrameBefore(_ x: Tensor) -> Tensor {
    let s = x.shape, c = s[4], pixels = s[2] * s[3],
      y = Tensor(zeros: Shape(s.sizes.dropLast() + [2 * c]), on: x.compute)
    for frame in 0..<s[0] * s[1] {
      for pixel in 0..<pixels {
        let at = frame * pixels + pixel
        (y.pointer + at * 2 * c).update(from: x.pointer + at * c, count: c)
        if frame % s[1] > 0 { (y.pointer + at * 2 * c + c).update(from: x.pointer + (at - pixels) * c, count: c) }
      }
    }
    return y
  }

  /// `many` frames become one of as many times the channels.
  private static func stacked(_ x: Tensor, _ many: Int) -> Tensor {
    guard many > 1 else { return x }
    let s = x.shape, c = s[4], pixels = s[2] * s[3],
      y = Tensor(undefined: [s[0], s[1] / many, s[2], s[3], c * many], on: x.compute)
    for frame in 0..<s[0] * s[1] {
      for pixel in 0..<pixels {
        (y.pointer + ((frame / many * pixels + pixel) * many + frame % many) * c).update(
          from: x.pointer + (frame * pixels + pixel) * c, count: c)
      }
    }
    return y
  }

  /// The way back.
  private static func unstacked(_ x: Tensor, _ many: Int) -> Tensor {
    guard many > 1 else { return x }
    let s = x.shape, c = s[4] / many, pixels = s[2] * s[3],
      y = Tensor(undefined: [s[0], s[1] * many, s[2], s[3], c], on: x.compute)
    for frame in 0..<s[0] * s[1] * many {
      for pixel in 0..<pixels {
        (y.pointer + (frame * pixels + pixel) * c).update(
          from: x.pointer + ((frame / many * pixels + pixel) * many + frame % many) * c, count: c)
      }
    }
    return y
  }
}
