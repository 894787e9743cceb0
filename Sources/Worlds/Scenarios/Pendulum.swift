import Foundation

/// A disc swings on a light rod about the pivot (w/2, 7), released at rest from an angle.
///
/// WORLDS §2, `pendulum`: with ω = √(g/L) and k = sin(θ0/2), θ = 2·asin(k·cd(ωt, k)) and the period is 4·K(k)/ω,
/// for any amplitude. Differentiating, θ' = −2·k·k'·ω·sd(ωt, k), k'² = 1 − k². The bob's radius is drawn by us; it has
/// no influence on the law. Wrong simulator: g times f.
public struct Pendulum: Law {
  public static let suiteFrames = 64
  public static let parameters = [
    Parameter("length", unit: "units", 1...2.5, high: 3...4),
    Parameter("amplitude", unit: "radians", 0.3...0.9, high: 1.1...1.5),
    Parameter("r", unit: "units", 0.4...0.75),
    Parameter(coin: "side"),
  ]

  public let pivot: SIMD2<Double>
  /// From the pivot to the bob's centre, units; the bob's radius.
  public let length, r: Double
  /// Radians at the release, positive to the right.
  public let amplitude: Double
  /// Units/s².
  public let gravity: Double
  private let elliptic: Elliptic
  private let colour: NamedColour

  public init(_ draw: Draw, setting: Setting) {
    self.init(
      pivot: SIMD2(setting.worldWidth / 2, 7), length: draw["length"], r: draw["r"],
      amplitude: (draw["side"] < 0.5 ? -1 : 1) * draw["amplitude"],
      gravity: World.gravity, colour: draw.colours[0])
  }

  private init(pivot: SIMD2<Double>, length: Double, r: Double, amplitude: Double, gravity: Double, colour: NamedColour)
  {
    (self.pivot, self.length, self.r, self.amplitude, self.gravity, self.colour) = (
      pivot, length, r, amplitude, gravity, colour
    )
    elliptic = Elliptic(modulus: sin(abs(amplitude) / 2))
  }

  private var rate: Double { (gravity / length).squareRoot() }
  /// Seconds.
  public var period: Double { 4 * elliptic.quarterPeriod / rate }

  /// Radians from the vertical, positive to the right, and radians/s.
  public func angle(at time: Double) -> (angle: Double, rate: Double) {
    let f = elliptic(rate * time), k = elliptic.modulus, sign = amplitude < 0 ? -1.0 : 1
    return (sign * 2 * asin(k * f.cn / f.dn), -sign * 2 * k * (1 - k * k).squareRoot() * rate * f.sn / f.dn)
  }

  private func bodies(bob: SIMD2<Double>, velocity: SIMD2<Double>, radius: Double) -> [Body] {
    [
      .stroke(from: pivot, to: bob, width: 0.12, colour: Palette.line, role: .decoration),
      Body(shape: .disc(radius: 0.15), centre: pivot, colour: Palette.line, role: .scenery),
      Body(shape: .disc(radius: radius), centre: bob, velocity: velocity, colour: colour.rgb),
    ]
  }

  public func bodies(at time: Double) -> [Body] {
    let (angle, rate) = angle(at: time)
    return bodies(
      bob: pivot + length * SIMD2(sin(angle), -cos(angle)), velocity: length * rate * SIMD2(cos(angle), sin(angle)),
      radius: r)
  }

  public func bodies(at time: Double, placing centres: [SIMD2<Double>], radii: [Double]?) -> [Body] {
    bodies(bob: centres[0], velocity: .zero, radius: radii?[0] ?? r)
  }

  public func scaled(by factor: Double) -> Pendulum {
    Pendulum(pivot: pivot, length: length, r: r, amplitude: amplitude, gravity: gravity * factor, colour: colour)
  }

  /// Passages through the lowest point and turns, in the first two periods.
  public var events: [Event] { (1...8).map { Event($0 % 2 == 1 ? "lowest" : "turn", time: Double($0) * period / 4) } }

  public var caption: String {
    "a \(sizeWord(r, small: 0.5, large: 0.6)) \(colour.name) ball swings on a \(length < 1.75 ? "short" : "long") rod"
  }
}
