import Bench
import Charts
import Compare
import Diffusion
import Files
import Foundation
import Runs
import Training

/// A run as one offline page, `report.html` in its folder: what it scored beside its controls, how it trained, by whose
/// leave.
public enum Report {
  /// - Returns: the path written.
  @discardableResult
  public static func run(_ run: Run, to path: String? = nil) throws -> String {
    let place = path ?? run.path("report.html")
    try Disk.write(html(try ComparedRun(run, label: "model"), ReportMedia(page: place)), to: place)
    return place
  }

  package static func html(_ r: ComparedRun, _ media: ReportMedia) -> String {
    let run = r.run, benches = r.benches.map { (bench: $0, found: BenchFindings($0.result)) }
    var page = ReportPage(eyebrow: "orrery · run", title: run.experiment.name, lead: lead(r))
    page.add(
      "Verdict",
      benches.isEmpty
        ? "<p>Not measured yet: <code>\(Shell.orrery(["bench", r.run.name]))</code> puts it beside its controls.</p>"
        : benches.map { ReportBench.verdict($0.found) }.joined())
    for (bench, found) in benches {
      let suffix = r.benches.count > 1 ? ", \(bench.result.suite)" : ""
      page.add("Side by side" + suffix, ReportSections.films([("model", run.name, bench)], media))
      page.add("Metrics" + suffix, ReportBench.metrics(found))
      page.add("Subject" + suffix, ReportBench.subject(bench.result))
      page.add("Protocol" + suffix, ReportFacts.protocolTable(bench.result))
    }
    page.add("Training", ReportSections.curves([r]))
    if let following = r.curves.following {
      page.add("Actions", "<p>The model \(following.text).</p>" + ReportFacts.actions(run, following))
    }
    page.add("Samples during training", ReportSections.samples([r], media))
    page.add("Cost", ReportFacts.cost([r]))
    page.add("Consent", ReportFacts.consent([r]))
    page.add("Configuration", ReportFacts.configuration(run))
    page.add("Files", ReportFacts.files([r], media))
    page.end("from the run's own files", media)
    return page.html
  }

  private static func lead(_ r: ComparedRun) -> Markup {
    let spec = r.run.product.value["clip"]
    let clip = [spec?["frames"]?.integer, spec?["height"]?.integer, spec?["width"]?.integer].compactMap { $0 }
    let shape = clip.count == 3 ? ", clips of \(clip[0]) frames at \(clip[2])×\(clip[1])" : ""
    return
      "<p class=\"lead\">\(r.run.name): \(r.run.status.rawValue), step \(Text.count(r.run.step)) of \(Text.count(r.run.steps))\(r.parameters.map { ", \(Text.count($0)) parameters" } ?? "")\(shape).</p>"
  }
}
