import Files
import Measures

extension BenchResult {
  /// A line an instance and subject, a column a metric; empty where the metric does not apply (RFC 4180). Numbers are the shortest that
  /// read back to the same bits.
  public var csv: String {
    let names = metrics
    var lines = [(["instance", "scenario", "cell", "subject", "control"] + names).map(Self.field).joined(separator: ",")]
    for subject in subjects {
      for instance in subject.instances {
        let values = names.map { name in instance.values[name].flatMap { $0.isFinite ? "\($0)" : nil } ?? "" }
        lines.append(([instance.id, instance.scenario, instance.cell, subject.name, subject.isControl ? "1" : "0"].map(Self.field) + values).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }

  private static func field(_ text: String) -> String {
    text.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
  }
}
