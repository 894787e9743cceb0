import Clips
import Consent
import Files
import Frames

/// Which held-out clips may still be looked at.
struct HeldOutConsent {
  private let admitted: [[String: Admission]]?
  private let source: ClipSource
  private let time: Moment

  /// - Parameter gates: as they stand now, one a dataset; nil leaves admissions as they are.
  init(_ gates: [Gate]?, _ source: ClipSource, at time: Moment) {
    (self.source, self.time) = (source, time)
    admitted = gates.map { gates in
      gates.map { Dictionary($0.admissions(split: .validation).map { ($0.clip, $0) }, uniquingKeysWith: { a, _ in a }) }
    }
  }

  /// Those that may still be looked at, each with the admission that holds now, and the names of the others.
  /// - Parameters:
  ///   - index: of a clip among the source's items.
  ///   - admission: by whose leave it was looked at.
  func kept<Clip>(
    _ clips: [Clip], _ index: (Clip) -> Int, _ admission: WritableKeyPath<Clip, Admission>
  ) -> (clips: [Clip], left: [String]) {
    var left: [String] = []
    let kept = clips.compactMap { clip -> Clip? in
      guard let now = self.admission(index(clip), clip[keyPath: admission]) else {
        left.append(clip[keyPath: admission].clip)
        return nil
      }
      var kept = clip
      kept[keyPath: admission] = now
      return kept
    }
    return (kept, left)
  }

  /// By whose leave the source's item `index`, admitted before, is looked at now; nil: by nobody's.
  private func admission(_ index: Int, _ before: Admission) -> Admission? {
    let now = admitted == nil ? before : admitted?[source.items[index].dataset][before.clip]
    guard let now, now.expires.map({ time < $0 }) ?? true else { return nil }
    return now
  }
}
