import Foundation

/// What a 64×64 picture looks like in 1,088 numbers: where its edges run and which colours it has.
///
/// - 576: histograms of oriented gradients (Dalal & Triggs, CVPR 2005) of luma, 8×8 cells of 8×8 pixels, nine unsigned
///   orientations of 20°, central differences (none at the border), votes by magnitude into one bin, all cells
///   normalised together.
/// - 512: a Lab histogram of 8×8×8 bins, L on [0, 100], a and b on [−100, 100], each pixel shared linearly between
///   neighbouring bins so that a colour on a border between two does not jump.
/// Both halves have unit length, and so has the whole: the cosine of two pictures is the mean of shape's and colour's.
package struct HOGColour {
  static let side = 64, cells = 8, orientations = 9, bins = 8
  package let values: [Float]

  /// - Parameters:
  ///   - pixels: `[64·64·3]` on 0…255.
  ///   - coverage: `[64·64]`; what it leaves out is flat grey to the edges and weightless to the colours. Nil takes
  ///     everything.
  package init(_ pixels: [Float], coverage: [Float]? = nil) {
    let count = Self.side * Self.side
    let luma = (0..<count).map { p -> Float in
      let y = 0.299 * pixels[3 * p] + 0.587 * pixels[3 * p + 1] + 0.114 * pixels[3 * p + 2]
      return coverage.map { 128 + $0[p] * (y - 128) } ?? y
    }
    let parts = [Self.unit(Self.gradients(luma)), Self.unit(Self.colours(pixels, coverage))]
    values = Self.unit(parts.flatMap { $0 })
  }

  /// Cosine of two, [0, 1] since no number is negative; 0 for a picture without edges or colours.
  package func similarity(to other: HOGColour) -> Double {
    zip(values, other.values).reduce(0.0) { $0 + Double($1.0 * $1.1) }
  }

  private static func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 1e-9 ? values.map { Float(Double($0) / length) } : values.map { _ in 0 }
  }

  private static func gradients(_ luma: [Float]) -> [Float] {
    var out = [Float](repeating: 0, count: cells * cells * orientations)
    for i in 0..<side {
      for j in 0..<side {
        let down = i > 0 && i < side - 1 ? luma[(i + 1) * side + j] - luma[(i - 1) * side + j] : 0
        let right = j > 0 && j < side - 1 ? luma[i * side + j + 1] - luma[i * side + j - 1] : 0
        guard down != 0 || right != 0 else { continue }
        var degrees = Double(atan2(down, right)) * 180 / .pi
        if degrees < 0 { degrees += 180 }
        let bin = min(Int(degrees / 20), 9) % orientations  // 180° is 0°
        out[((i / 8) * cells + j / 8) * orientations + bin] += (down * down + right * right).squareRoot()
      }
    }
    return out
  }

  private static func colours(_ pixels: [Float], _ coverage: [Float]?) -> [Float] {
    var out = [Float](repeating: 0, count: bins * bins * bins)
    for p in 0..<side * side {
      let weight = coverage?[p] ?? 1
      guard weight > 0 else { continue }
      let lab = LabColour(sRGB: SIMD3(Double(pixels[3 * p]), Double(pixels[3 * p + 1]), Double(pixels[3 * p + 2])))
      let l = shared(lab.l / 100), a = shared((lab.a + 100) / 200), b = shared((lab.b + 100) / 200)
      for (i, u) in l {
        for (j, v) in a { for (k, w) in b { out[(i * bins + j) * bins + k] += weight * Float(u * v * w) } }
      }
    }
    return out
  }

  /// The two bins whose centres enclose `x` ∈ [0, 1], with their shares; one beyond the outermost centres.
  private static func shared(_ x: Double) -> [(Int, Double)] {
    let place = min(max(x * Double(bins) - 0.5, 0), Double(bins - 1)), low = min(Int(place), bins - 2),
      share = place - Double(low)
    return share == 0 ? [(low, 1)] : [(low, 1 - share), (low + 1, share)]
  }
}
