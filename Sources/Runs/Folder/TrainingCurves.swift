import Files
import Foundation

/// What `events.jsonl` tells of a training: the loss at every step, and the held-out loss clip by clip.
public struct TrainingCurves: Sendable, Equatable {
  public struct HeldOutPoint: Sendable, Equatable {
    public let step: Int
    public let loss: Double
    /// One a clip, in the data's order.
    public let losses: [Double]
    /// By noise level, with 95 % intervals over clips; empty in logs of before.
    public var levels: [Level] = []
  }

  public struct Level: Sendable, Equatable {
    public let sigma: Double, loss: Double
    public let low: Double?, high: Double?
  }

  /// One visit of an `evaluate:` entry.
  public struct Visit: Sendable, Equatable {
    public struct Figure: Sendable, Equatable {
      public let value: Double
      public let low: Double?, high: Double?
    }
    public let name: String, suite: String
    public let step: Int
    public let primaries: [String]
    /// By subject, then metric.
    public let figures: [String: [String: Figure]]
  }

  /// Steps with their loss; NaN where it was not a number.
  public private(set) var steps: [Int] = []
  public private(set) var loss: [Double] = []
  public private(set) var heldOut: [HeldOutPoint] = []
  public private(set) var visits: [Visit] = []
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

  public init(_ events: [Value]) { take(events) }

  private mutating func take(_ events: [Value]) {
    for event in events {
      guard let step = event["step"]?.integer else { continue }
      switch event["kind"]?.string {
      case "step":
        steps.append(step)
        loss.append(event["loss"]?.double ?? .nan)
      case "held_out":
        let point = HeldOutPoint(
          step: step, loss: event["loss"]?.double ?? .nan,
          losses: (event["losses"]?.array ?? []).map { $0.double ?? .nan },
          levels: (event["levels"]?.array ?? []).map {
            Level(
              sigma: $0["sigma"]?.double ?? .nan, loss: $0["loss"]?.double ?? .nan, low: $0["low"]?.double,
              high: $0["high"]?.double)
          })
        // A step observed twice (a resume at its checkpoint) counts once, as last seen.
        heldOut.removeAll { $0.step == step }
        heldOut.append(point)
      case "evaluation":
        let visit = Visit(event, step)
        visits.removeAll { $0.step == step && $0.name == visit.name }
        visits.append(visit)
      default: break
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

extension TrainingCurves.Visit {
  package init(_ event: Value, _ step: Int) {
    (name, suite, self.step) = (event["name"]?.string ?? "", event["suite"]?.string ?? "", step)
    primaries = (event["primary"]?.array ?? []).compactMap(\.string)
    figures = (event["subjects"]?.fields ?? []).reduce(into: [:]) { subjects, subject in
      subjects[subject.key] = (subject.value.fields ?? []).reduce(into: [:]) { metrics, field in
        guard let value = field.value["value"]?.double else { return }
        metrics[field.key] = Figure(value: value, low: field.value["low"]?.double, high: field.value["high"]?.double)
      }
    }
  }
}
