import Files
import Foundation

/// A run as one offline page, `report.html` in its folder: what it scored beside its controls, how it trained, by whose leave.
public enum Report {
  /// - Returns: the path written.
  @discardableResult
  public static func run(_ run: Run, to path: String? = nil) throws -> String {
    let place = path ?? run.path("report.html")
    try Disk.write(html(try ComparedRun(run, label: "model"), at: place), to: place)
    return place
  }

  static func html(_ r: ComparedRun, at path: String) -> String {
    let media = ReportMedia(page: path), run = r.run
    var page = ReportPage(eyebrow: "orrery · run", title: run.experiment.name, lead: lead(r))
    page.add("Verdict", verdict(r))
    for bench in r.benches {
      let metrics = studies(bench.result)
      let suffix = r.benches.count > 1 ? ", \(bench.result.suite)" : ""
      page.add("Metrics" + suffix, metrics.map { ReportSections.metric($0, kinds: [bench.result.model?.name ?? "model": 0], difference: "model − this") }.joined(separator: "\n"))
      page.add("Side by side" + suffix, ReportSections.films([("model", run.name, bench)], media))
      page.add("Protocol" + suffix, ReportFacts.protocolTable(bench.result))
    }
    page.add("Training", ReportSections.curves([r]))
    page.add("Samples during training", ReportSections.samples([r], media))
    page.add("Cost", ReportFacts.cost([r]))
    page.add("Consent", ReportFacts.consent([r]))
    page.add("Configuration", ReportFacts.configuration(run))
    page.add("Files", ReportFacts.files([r], media))
    page.footer = "Written by \(Build.version) from the run's own files. The page holds everything it shows and asks no network for anything."
    return page.html
  }

  private static func lead(_ r: ComparedRun) -> String {
    let spec = r.run.spec.value["clip"]
    let clip = [spec?["frames"]?.integer, spec?["height"]?.integer, spec?["width"]?.integer].compactMap { $0 }
    let shape = clip.count == 3 ? ", clips of \(clip[0]) frames at \(clip[2])×\(clip[1])" : ""
    return "<p class=\"lead\">\(HTML.escape(r.run.name)): \(HTML.escape(r.run.status)), step \(Text.count(r.run.step)) of \(Text.count(r.run.steps))\(r.parameters.map { ", \(Text.count($0)) parameters" } ?? "")\(shape).</p>"
  }

  /// The model against each control on every metric.
  private static func studies(_ result: BenchResult) -> [ComparedMetric] {
    var metrics = modelFirst(result).map { ordered in ordered.metrics.map { ComparedMetric($0, of: ordered, .withControls) } } ?? []
    ComparedMetric.adjust(&metrics)
    return metrics
  }

  /// The model, then its controls: what `.withControls` expects.
  private static func modelFirst(_ result: BenchResult) -> BenchResult? {
    guard let model = result.model else { return nil }
    var ordered = result
    ordered.subjects = [model] + result.subjects.filter(\.isControl)
    return ordered
  }

  /// The headline metric against each control that is not the truth, in cards; the other metrics only where a control wins.
  private static func verdict(_ r: ComparedRun) -> String {
    guard !r.benches.isEmpty else { return "<p>Not measured yet: <code>orrery bench \(HTML.escape(r.run.name))</code> puts it beside its controls.</p>" }
    return r.benches.map { bench in
      let metrics = studies(bench.result), headline = metrics.first { $0.direction != nil }?.metric
      let all = metrics.filter { $0.metric == headline }.flatMap { Verdict.all($0, .withControls) }.filter { !CompareControls.truths.contains($0.reference) }
      let beaten = modelFirst(bench.result).map { CompareControls.sentences($0, metrics.map(\.metric).filter { $0 != headline }) } ?? []
      return ReportSections.verdicts(all) + HTML.list(beaten.map(HTML.escape), css: "plainlist")
    }.joined()
  }
}
