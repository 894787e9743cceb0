import Bench
import Charts
import Compare
import Files
import Runs
import Training

/// A comparison as one offline page: verdicts first, then what they rest on.
public enum CompareReport {
  public static func write(_ comparison: Comparison, to path: String) throws {
    try Disk.write(html(comparison, at: path), to: path)
  }

  /// The comparison as a notebook in `folder`, with the instances of all runs beside it as JSON and CSV. Held-out
  /// losses alone make none.
  public static func writeNotebook(_ comparison: Comparison, in folder: String) throws {
    guard let result = comparison.result else { return }
    let runs = comparison.runs.map { SubjectRole.run($0.label) },
      controls = result.subjects.filter { $0.isControl && $0.note == nil }.map(\.role)
    try Disk.write(result.csv, to: folder + "/instances.csv")
    try result.write(to: folder + "/instances.json")
    let pairs = runs.dropFirst().map { ($0, runs[0]) } + runs.flatMap { run in controls.map { (run, $0) } }
    try BenchNotebook(
      title: comparison.runs.map { "\($0.label) = \($0.run.name)" }.joined(separator: ", "), result: result,
      data: "instances.json", table: result.table(result.primaries), pairs: pairs
    ).write(to: folder + "/comparison.ipynb")
  }

  package static func html(_ c: Comparison, at path: String) -> String {
    let media = ReportMedia(page: path),
      kinds = Dictionary(c.variants.enumerated().map { ($1.label, $0) }, uniquingKeysWith: { first, _ in first })
    // Where one run must stand for a variant, it is the first seed.
    let firsts = c.variants.map(\.first), names = firsts.map(\.run.experiment.name)
    let basis = c.result.map { "\($0.suite), \($0.subjects[0].instances.count) instances" } ?? "held-out losses"
    var page = ReportPage(
      eyebrow: "orrery · comparison",
      title: Set(names).count < names.count ? "\(names[0]): \(names.count) variants" : names.joined(separator: " and "),
      lead:
        "<p class=\"lead\">\(basis), paired by instance. Differences are to \(c.variants[0].label).</p>"
        + CompareSections.legend(c.variants))
    page.add("Verdict", CompareSections.verdict(c))
    page.add("What changed", CompareSections.changed(c))
    page.add("Metrics", CompareSections.metrics(c, kinds: kinds))
    page.add("Performance profiles", CompareSections.profiles(c))
    page.add(
      "Side by side",
      ReportSections.films(
        c.benches.filter { bench in firsts.contains { $0.label == bench.run.label } }.map {
          ($0.run.label, $0.run.run.name, $0.bench)
        }, media))
    page.add("Training", ReportSections.curves(firsts))
    page.add("Samples during training", ReportSections.samples(firsts, media))
    page.add("Cost", CompareSections.cost(c))
    page.add("Machine", ReportFacts.cost(firsts))
    page.add("Consent", ReportFacts.consent(c.runs))
    if let result = c.result { page.add("Protocol", ReportFacts.protocolTable(result)) }
    page.add("Subjects", subjects(c))
    page.add(
      "Files",
      ReportFacts.files(c.runs, media)
        + "<p class=\"commands\">\(Shell.orrery(["compare"] + c.runs.map(\.run.name)))</p>")
    page.end("from the runs' own files", media)
    return page.html
  }

  /// What was benched, which may differ where the protocol may not.
  private static func subjects(_ c: Comparison) -> Markup {
    let keys = ChangedKey.between(c.benches.map(\.bench.result.subjectStamp.value))
    guard !keys.isEmpty else { return "" }
    return HTML.table(
      "What was benched; only what differs.", ["key"] + c.benches.map { Markup($0.run.label) },
      keys.map { key -> [Markup] in
        ["<code>\(key.key)</code>"] + key.values.map { HTML.brief(ChangedKey.text($0), 24) }
      })
  }
}
