import Frames

/// Compares clips frame by frame as they are decoded, so that no clip is ever held whole: give it the frames of each in
/// turn, in step.
public struct PhysicsIQComparison {
  /// A clip on its way through: its mask at its own size, then mask and frame at the common one.
  private struct Side {
    var mask: MotionMask
    let resize: BilinearSize

    init(_ size: (width: Int, height: Int), _ common: (width: Int, height: Int)) {
      mask = MotionMask(width: size.width, height: size.height)
      resize = BilinearSize(from: size, to: common)
    }

    mutating func take(_ pixels: [UInt8]) -> (mask: [Bool], frame: [Float]) {
      let moved = mask.next(pixels)
      return (resize(1) { moved[$0] ? 255 : 0 }.map { $0 > 127 }, resize(3) { Float(pixels[$0]) }.map { $0.rounded() })
    }
  }

  private var sides: [Side]
  private var pairs: [Pair]
  private var counts: [[Int32]]
  private var frames = 0

  /// What accumulates of clip 0 against another.
  private struct Pair { var overlap = 0.0, squaredError = 0.0 }

  /// - Parameters:
  ///   - sizes: of the clips; the first is the one that the others are held against.
  ///   - common: size that they are compared at; the benchmark's is a quarter of the filmed take's.
  public init(sizes: [(width: Int, height: Int)], common: (width: Int, height: Int)) {
    precondition(sizes.count >= 2, "\(sizes.count) clips to compare")
    sides = sizes.map { Side($0, common) }
    pairs = Array(repeating: Pair(), count: sizes.count - 1)
    counts = Array(repeating: [Int32](repeating: 0, count: common.width * common.height), count: sizes.count)
  }

  /// The next frame of every clip, `[H·W·3]` each.
  public mutating func add(_ pixels: [[UInt8]]) {
    let taken = pixels.indices.map { sides[$0].take(pixels[$0]) }
    let errors = pairs.indices.map { k -> Double in
      var sum = 0.0
      for (u, v) in zip(taken[0].frame, taken[k + 1].frame) { sum += Double((u - v) * (u - v)) }
      return sum / Double(taken[0].frame.count) / 65025
    }
    add(masks: taken.map(\.mask), squaredErrors: errors)
  }

  /// The next frame's masks at the common size, with the mean squared error of clip 0's frame against each of the
  /// others'.
  package mutating func add(masks: [[Bool]], squaredErrors: [Double]) {
    frames += 1
    for k in masks.indices { for (p, moved) in masks[k].enumerated() where moved { counts[k][p] += 1 } }
    for k in pairs.indices {
      pairs[k].overlap += Self.overlap(masks[0], masks[k + 1])
      pairs[k].squaredError += squaredErrors[k]
    }
  }

  /// Clip 0 against each of the others; nil before the first frame.
  public var components: [PhysicsIQ.Components]? {
    guard frames > 0 else { return nil }
    return pairs.indices.map { k in
      let a = counts[0], b = counts[k + 1]
      var inter = 0, union = 0, least = 0, most = 0
      for p in a.indices {
        if a[p] > 0 && b[p] > 0 { inter += 1 }
        if a[p] > 0 || b[p] > 0 { union += 1 }
        least += Int(min(a[p], b[p]))
        most += Int(max(a[p], b[p]))
      }
      return PhysicsIQ.Components(
        spatial: union > 0 ? Double(inter) / Double(union) : 1, spatiotemporal: pairs[k].overlap / Double(frames),
        weighted: most > 0 ? Double(least) / Double(most) : 1, squaredError: pairs[k].squaredError / Double(frames))
    }
  }

  private static func overlap(_ a: [Bool], _ b: [Bool]) -> Double {
    var inter = 0, union = 0
    for p in a.indices {
      if a[p] && b[p] { inter += 1 }
      if a[p] || b[p] { union += 1 }
    }
    return union > 0 ? Double(inter) / Double(union) : 1
  }
}

extension PhysicsIQ {
  /// Components of clips of one size and length, from memory; at their own size.
  public static func components(_ first: Frames, _ second: Frames) -> Components {
    precondition(
      first.width == second.width && first.height == second.height && first.count == second.count && first.count > 0,
      "clips of different shape")
    var comparison = PhysicsIQComparison(
      sizes: [(first.width, first.height), (second.width, second.height)], common: (first.width, first.height))
    for t in 0..<first.count {
      comparison.add([first, second].map { Array($0.pixels[t * $0.frameBytes..<(t + 1) * $0.frameBytes]) })
    }
    return comparison.components![0]
  }
}
