import Ledger

/// Every clip has reached its cap or has lost its grant.
package struct NoClipLeft: Error {}

/// The order in which windows are drawn: an endless walk over all windows, each epoch its own permutation, past clips
/// that have left.
///
/// A value: a copy can run ahead to see what a whole run would use. Where it stands depends on seed, step and the
/// ledger's history alone, so a resumed run walks as the first one did.
package struct ClipWalk: Sendable {
  /// A micro-batch: its windows, and the clips whose cap was first met while choosing them.
  package struct Draw: Sendable { var items: [Int] = [], spent: [String] = [] }

  private let source: ClipSource
  private let seed: UInt64
  private let size: Int
  /// Frames each clip was drawn for.
  private(set) var drawn: [Int]
  /// Frames each clip may be drawn for in all.
  private(set) var limits: [Int]
  private var told: [Bool]
  /// The pool each clip draws on, where several share a cap, and what is left in each.
  private var pools: [Int?]
  private var left: [Int] = []
  /// Places passed over; the walk goes on behind them.
  private var skipped = 0

  package init(_ source: ClipSource, seed: Int, size: Int) {
    (self.source, self.seed, self.size) = (source, UInt64(seed), size)
    drawn = Array(repeating: 0, count: source.clips.count)
    limits = Array(repeating: .max, count: source.clips.count)
    told = Array(repeating: false, count: source.clips.count)
    pools = Array(repeating: nil, count: source.clips.count)
  }

  /// The walk's beginning under the source's own admissions, for a look ahead.
  package static func fresh(_ source: ClipSource, seed: Int, size: Int) -> ClipWalk {
    var walk = ClipWalk(source, seed: seed, size: size)
    for item in source.items where item.admission == nil { walk.withdraw(item.clip) }
    return walk
  }

  /// Walks to the state after `step` steps as the ledger tells: what was reserved at each start, and who left when.
  package static func replayed(
    _ source: ClipSource, seed: Int, size: Int, accumulate: Int, _ history: LedgerHistory, to step: Int
  ) throws -> ClipWalk {
    var walk = ClipWalk(source, seed: seed, size: size), at = 0
    let left = history.left.filter { $0.value <= step }, starts = history.starts.filter { $0.step <= step }
    // Without caps and departures the walk has no state.
    guard !left.isEmpty || starts.contains(where: { !$0.reserved.isEmpty }) else { return walk }
    for turn in Set(starts.map(\.step) + left.values + [step]).sorted() {
      for index in at * accumulate..<turn * accumulate { _ = try walk.next(index) }
      at = turn
      if let start = starts.last(where: { $0.step <= turn }) { walk.limit { start.reserved[$0] } }
      for (clip, since) in left where since <= turn { walk.withdraw(clip) }
    }
    return walk
  }

  /// - Parameter limit: frames a clip may be drawn for in all, by its name; nil without a cap.
  package mutating func limit(_ limit: (String) -> Int?) {
    for (i, name) in source.clips.enumerated() { limits[i] = limit(name) ?? .max }
  }

  /// Clips of one content share a cap: together they are drawn for no more than its limit, what was drawn already
  /// included. For a look ahead; what each of them was planned for is a limit of its own from then on.
  /// - Parameters:
  ///   - pool: a clip's, by its name.
  ///   - limit: frames a pool may be drawn for in all.
  package mutating func share<Pool: Hashable>(_ pool: (String) -> Pool?, limit: (Pool) -> Int) {
    var known: [Pool: Int] = [:]
    for (i, name) in source.clips.enumerated() {
      guard let own = pool(name) else { continue }
      if known[own] == nil {
        known[own] = left.count
        left.append(limit(own))
      }
      pools[i] = known[own]
      if let place = known[own] { left[place] -= drawn[i] }
    }
  }

  package mutating func withdraw(_ clip: String) {
    guard let i = source.clipIndex[clip] else { return }
    (limits[i], told[i]) = (0, true)
  }

  /// Micro-batch `index` (step × accumulate + part); in order.
  /// - Throws: `NoClipLeft`.
  package mutating func next(_ index: Int) throws -> Draw {
    var draw = Draw(), place = index * size + skipped, refused = 0
    draw.items.reserveCapacity(size)
    while draw.items.count < size {
      let item = source.item(place, seed: seed), clip = source.clipOf[item]
      place += 1
      if limits[clip] != .max, remaining(clip) < source.window {
        if !told[clip] { draw.spent.append(source.clips[clip]) }
        told[clip] = true
        skipped += 1
        refused += 1
        // A clip may come first in one epoch and last in the next.
        guard refused <= 2 * source.items.count else { throw NoClipLeft() }
        continue
      }
      drawn[clip] += source.window
      if let pool = pools[clip] { left[pool] -= source.window }
      draw.items.append(item)
      refused = 0
    }
    return draw
  }

  private func remaining(_ clip: Int) -> Int {
    min(limits[clip] - drawn[clip], pools[clip].map { left[$0] } ?? .max)
  }

  /// Frames of each capped clip that a whole run up to micro-batch `end` would have used, from `index` on.
  package func planned(from index: Int, to end: Int) -> [String: Int] {
    var walk = self, index = index
    let capped = limits.indices.filter { limits[$0] != .max }
    // A plan that runs dry is cut short there, as the training will be.
    while index < end, capped.contains(where: { walk.remaining($0) >= source.window }),
      (try? walk.next(index)) != nil
    { index += 1 }
    return Dictionary(uniqueKeysWithValues: capped.map { (source.clips[$0], walk.drawn[$0]) })
  }
}
