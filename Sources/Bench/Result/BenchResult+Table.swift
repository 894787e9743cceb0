import Files
import Measures

extension BenchResult {
  /// A line an instance and subject, a column a metric; empty where the metric does not apply. Numbers are the shortest
  /// that read back to the same bits.
  public var csv: String {
    let names = metrics
    return CSV.row(["instance", "scenario", "cell", "subject", "control"] + names)
      + subjects.flatMap { subject in
        subject.instances.map { instance in
          let values = names.map { name in instance.values[name].flatMap { $0.isFinite ? "\($0)" : nil } ?? "" }
          return CSV.row(
            [instance.id, instance.scenario, instance.cell, subject.name, subject.isControl ? "1" : "0"] + values)
        }
      }.joined()
  }
}
