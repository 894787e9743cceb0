/// A named saturated colour.
public struct NamedColour: Sendable, Equatable {
  public let name: String
  /// Degrees.
  public let hue: Int
  /// 8-bit sRGB.
  public let rgb: SIMD3<UInt8>
}

/// Twelve hues 30° apart, saturated enough to stand at least 200 levels from the grey backdrop.
public enum Palette {
  public static let colours: [NamedColour] = zip(
    ["red", "orange", "yellow", "lime", "green", "mint", "cyan", "azure", "blue", "violet", "magenta", "rose"],
    stride(from: 0, to: 360, by: 30)
  ).map { NamedColour(name: $0, hue: $1, rgb: rgb(hue: Double($1), saturation: 0.9, value: 0.88)) }

  /// What holds and carries: rods, ramps, walls.
  static let line = SIMD3<UInt8>(96, 96, 100)
  /// A stream: seen against the backdrop, and far from any object's colour.
  static let pale = SIMD3<UInt8>(196, 204, 212)

  /// - Parameter name: one of the twelve.
  static func named(_ name: String) -> NamedColour {
    guard let colour = colours.first(where: { $0.name == name }) else {
      preconditionFailure("no colour is called \(name)")
    }
    return colour
  }

  /// Up to four colours, pairwise at least 90° apart in hue, in random order.
  static func draw(_ count: Int, from random: inout InstanceRandom) -> [NamedColour] {
    precondition((1...4).contains(count), "\(count) colours cannot all be 90° apart")
    var gaps = [Int](repeating: 3, count: count)  // steps of 30° to the next colour around the wheel
    for _ in 0..<(12 - 3 * count) { gaps[random.index(count)] += 1 }
    var at = random.index(12)
    var chosen: [NamedColour] = []
    for gap in gaps {
      chosen.append(colours[at % 12])
      at += gap
    }
    return chosen
  }

  /// HSV to 8-bit sRGB. `hue` in degrees, the others in [0, 1].
  static func rgb(hue: Double, saturation: Double, value: Double) -> SIMD3<UInt8> {
    func channel(_ n: Double) -> UInt8 {
      let k = (n + hue / 60).truncatingRemainder(dividingBy: 6)
      return UInt8((255 * value * (1 - saturation * max(0, min(k, 4 - k, 1)))).rounded())
    }
    return SIMD3(channel(5), channel(3), channel(1))
  }
}
