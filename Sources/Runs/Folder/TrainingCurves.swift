import Files
import Foundation

/// What `events.jsonl` tells of a training: the loss at every step, and the held-out loss clip by clip.
public struct TrainingCurves: Sendable, Equatable {
  /// A rise of the learning rate after `step` steps.
  public struct RateJump: Sendable, Equatable {
    public let step: Int
    public let before: Double, after: Double

    /// "after step 20 the learning rate rises from 1.1e-05 to 6.1e-04".
    package var text: String {
      "after step \(step) the learning rate rises from \(Self.number(before)) to \(Self.number(after))"
    }

    package init(step: Int, before: Double, after: Double) {
      (self.step, self.before, self.after) = (step, before, after)
    }

    private static func number(_ x: Double) -> String { String(format: "%.2g", x) }
  }

  /// Steps with their loss; NaN where it was not a number.
  public private(set) var steps: [Int] = []
  public private(set) var loss: [Double] = []
  public private(set) var heldOut: [RunEvent.HeldOutLoss] = []
  public private(set) var visits: [RunEvent.Visit] = []
  /// Whether the model follows its actions, as last seen; nil of one that takes none.
  public private(set) var following: RunEvent.Following?
  /// Where the learning rate rose because the run was lengthened: steps done, the rate before and after.
  public private(set) var rateJumps: [RateJump] = []
  /// Why there is nothing, or not everything.
  public private(set) var note: String?

  /// Never throws: a report is still a report when the events are lost, and says so.
  public init(path: String) {
    guard Disk.exists(path) else {
      note = "there are no events: \((path as NSString).lastPathComponent) is missing"; return
    }
    do { take(try EventLog.read(path)) } catch {
      note = "the events cannot be read: \((error as? Problem)?.what ?? "\(error)")"
    }
  }

  public init(_ events: [RunEvent]) { take(events) }

  private mutating func take(_ events: [RunEvent]) {
    for event in events {
      switch event {
      case .step(let step):
        steps.append(step.step)
        loss.append(step.loss)
      case .heldOut(let point):
        // A step observed twice (a resume at its checkpoint) counts once, as last seen.
        heldOut.removeAll { $0.step == point.step }
        heldOut.append(point)
      case .evaluation(let visit):
        visits.removeAll { $0.step == visit.step && $0.name == visit.name }
        visits.append(visit)
      case .rateJump(let step, let before, let after):
        rateJumps.removeAll { $0.step == step }
        rateJumps.append(RateJump(step: step, before: before, after: after))
      case .following(let found): following = found
      case .cap, .left, .heldOutLeft, .other: break
      }
    }
    let lost = loss.count { !$0.isFinite }
    if lost > 0 { note = "\(lost) \(lost == 1 ? "step has" : "steps have") no finite loss" }
  }

  /// Names of the `evaluate:` entries, in order.
  public var evaluations: [String] { visits.map(\.name).distinct() }

  /// The loss smoothed by an exponential average of about a fiftieth of the run, corrected for its start; NaN is passed
  /// over.
  public var smoothed: [Double] {
    let decay = 1 - 1 / max(5, Double(loss.count) / 50)
    var average = 0.0, weight = 0.0
    return loss.map { value in
      guard value.isFinite else { return .nan }
      average = decay * average + (1 - decay) * value
      weight = decay * weight + (1 - decay)
      return average / weight
    }
  }
}
