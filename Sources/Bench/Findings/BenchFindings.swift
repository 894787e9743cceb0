import Measures

/// What a bench found, worked out once for the terminal, the pages and the notebook.
public struct BenchFindings: Sendable {
  /// With its remarks.
  public let result: BenchResult
  /// The headline metrics of every subject, with intervals.
  public let table: MetricTable
  /// The model against each control on every headline metric; none when only controls were benched.
  package let studies: [ComparedMetric]
  /// Tests their p was adjusted over.
  package let tests: Int
  /// What the controls say of the model on the primary metrics.
  public let controls: [ControlRemark]
  /// What the result's remarks say beside `controls`.
  package let furtherRemarks: [String]

  public init(_ result: BenchResult) {
    table = result.table(result.headlines)
    var studies =
      Self.ordered(result).map { ordered in result.headlines.map { ComparedMetric($0, of: ordered, .withControls) } }
      ?? []
    tests = ComparedMetric.adjust(&studies)
    (self.studies, controls) = (studies, studies.flatMap { ControlRemark.all($0) })
    let sentences = controls.map(\.sentence)
    guard result.remarks.isEmpty else {
      // A file holds sentences alone: those that `controls` say themselves are left out.
      let own = Set(sentences)
      furtherRemarks = result.remarks.filter { !own.contains($0) }
      self.result = result
      return
    }
    furtherRemarks = BenchRemarks.further(result) + [BenchRemarks.staticBias(table)].compactMap { $0 }
    var said = result
    said.remarks = sentences + furtherRemarks
    self.result = said
  }

  /// The model, then its controls: what `.withControls` expects. Nil when only controls were benched.
  private static func ordered(_ result: BenchResult) -> BenchResult? {
    guard let model = result.model else { return nil }
    var ordered = result
    ordered.subjects = [model] + result.subjects.filter(\.isControl)
    return ordered
  }
}
