/// Which pixels of a frame are still to be seen in the next, by comparing flow both ways.
///
/// Lai et al., "Learning blind video temporal consistency", ECCV 2018, after Ruder et al. 2016. A pixel does not count
/// when
///   ‖B(x + F) + F‖² > 0.01·(‖F‖² + ‖B(x + F)‖²) + 0.5   (hidden), or
///   ‖∇u‖² + ‖∇v‖² > 0.01·‖F‖² + 0.002                     (a motion boundary; forward differences), or its goal lies
///   outside.
/// The constants are in px², so the verdict depends on resolution.
package enum FlowOcclusion {
  package static func isHidden(_ forward: SIMD2<Float>, _ backward: SIMD2<Float>) -> Bool {
    let cycle = forward + backward
    return (cycle * cycle).sum() > 0.01 * ((forward * forward).sum() + (backward * backward).sum()) + 0.5
  }

  package static func isBoundary(_ here: SIMD2<Float>, right: SIMD2<Float>, below: SIMD2<Float>) -> Bool {
    let dx = right - here, dy = below - here
    return (dx * dx).sum() + (dy * dy).sum() > 0.01 * (here * here).sum() + 0.002
  }

  /// `[H·W]`: neither hidden, nor on a boundary, nor leaving the frame.
  package static func visible(_ forward: FlowField, _ backward: FlowField) -> [Bool] {
    let w = forward.width, h = forward.height
    var out = [Bool](repeating: false, count: w * h)
    for y in 0..<h {
      for x in 0..<w {
        let i = y * w + x, f = SIMD2(forward.u[i], forward.v[i])
        let r = x + 1 < w ? i + 1 : i, d = y + 1 < h ? i + w : i
        if isBoundary(f, right: SIMD2(forward.u[r], forward.v[r]), below: SIMD2(forward.u[d], forward.v[d])) {
          continue
        }
        guard let b = backward.at(Float(x) + f.x, Float(y) + f.y) else { continue }
        out[i] = !isHidden(f, b)
      }
    }
    return out
  }
}
