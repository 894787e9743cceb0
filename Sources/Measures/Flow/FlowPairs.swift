import Frames

/// Dense flow, both ways, over pairs of frames of a clip.
package enum FlowPairs {
  /// Why flow cannot be had; nil when it can.
  static func obstacle(_ frames: Frames) -> String? {
    guard frames.count >= 2 else { return "flow needs 2 frames; the clip has \(frames.count)" }
    guard min(frames.width, frames.height) >= DenseFlow.leastSide else {
      return "flow needs sides of \(DenseFlow.leastSide) pixels; the clip is \(frames.width)x\(frames.height)"
    }
    return nil
  }

  /// Pictures of more pixels are searched at half their size (a quarter, …) and the vectors enlarged: what a thread
  /// holds stays under 300 MB, and a 4K clip does not take minutes a second.
  static let most = 1280 * 1280

  /// `body(first frame, forward, backward)` of every pair, in their order. Runs of eight pairs share working memory and
  /// pyramids, so what a thread does depends on the pairs alone.
  package static func each<T: Sendable>(
    _ frames: Frames, _ pairs: [(Int, Int)], threads: Int,
    _ body: @Sendable (_ first: Int, _ forward: FlowField, _ backward: FlowField) -> T
  ) -> [T] {
    let run = 8, runs = (pairs.count + run - 1) / run
    let parts = concurrent(runs, threads: threads) { r in
      var w = frames.width, h = frames.height, halvings = 0
      while w * h > most { (w, h, halvings) = ((w + 1) / 2, (h + 1) / 2, halvings + 1) }
      let flow = DenseFlow(width: w, height: h)
      var pyramids = [(frame: -1, pyramid: flow.pyramid()), (frame: -1, pyramid: flow.pyramid())]
      func pyramid(_ t: Int, keeping other: Int) -> FlowPyramid {
        if let made = pyramids.first(where: { $0.frame == t }) { return made.pyramid }
        let slot = pyramids[0].frame == other ? 1 : 0
        pyramids[slot].frame = t
        pyramids[slot].pyramid.fill((0..<halvings).reduce(LumaPlane(frames, t)) { plane, _ in plane.halved })
        return pyramids[slot].pyramid
      }
      return pairs[r * run..<min(pairs.count, (r + 1) * run)].map { a, b in
        let first = pyramid(a, keeping: b), second = pyramid(b, keeping: a)
        func field(_ from: FlowPyramid, _ to: FlowPyramid) -> FlowField {
          halvings == 0 ? flow(from, to) : flow(from, to).enlarged(frames.width, frames.height, 1 << halvings)
        }
        return body(a, field(first, second), field(second, first))
      }
    }
    return parts.flatMap { $0 }
  }
}

/// `concurrently` for work that cannot fail.
func concurrent<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> T) -> [T] {
  do { return try concurrently(count, threads: threads, body) } catch { preconditionFailure("unreachable: \(error)") }
}
