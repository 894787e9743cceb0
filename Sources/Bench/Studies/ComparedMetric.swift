import Files
import Measures
import Worlds

/// One metric of a comparison: an estimate a party and the paired differences, over all instances and scenario by
/// scenario.
public struct ComparedMetric: Sendable, Equatable {
  /// Subjects looked at as one: a variant's checkpoints, or one control.
  public struct Party: Sendable, Equatable {
    public let name: String
    /// Among the result's subjects.
    public let subjects: [SubjectRole]

    package init(name: String, subjects: [SubjectRole]) {
      self.name = name
      self.subjects = subjects
    }

    package init(_ subject: SubjectRole) { self.init(name: subject.name, subjects: [subject]) }

    public var isControl: Bool { subjects.allSatisfy(\.isControl) }
    /// Whether no model is expected to beat it.
    package var isTruth: Bool { subjects.allSatisfy(\.isTruth) }
  }

  public struct Row: Sendable, Equatable {
    package let party: Party
    public let estimate: Estimate
    /// Mean of the middle half; of judged metrics in headline groups.
    public let interquartile: Estimate?
    /// What `Pairing` asks for; nil for the subject the others are held against.
    public let difference: PairedComparison?
    /// The difference's p after Holm over every test of the family; only in headline groups of primary metrics.
    public var adjusted: Double?

    public var subject: String { party.name }
    public var isControl: Bool { party.isControl }
  }

  /// Two parties neither of which is the first.
  public struct Pair: Sendable, Equatable {
    public let subject: String, reference: String
    public let difference: PairedComparison
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
    /// The best variant against the worst, where neither is the first.
    public var extremes: Pair?
    /// p of every pair without the first, which the family has to count because the extremes were picked among them.
    public let others: [Double]
  }

  /// Which differences are taken, always paired by instance.
  public enum Pairing: Sendable {
    /// Every other variant − the first.
    case withFirst
    /// The model − each control, on the control's row.
    case withControls
  }

  public let metric: String, unit: String
  /// nil: described, not judged.
  public let direction: PairedComparison.Direction?
  /// Declared by the suite: p is adjusted over all of these, and claims rest on them.
  public let isPrimary: Bool
  public var groups: [Group]

  /// Metrics with no better direction whatever a file says: `motion_ratio` is best at 1, and above it is jitter.
  static let diagnostics: Set<String> = [StaticBias.metric]

  /// - Parameter parties: what the rows are; every subject by itself when nil.
  public init(
    _ metric: String, of result: BenchResult, _ pairing: Pairing, parties: [Party]? = nil, isPrimary: Bool = true
  ) {
    (self.metric, unit, self.isPrimary) = (metric, result.units[metric] ?? "", isPrimary)
    let direction = Self.diagnostics.contains(metric) ? nil : result.direction(metric)
    let parties = parties ?? result.subjects.map { Party($0.role) }
    self.direction = direction
    let study = Study(result: result, metric: metric, direction: direction, parties: parties)
    groups = Self.partition(result.subjects.first?.instances ?? []).map { part in
      let isJudged = part.isHeadline && isPrimary && direction != nil
      let rows = parties.indices.map { i in
        let pair: (Int, Int)? =
          switch pairing {
          case .withFirst: i > 0 && !parties[i].isControl ? (i, 0) : nil
          case .withControls: i > 0 ? (0, i) : nil
          }
        return Row(
          party: parties[i], estimate: study.estimate(i, part.members),
          interquartile: isJudged && !parties[i].isControl ? study.interquartile(i, part.members) : nil,
          difference: pair.flatMap { study.compared($0, $1, part.members) }, adjusted: nil)
      }
      let rivals =
        pairing == .withFirst && isJudged ? parties.indices.dropFirst().filter { !parties[$0].isControl } : []
      return Group(
        title: part.title, scope: part.scope, isHeadline: part.isHeadline, instances: part.members.count, rows: rows,
        extremes: study.extremes(rows, rivals, part.members), others: study.others(rivals, part.members))
    }
  }

  /// In and out of distribution are never averaged together (docs/BENCH.md, "Controls"); each scenario and cell
  /// follows where there are several.
  package static func partition(
    _ instances: [BenchResult.InstanceValues]
  ) -> [(scope: String, title: String, isHeadline: Bool, members: [Int])] {
    let outside = instances.indices.filter { !instances[$0].isInDistribution },
      inside = instances.indices.filter { instances[$0].isInDistribution }
    var parts: [(String, String, Bool, [Int])] = []
    for (name, members) in [("in distribution", inside), ("out of distribution", outside)] where !members.isEmpty {
      var strata: [(name: String, members: [Int])] = []
      for i in members {
        let name = [instances[i].scenario, instances[i].cell].filter { !$0.isEmpty }.joined(separator: " · ")
        if let place = strata.firstIndex(where: { $0.name == name }) {
          strata[place].members.append(i)
        } else {
          strata.append((name, [i]))
        }
      }
      let only = strata.count == 1
      parts.append((name, only ? strata[0].name : "\(name), mean of \(strata.count)", true, members))
      if !only { parts += strata.map { ($0.name, $0.name, false, $0.members) } }
    }
    return parts
  }
}

// MARK: the family of tests

extension ComparedMetric {
  /// Adjusts p by Holm's method over every test of the primary metrics' headline groups, the pairs nobody sees among
  /// them.
  /// - Returns: how many tests the family has.
  @discardableResult
  package static func adjust(_ metrics: inout [ComparedMetric]) -> Int {
    var family: [Double] = [], places: [(adjusted: WritableKeyPath<[ComparedMetric], Double?>, test: Int)] = []
    for (m, metric) in metrics.enumerated() where metric.isPrimary && metric.direction != nil {
      for (g, group) in metric.groups.enumerated() where group.isHeadline {
        for (r, row) in group.rows.enumerated() {
          guard let p = row.difference?.p else { continue }
          places.append((\.[m].groups[g].rows[r].adjusted, family.count))
          family.append(p)
        }
        if let p = group.extremes?.difference.p, let same = group.others.firstIndex(of: p) {
          places.append((\.[m].groups[g].extremes!.adjusted, family.count + same))
        }
        family += group.others
      }
    }
    let adjusted = Holm.adjusted(family)
    for place in places { metrics[keyPath: place.adjusted] = adjusted[place.test] }
    return family.count
  }
}

/// One metric of a result, by party.
private struct Study {
  let result: BenchResult
  let metric: String
  let direction: PairedComparison.Direction?
  let parties: [ComparedMetric.Party]

  private func subjects(_ party: Int) -> [BenchResult.Subject] { parties[party].subjects.compactMap { result[$0] } }

  func estimate(_ party: Int, _ members: [Int]) -> Estimate {
    let subjects = subjects(party)
    if subjects.count == 1 { return result.estimate(metric, of: members.map { subjects[0].instances[$0] }) }
    guard let values = result.replicates(metric, subjects, of: members) else {
      return .notApplicable(
        "it applies to no instance", protocol: result.stamp(metric), unit: result.units[metric] ?? "")
    }
    var estimate = Estimate(
      values.collapsed.mean, n: values.count, protocol: result.stamp(metric), unit: result.units[metric] ?? "",
      note: "\(subjects.count) training seeds")
    let interval = Bootstrap.interval(values)
    (estimate.low, estimate.high) = (interval?.low, interval?.high)
    return estimate
  }

  func interquartile(_ party: Int, _ members: [Int]) -> Estimate? {
    result.replicates(metric, subjects(party), of: members).map {
      InterquartileMean.estimate(
        $0.collapsed, protocol: result.stamp(metric), unit: result.units[metric] ?? "", draws: 2000)
    }
  }

  func compared(_ a: Int, _ b: Int, _ members: [Int]) -> PairedComparison? {
    result.compared(metric, subjects(a), subjects(b), of: members, direction ?? .higher)
  }

  /// p of each pair of `rivals`.
  func others(_ rivals: [Int], _ members: [Int]) -> [Double] {
    pairs(rivals).compactMap { a, b in
      result.replicates(metric, subjects(a), minus: subjects(b), of: members).map { PairedComparison.p($0) }
    }
  }

  /// The best variant against the worst by estimate; nil when the first is one of them, or there are no two.
  func extremes(_ rows: [ComparedMetric.Row], _ rivals: [Int], _ members: [Int]) -> ComparedMetric.Pair? {
    let ranked = ([0] + rivals).filter { rows[$0].estimate.isApplicable }.sorted {
      (rows[$0].estimate.value > rows[$1].estimate.value) == (direction == .higher)
        && rows[$0].estimate.value != rows[$1].estimate.value
    }
    guard rivals.count > 1, let best = ranked.first, let worst = ranked.last, best != 0, worst != 0, best != worst
    else { return nil }
    // The pair as `others` has it, so that its p is one of those.
    let pair = pairs(rivals).first { Set([$0.0, $0.1]) == [best, worst] } ?? (best, worst)
    return compared(pair.0, pair.1, members).map {
      .init(subject: parties[pair.0].name, reference: parties[pair.1].name, difference: $0)
    }
  }

  private func pairs(_ items: [Int]) -> [(Int, Int)] {
    items.indices.flatMap { i in items.indices.dropFirst(i + 1).map { (items[$0], items[i]) } }
  }
}

extension BenchResult {
  /// Values of one metric on the instances that every subject has one for; nil where none is left.
  package func replicates(_ metric: String, _ a: [Subject], minus b: [Subject] = [], of members: [Int]) -> Replicates? {
    let everyone = a + b
    guard let first = a.first?.instances, everyone.allSatisfy({ $0.instances.count == first.count }) else { return nil }
    let kept = members.filter { i in
      everyone.allSatisfy { $0.instances[i].id == first[i].id && $0.instances[i].judged(metric) != nil }
    }
    func rows(_ subjects: [Subject]) -> [[Double]] {
      subjects.map { subject in kept.map { subject.instances[$0].judged(metric) ?? .nan } }
    }
    return kept.isEmpty ? nil : Replicates(rows(a), minus: rows(b), strata: kept.map { Self.stratum(first[$0]) })
  }

  /// a − b on the instances all have a value for; nil where none is left, or the subjects have other instances.
  package func compared(
    _ metric: String, _ a: [Subject], _ b: [Subject], of members: [Int], _ direction: PairedComparison.Direction,
    draws: Int = Bootstrap.draws
  ) -> PairedComparison? {
    guard !b.isEmpty, let values = replicates(metric, a, minus: b, of: members) else { return nil }
    return try? PairedComparison(
      values, better: direction, protocol: stamp(metric), unit: units[metric] ?? "", draws: draws)
  }
}
