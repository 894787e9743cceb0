import Foundation

/// The 11-tap Gaussian (σ = 1.5) of structural similarity over the valid region alone: an H × W plane has (H − 10) × (W
/// − 10) windows.
///
/// Eight windows at a time. Sums pair up about the centre, so a mirrored line gives mirrored bits, and every window is
/// summed in one order wherever it lies in a row: the last eight of a row overlap the ones before rather than being
/// done one by one.
struct GaussianWindow {
  typealias Lanes = SIMD8<Float>
  static let taps = 11
  static let radius = taps / 2
  static let lanes = 8

  /// By distance from the centre; the eleven sum to 1.
  private let w0, w1, w2, w3, w4, w5: Lanes

  init() {
    let raw = (0...Self.radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let total = raw[0] + 2 * raw.dropFirst().reduce(0, +)
    let w = raw.map { Lanes(repeating: Float($0 / total)) }
    (w0, w1, w2, w3, w4, w5) = (w[0], w[1], w[2], w[3], w[4], w[5])
  }

  /// Σ w·x over eleven values `step` floats apart, for the eight windows that begin at `p`.
  @inline(__always)
  func callAsFunction(_ p: UnsafePointer<Float>, step: Int) -> Lanes {
    let near =
      w0 * Self.load(p + 5 &* step) + w1 * (Self.load(p + 4 &* step) + Self.load(p + 6 &* step)) + w2
      * (Self.load(p + 3 &* step) + Self.load(p + 7 &* step))
    let middle =
      w3 * (Self.load(p + 2 &* step) + Self.load(p + 8 &* step)) + w4 * (Self.load(p + step) + Self.load(p + 9 &* step))
    return near + (middle + w5 * (Self.load(p) + Self.load(p + 10 &* step)))
  }

  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
  }
  @inline(__always) static func store(_ x: Lanes, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: x, as: Lanes.self)
  }
}
