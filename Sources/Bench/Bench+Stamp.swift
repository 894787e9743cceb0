import Diffusion
import Files
import Frames
import Measures

extension Bench {
  /// What must agree before two results are compared.
  package var stamp: ProtocolStamp { ProtocolStamp(asked, seeds: seeds, isMadeElsewhere ? nil : sampler) }

  /// The records laid out by subject.
  /// - Parameters:
  ///   - lacking: controls that could not be made, and why.
  ///   - missing: controls that have no row of measured values.
  package func result(
    _ records: [BenchRecord], subject: SubjectStamp, film: BenchFilm? = nil, notes: [String] = [],
    lacking: [BenchControl: String] = [:], without missing: Set<BenchControl> = [.nearest, .base]
  ) -> BenchResult {
    let sets = BenchSets(records, asked)
    var rows = subjects(without: missing).map { role in
      BenchResult.Subject(
        role,
        instances: records.map { record in
          let entry = record.entries.first { $0.role == role }
          return .init(
            id: record.id, scenario: record.scenario, cell: record.cell, values: entry?.values ?? [:],
            notes: entry?.notes ?? [:])
        }, video: role == .model ? film?.file : nil, sets: sets?.of(role) ?? [:])
    }
    // A control that could not be made keeps its row and says why it is empty.
    rows += lacking.sorted { $0.key.rawValue < $1.key.rawValue }.map { control, reason in
      BenchResult.Subject(
        .control(control),
        instances: records.map { .init(id: $0.id, scenario: $0.scenario, cell: $0.cell, values: [:]) }, note: reason,
        sets: sets == nil ? [:] : BenchSets.missing(reason))
    }
    let metrics = asked.metrics
    return BenchResult(
      suite: asked.name, protocolStamp: stamp, subjectStamp: subject, subjects: rows,
      units: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.unit) }),
      better: Dictionary(
        uniqueKeysWithValues: metrics.compactMap { metric in metric.better.map { (metric.name, $0) } }),
      film: film, notes: asked.omitted + notes)
  }
}
