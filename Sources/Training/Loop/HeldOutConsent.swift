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

  /// By whose leave the source's item `index`, admitted before, is looked at now; nil: by nobody's.
  func admission(_ index: Int, _ before: Admission) -> Admission? {
    let now = admitted == nil ? before : admitted?[source.items[index].dataset][before.clip]
    guard let now, now.expires.map({ time < $0 }) ?? true else { return nil }
    return now
  }
}
