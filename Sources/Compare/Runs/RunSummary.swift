import Bench
import Files
import Measures
import Runs

/// A finished run in a few lines: where it is, what it took, and whether its held-out loss fell.
public struct RunSummary {
  public let value: Value
  public let text: String

  public init(_ run: Run) {
    let wall = run.cost.wallSeconds ?? 0, change = Self.heldOut(run)
    let following = TrainingCurves(path: run.path("events.jsonl")).following
    var value: Value = [
      "run": .string(run.name), "folder": .string(run.folder), "step": Value(run.step),
      "status": .string(run.status.rawValue),
      "cost": run.cost.value,
      "held_out": change.map {
        [
          "first": .number($0.first), "last": .number($0.last), "change": $0.comparison.difference.json,
          "p": .number($0.comparison.p),
        ]
      } ?? .null,
    ]
    if let following { value.set("following", following.value) }
    self.value = value
    var lines = [
      "\(run.name): \(run.status.rawValue), \(Text.counted(run.step, "step")) in \(ProgressLine.clock(wall)); \(run.folder)"
    ]
    if let change {
      let verdict =
        switch change.comparison.outcome {
        case .better: "it fell";
        case .worse: "it rose";
        case .noDifference: "no change can be claimed"
        }
      lines.append(
        "held-out loss \(Text.short(change.first)) → \(Text.short(change.last)): \(verdict); change a clip \(change.comparison.difference.text) (\(Text.counted(change.comparison.difference.n, "clip")), \(Verdict.p(change.comparison.p)))"
      )
    }
    if let following { lines.append(following.text) }
    text = lines.joined(separator: "\n")
  }

  /// Last held-out loss minus the first, paired by clip. Nil when there were not two, or the log cannot be read.
  private static func heldOut(_ run: Run) -> (first: Double, last: Double, comparison: PairedComparison)? {
    let seen = ((try? EventLog.read(run.path("events.jsonl"))) ?? []).heldOut
    guard seen.count > 1, let a = seen.first?.finite, let b = seen.last?.finite, !a.isEmpty,
      let comparison = try? PairedComparison(
        b, a, better: .lower, protocol: MetricProtocol("held_out_loss"), unit: "velocity loss")
    else { return nil }
    return (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count), comparison)
  }
}
