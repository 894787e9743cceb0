/// How much of a body can be seen.
enum Visibility {
  private static let slices = 128

  /// The share [0, 1] of `body`'s area that is in the frame and behind none of `front` (bodies nearer the eye).
  ///
  /// Vertical slices at midpoints, each solved in closed form: exactly 1 when nothing covers it and it is inside,
  /// exactly 0 when wholly covered, within 1e-3 between. A sliver thinner than 1/128 of the body's width may be missed.
  static func share(of body: Body, behind front: [Body], width: Double) -> Double {
    let near = front.filter { overlaps($0, body) }
    if near.isEmpty && body.isInside(width: width) { return 1 }
    if isOutside(body, width) { return 0 }
    let left = body.centre.x - body.reach.x, step = 2 * body.reach.x / Double(slices)
    var whole = 0.0, seen = 0.0
    for i in 0..<slices {
      let x = left + (Double(i) + 0.5) * step
      guard let own = body.slice(at: x) else { continue }
      whole += own.upperBound - own.lowerBound
      if x < 0 || x > width { continue }
      seen += free(max(own.lowerBound, 0), min(own.upperBound, World.height), at: x, behind: near)
    }
    return whole > 0 ? seen / whole : 0
  }

  private static func isOutside(_ body: Body, _ width: Double) -> Bool {
    let c = body.centre, reach = body.reach
    return c.x + reach.x <= 0 || c.x - reach.x >= width || c.y + reach.y <= 0 || c.y - reach.y >= World.height
  }

  private static func overlaps(_ a: Body, _ b: Body) -> Bool {
    abs(a.centre.x - b.centre.x) < a.reach.x + b.reach.x && abs(a.centre.y - b.centre.y) < a.reach.y + b.reach.y
  }

  /// Length of [low, high] that no covering interval takes.
  private static func free(_ low: Double, _ high: Double, at x: Double, behind near: [Body]) -> Double {
    guard high > low else { return 0 }
    let covers = near.compactMap { $0.slice(at: x) }.sorted { $0.lowerBound < $1.lowerBound }
    var length = 0.0, from = low
    for cover in covers {
      if cover.lowerBound > from { length += min(cover.lowerBound, high) - from }
      from = max(from, cover.upperBound)
      if from >= high { return length }
    }
    return length + max(0, high - from)
  }
}
