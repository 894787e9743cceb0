import Files
import Measures

extension BenchResult {
  /// The headline metric by scenario and cell: in and out of distribution never share a number. Nil when there is one
  /// cell only.
  public func cells() -> MetricTable? {
    guard let metric = metrics.first, let names = subjects.first?.instances.map(Self.stratum).distinct() else {
      return nil
    }
    guard names.count > 1 else { return nil }
    var table = MetricTable(title: "\(metric) by cell", columns: names)
    for subject in subjects {
      table.add(
        subject.name, isControl: subject.isControl,
        names.map { name in
          let values = subject.instances.filter { Self.stratum($0) == name }.compactMap { $0.values[metric] }.filter(
            \.isFinite)
          return values.isEmpty
            ? .notApplicable("it applies to no instance", protocol: MetricProtocol(name), unit: units[metric] ?? "")
            : Estimate(of: values, protocol: MetricProtocol(name), unit: units[metric] ?? "")
        })
    }
    return table
  }
}
