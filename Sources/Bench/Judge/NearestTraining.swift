import Clips
import Consent
import Files
import Frames
import Ledger
import Media
import Provenance
import Runs

/// The training clip that begins most like a scene: a model that replays what it was trained on does no better than
/// pasting it ("case-based" generalisation, Kang et al. 2024, arXiv 2411.02385).
///
/// Likeness is the squared difference of the given frames, area-averaged to at most 32 pixels a side and 8 bits, over
/// every window the run was trained on and the gate admits for evaluating; the first of equals wins. Comparing is
/// measuring and asks no grant beyond the gate's; what is shown is recorded before it is, or cannot be had.
package struct NearestTraining: Sendable {
  private let source: ClipSource
  /// Frames compared.
  package let given: Int
  private let shrink: Int
  private let ledger: EvaluationLedger
  /// Windows looked at, of those there are.
  let searched: Int

  /// Most windows searched; a run with more has its first ones searched, and the result says so.
  package static let limit = 20_000
  private static let side = 32

  /// Opens the data of a run under the gate.
  /// - Parameter ledger: where it is recorded which clips are shown.
  /// - Throws: `Problem` when the data is gone, of another size, or nothing of it may be evaluated.
  package init(_ run: Run, given: Int, height: Int, width: Int, recordedIn ledger: EvaluationLedger) throws {
    source = try ClipSource(run.experiment, .evaluate, split: .train, cacheBytes: 64 << 20)
    guard (source.height, source.width) == (height, width) else {
      throw Problem(
        "the training clips are \(source.width)×\(source.height), the scenes \(width)×\(height)",
        at: source.datasets[0].path)
    }
    guard source.window > given else {
      throw Problem(
        "the training windows have \(source.window) frames, of which \(given) would be given",
        at: source.datasets[0].path)
    }
    self.given = given
    self.ledger = ledger
    shrink = (max(height, width) + Self.side - 1) / Self.side
    searched = min(Self.limit, source.items.count)
  }

  /// What the search leaves out, in a sentence; nil when nothing.
  package var note: String? {
    let closed = source.gates.reduce(0) { $0 + $1.refused.count }
    let parts = [
      searched < source.items.count ? "the first \(searched) of \(source.items.count) windows were searched" : nil,
      closed > 0
        ? closed == 1
          ? "1 clip may not be evaluated and was not looked at"
          : "\(closed) clips may not be evaluated and were not looked at" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? nil : "nearest training clip: " + parts.joined(separator: "; ")
  }

  /// The window that begins most like each scene. One pass over the data, whatever the number of scenes.
  /// - Parameter scenes: clips whose first `given` frames are looked at.
  /// - Returns: -1 where there is none.
  package func windows(like scenes: [[UInt8]], threads: Int) throws -> [Int] {
    var best = scenes.map { _ in (window: -1, distance: Int.max) }
    for start in stride(from: 0, to: searched, by: 64) {
      let items = (start..<min(start + 64, searched)).filter { source.items[$0].admission != nil }
      let looks = try items.map { thumbnail(try source.opening($0, frames: given).frames) }
      let before = best
      best = try concurrently(scenes.count, threads: threads) { s in
        zip(items, looks).reduce(before[s]) { nearest, other in
          let d = Self.distance(scenes[s], other.1, below: nearest.distance)
          return d < nearest.distance ? (window: other.0, distance: d) : nearest
        }
      }
    }
    return best.map(\.window)
  }

  /// What `windows(like:)` compares: the first frames, made small.
  func thumbnail(_ frames: Frames) -> [UInt8] {
    (0..<given).flatMap { frames.shrunk($0, by: shrink) { UInt8(($0 + $1 / 2) / $1) } }
  }

  /// Σ(a − b)², given up past `below`.
  private static func distance(_ a: [UInt8], _ b: [UInt8], below: Int) -> Int {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = 0
        for start in stride(from: 0, to: a.count, by: 1024) {
          var part: Int32 = 0
          for i in start..<min(start + 1024, a.count) {
            let d = Int32(a[i]) - Int32(b[i])
            part &+= d &* d
          }
          sum += Int(part)
          if sum >= below { return sum }
        }
        return sum
      }
    }
  }

  /// Some windows, to be shown beside a model's clips. That they are is in the ledger, on disk, when this returns.
  /// - Throws: `Problem` when the ledger does not verify or cannot be written.
  package func show(_ windows: [Int]) throws -> Shown {
    let uses = Set(windows).sorted().compactMap { i in
      source.items[i].admission.map { (admission: $0, frames: source.window - given) }
    }
    if !uses.isEmpty { try ledger.record(.nearestTraining, uses) }
    return Shown(source: source, windows: Set(windows))
  }

  /// Windows whose use is recorded: the one way to their frames.
  package struct Shown: Sendable {
    fileprivate let source: ClipSource
    fileprivate let windows: Set<Int>

    /// A window's frames, through the gate's admission.
    package func frames(_ window: Int) throws -> Frames {
      precondition(windows.contains(window), "window \(window) is not among those that were recorded")
      return try source.evaluation(window).frames
    }
  }
}

extension ClipSource {
  /// The first frames of an item.
  fileprivate func opening(_ item: Int, frames: Int) throws -> EvaluationClip {
    let it = items[item]
    guard let admission = it.admission else { throw GrantEnded(clip: it.clip) }
    return try EvaluationClip(
      admission: admission, from: datasets[it.dataset], frames: it.range.lowerBound..<it.range.lowerBound + frames)
  }
}
