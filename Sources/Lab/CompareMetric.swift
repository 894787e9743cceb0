import Files
import Measures

/// One metric of a comparison: an estimate a subject and the paired differences, over all instances and scenario by scenario.
public struct ComparedMetric: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public let subject: String, isControl: Bool
    public let estimate: Estimate
    /// What `Pairing` asks for; nil for the subject the others are held against.
    public let difference: PairedComparison?
    /// The difference's p after Holm over every test of the comparison; only in headline groups.
    public var adjusted: Double?
  }

  /// Instances looked at together.
  public struct Group: Sendable, Equatable {
    public let title: String
    /// The title without counts, for sentences: "in distribution".
    public let scope: String
    /// Verdicts are drawn from headline groups only; the others are there to be read.
    public let isHeadline: Bool
    public let instances: Int
    public var rows: [Row]
  }

  /// Which differences are taken, always paired by instance.
  public enum Pairing: Sendable {
    /// Every other run − the first run.
    case withFirst
    /// The model − each control, on the control's row.
    case withControls
  }

  public let metric: String, unit: String
  /// nil: described, not judged.
  public let direction: PairedComparison.Direction?
  public var groups: [Group]

  /// Metrics with no better direction whatever a file says: `motion_ratio` is best at 1, and above it is jitter.
  static let diagnostics: Set<String> = ["motion_ratio"]

  public init(_ metric: String, of result: BenchResult, _ pairing: Pairing) {
    (self.metric, unit) = (metric, result.units[metric] ?? "")
    let direction = Self.diagnostics.contains(metric) ? nil : result.direction(metric), subjects = result.subjects
    self.direction = direction
    groups = Self.partition(subjects.first?.instances ?? []).map { part in
      let rows = subjects.enumerated().map { i, subject in
        let own = part.members.map { subject.instances[$0] }
        let pair: (Int, Int)? = switch pairing {
        case .withFirst: i > 0 && !subject.isControl ? (i, 0) : nil
        case .withControls: i > 0 ? (0, i) : nil
        }
        let difference = pair.flatMap { a, b in
          result.paired(part.members.map { subjects[a].instances[$0] }, part.members.map { subjects[b].instances[$0] }, metric, direction ?? .higher)
        }
        return Row(subject: subject.name, isControl: subject.isControl, estimate: result.estimate(metric, of: own), difference: difference, adjusted: nil)
      }
      return Group(title: part.title, scope: part.scope, isHeadline: part.isHeadline, instances: part.members.count, rows: rows)
    }
  }

  /// In and out of distribution are never averaged together (METRICS §10); each scenario and cell follows where there are several.
  static func partition(_ instances: [BenchResult.Instance]) -> [(scope: String, title: String, isHeadline: Bool, members: [Int])] {
    let outside = instances.indices.filter { instances[$0].cell.hasPrefix("ood") }, inside = instances.indices.filter { !instances[$0].cell.hasPrefix("ood") }
    var parts: [(String, String, Bool, [Int])] = []
    for (name, members) in [("in distribution", inside), ("out of distribution", outside)] where !members.isEmpty {
      var strata: [(name: String, members: [Int])] = []
      for i in members {
        let name = [instances[i].scenario, instances[i].cell].filter { !$0.isEmpty }.joined(separator: " · ")
        if let place = strata.firstIndex(where: { $0.name == name }) { strata[place].members.append(i) } else { strata.append((name, [i])) }
      }
      let only = strata.count == 1
      parts.append((name, only ? strata[0].name : "\(name), mean of \(strata.count)", true, members))
      if !only { parts += strata.map { ($0.name, $0.name, false, $0.members) } }
    }
    return parts
  }

  /// Tests a verdict hangs on.
  var tests: [(group: Int, row: Int, p: Double)] {
    guard direction != nil else { return [] }
    return groups.indices.filter { groups[$0].isHeadline }.flatMap { g in
      groups[g].rows.indices.compactMap { r in groups[g].rows[r].difference.map { (g, r, $0.p) } }
    }
  }

  /// Adjusts every test's p by Holm's step-down method (Holm 1979) over the whole family. - Returns: how many tests it has.
  @discardableResult
  static func adjust(_ metrics: inout [ComparedMetric]) -> Int {
    var family = metrics.indices.flatMap { m in metrics[m].tests.map { (metric: m, group: $0.group, row: $0.row, p: $0.p) } }
    family.sort { $0.p < $1.p }
    var floor = 0.0
    for (rank, test) in family.enumerated() {
      floor = max(floor, min(1, test.p * Double(family.count - rank)))
      metrics[test.metric].groups[test.group].rows[test.row].adjusted = floor
    }
    return family.count
  }

  public var json: Value {
    ["metric": .string(metric), "unit": .string(unit), "better": Value(direction?.rawValue), "groups": .array(groups.map { group in
      ["instances": Value(group.instances), "group": .string(group.title), "headline": .bool(group.isHeadline), "rows": .array(group.rows.map { row in
        ["subject": .string(row.subject), "control": .bool(row.isControl), "estimate": row.estimate.json, "difference": row.difference?.difference.json ?? .null,
         "p": Value(row.difference?.p), "p_adjusted": Value(row.adjusted)]
      })]
    })]
  }
}
