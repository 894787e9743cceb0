/// Frames of each clip a model has seen under each grant, as ledgers tell it; what `max_exposures` is held against.
public struct Exposures: Sendable, Equatable {
  /// By clip, then grant.
  public private(set) var seen: [String: [String: Int]] = [:]

  public init() {}

  /// Adds frames; a sum past Int's range stays at the top, which refuses.
  public mutating func add(_ frames: Int, clip: String, grant: String) {
    let (sum, overflow) = seen[clip, default: [:]][grant, default: 0].addingReportingOverflow(frames)
    seen[clip, default: [:]][grant] = overflow ? .max : sum
  }

  public mutating func merge(_ other: Exposures) {
    for (clip, grants) in other.seen { for (grant, frames) in grants { add(frames, clip: clip, grant: grant) } }
  }

  /// Takes the larger of both counts, clip by clip: what a run in progress has seen, or what it has reserved.
  public func raised(to other: Exposures) -> Exposures {
    var sum = self
    for (clip, grants) in other.seen {
      for (grant, frames) in grants { sum.seen[clip, default: [:]][grant] = max(frames, sum.seen[clip]?[grant] ?? 0) }
    }
    return sum
  }

  /// Frames by grant.
  public subscript(clip: String) -> [String: Int] { seen[clip] ?? [:] }
}
