import Files
import Tensors

/// Squares of a picture that overlap, coded one by one and blended: less memory for large pictures, and seams that are
/// not quite the whole picture's. The same squares as diffusers' `enable_tiling`.
public struct AutoencoderTiles: Sendable, Equatable {
  /// Side of a square, and from one to the next, in folded pixels.
  public let side: Int, step: Int
  public init(side: Int = 256, step: Int = 192) { (self.side, self.step) = (side, step) }
}

extension Autoencoder {
  /// Folded pixels along each side of a latent pixel.
  private var scale: Int { config.space / config.patch }

  /// - Throws: `Problem` when squares, or the steps between them, are no whole latent pixels.
  public func check(_ tiles: AutoencoderTiles) throws {
    guard tiles.step >= config.space, tiles.side >= tiles.step, tiles.side % config.space == 0,
      tiles.step % config.space == 0
    else {
      throw Problem.usage(
        "squares of \(tiles.side) pixels, \(tiles.step) apart",
        expected: "multiples of \(config.space), the second no larger than the first")
    }
  }

  public func encode(_ x: Tensor, _ tiles: AutoencoderTiles, atOnce: Int? = nil) -> Tensor {
    guard max(x.shape[2], x.shape[3]) > tiles.side else { return encode(x, atOnce: atOnce) }
    return blended(
      x, side: tiles.side, step: tiles.step, height: x.shape[2] / scale, width: x.shape[3] / scale,
      kept: tiles.step / scale, overlap: tiles.side / scale - tiles.step / scale
    ) { encode($0, atOnce: atOnce) }
  }

  public func decode(_ z: Tensor, _ tiles: AutoencoderTiles, atOnce: Int? = nil) -> Tensor {
    // A square's side counts pixels here, as in diffusers: of folded ones it is as many latent pixels fewer.
    let side = tiles.side / config.space, step = tiles.step / config.space
    guard max(z.shape[2], z.shape[3]) > side else { return decode(z, atOnce: atOnce) }
    let kept = tiles.step / config.patch
    let y = blended(
      z, side: side, step: step, height: z.shape[2] * scale, width: z.shape[3] * scale, kept: kept,
      overlap: tiles.side / config.patch - kept
    ) { unclamped($0, atOnce: atOnce) }
    Self.clamp(y)
    return y
  }

  /// - Parameters:
  ///   - side, step: of a square of x; height, width: of the result; kept, overlap: of a square of the result.
  private func blended(
    _ x: Tensor, side: Int, step: Int, height: Int, width: Int, kept: Int, overlap: Int, _ code: (Tensor) -> Tensor
  ) -> Tensor {
    var rows: [[Tensor]] = []
    for i in stride(from: 0, to: x.shape[2], by: step) {
      var row: [Tensor] = []
      for j in stride(from: 0, to: x.shape[3], by: step) {
        row.append(code(Self.crop(x, rows: i..<min(x.shape[2], i + side), columns: j..<min(x.shape[3], j + side))))
      }
      rows.append(row)
    }
    let first = rows[0][0].shape, y = Tensor(undefined: [first[0], first[1], height, width, first[4]], on: x.compute)
    for (i, row) in rows.enumerated() {
      for (j, tile) in row.enumerated() {
        // Each is blended with what stands above, itself blended, then with what stands to the left.
        if i > 0 { Self.blend(rows[i - 1][j], into: tile, overlap, isDown: true) }
        if j > 0 { Self.blend(row[j - 1], into: tile, overlap, isDown: false) }
        Self.paste(tile, into: y, row: i * kept, column: j * kept, kept)
      }
    }
    return y
  }

  private static func crop(_ x: Tensor, rows: Range<Int>, columns: Range<Int>) -> Tensor {
    let s = x.shape, y = Tensor(undefined: [s[0], s[1], rows.count, columns.count, s[4]], on: x.compute),
      line = columns.count * s[4]
    x.withElements { from in
      y.withElements { to in
        for picture in 0..<s[0] * s[1] {
          for (k, row) in rows.enumerated() {
            let at = ((picture * s[2] + row) * s[3] + columns.lowerBound) * s[4]
            (to.baseAddress! + (picture * rows.count + k) * line).update(from: from.baseAddress! + at, count: line)
          }
        }
      }
    }
    return y
  }

  /// The end of `a` fades into the beginning of `b`.
  private static func blend(_ a: Tensor, into b: Tensor, _ overlap: Int, isDown: Bool) {
    let (s, t) = (a.shape, b.shape), axis = isDown ? 2 : 3, extent = min(s[axis], t[axis], overlap), c = t[4]
    a.withElements { from in
      b.withElements { to in
        for picture in 0..<t[0] * t[1] {
          for k in 0..<extent {
            let weight = Float(k) / Float(extent), other = 1 - weight
            for along in 0..<(isDown ? min(s[3], t[3]) : min(s[2], t[2])) {
              let (row, column) = isDown ? (k, along) : (along, k),
                (above, left) = isDown ? (s[2] - extent + k, along) : (along, s[3] - extent + k)
              let at = ((picture * t[2] + row) * t[3] + column) * c, old = ((picture * s[2] + above) * s[3] + left) * c
              for e in 0..<c { to[at + e] = from[old + e] * other + to[at + e] * weight }
            }
          }
        }
      }
    }
  }

  private static func paste(_ tile: Tensor, into y: Tensor, row: Int, column: Int, _ kept: Int) {
    let (s, t) = (tile.shape, y.shape), high = min(kept, s[2], t[2] - row), wide = min(kept, s[3], t[3] - column),
      c = t[4]
    guard high > 0, wide > 0 else { return }
    tile.withElements { from in
      y.withElements { to in
        for picture in 0..<t[0] * t[1] {
          for k in 0..<high {
            (to.baseAddress! + ((picture * t[2] + row + k) * t[3] + column) * c).update(
              from: from.baseAddress! + (picture * s[2] + k) * s[3] * c, count: wide * c)
          }
        }
      }
    }
  }
}
