import Bench
import Charts
import Files
import Foundation
import Measures

/// A bench or a comparison as a notebook: it reads the result beside it with numpy, computes the figures anew and draws
/// them with matplotlib. The outputs it is written with are the program's own.
package struct BenchNotebook {
  package let title: String
  package let result: BenchResult
  /// File name of the result, beside the notebook.
  package let data: String
  /// Every subject's estimates of the primary metrics, at least.
  package let table: MetricTable
  /// Which subjects are held against which, a − b.
  package let pairs: [(SubjectRole, SubjectRole)]

  /// A bench: the model against each control.
  package static func write(_ found: BenchFindings, name: String, resultPath: String, to path: String) throws {
    let result = found.result, model = result.model?.role ?? .model
    let pairs = result.subjects.filter { $0.isControl && $0.note == nil }.map { (model, $0.role) }
    try BenchNotebook(
      title: "\(name) on \(result.suite)", result: result, data: (resultPath as NSString).lastPathComponent,
      table: found.table, pairs: pairs
    ).write(to: path)
  }

  package func write(to path: String) throws { try Disk.write(JSON.pretty(notebook.value), to: path) }

  private var shown: [String] { result.primaries.filter(result.applies) }

  private var notebook: Notebook {
    let instances = result.subjects.first?.instances.count ?? 0
    var book = Notebook()
    book.cells.append(
      .markdown(
        "# \(title)\n\nWritten by \(Build.version). The outputs below are its own; running the cells computes them again from `\(data)` with numpy, so intervals differ in their "
          + "last digits.\n\nA metric stands beside its controls, because a frozen clip wins most consistency scores. There is no grand total."
      ))
    book.cells.append(
      .code(
        Self.load(data),
        [
          .text(
            "\(result.suite): \(instances) instances, \(result.subjects.count) subjects, \(result.metrics.count) metrics\n"
          )
        ]))
    book.cells.append(
      .markdown(
        "## Means with 95 % intervals\n\nThe mean of the scenario-and-cell means; bootstrapped within each. Instances a metric does not apply to are left out, never imputed."
      ))
    book.cells.append(
      .code(Self.means(shown), [.display(html: meansTable, svg: nil, plain: table.part(shown[...]).text)]))
    book.cells.append(
      .code(
        Self.forest,
        shown.map { metric in
          .display(
            html: nil, svg: NotebookChart.forest("\(metric) (\(result.units[metric] ?? ""))", rows(metric)),
            plain: "<Figure: \(metric)>")
        }))
    guard let headline = shown.first, !pairs.isEmpty else { return book }
    book.cells.append(
      .markdown(
        "## Differences, paired by instance\n\nOn `\(headline)`, with the p of a sign-flip test (not adjusted; `orrery compare` adjusts)."
      ))
    book.cells.append(
      .code(Self.differences(pairs.map { ($0.name, $1.name) }, headline), [.text(differencesText(headline))]))
    if let (a, b) = pairs.first(where: { $0.1 == .control(.constantVelocity) }) ?? pairs.first,
      let points = points(a, b, headline)
    {
      book.cells.append(
        .code(
          Self.scatter(a.name, b.name, headline),
          [
            .display(
              html: nil, svg: NotebookChart.scatter(headline, (b.name, points.b), (a.name, points.a)),
              plain: "<Figure: \(a.name) against \(b.name)>")
          ]))
    }
    return book
  }

  private func rows(_ metric: String) -> [(name: String, kind: Int?, estimate: Estimate)] {
    var kind = -1
    return table.rows.compactMap { row in
      if !row.isControl { kind += 1 }
      return table[row.subject, metric].map { (row.subject, row.isControl ? nil : kind, $0) }
    }
  }

  private var meansTable: Markup {
    HTML.table(
      Markup(result.suite), ["subject"] + shown.map { Markup($0) },
      table.rows.map { row in
        [Markup(row.subject) + (row.isControl ? " (control)" : "")]
          + shown.map { Markup(table[row.subject, $0]?.text ?? "–") }
      })
  }

  private func differencesText(_ metric: String) -> String {
    pairs.map { a, b in
      guard let c = result.difference(a, b, metric: metric) else {
        return "\(a.name) - \(b.name): no instance has both\n"
      }
      return "\(a.name) - \(b.name): \(c.difference.text), n = \(c.difference.n), \(Verdict.p(c.p))\n"
    }.joined()
  }

  private func points(_ a: SubjectRole, _ b: SubjectRole, _ metric: String) -> (a: [Double], b: [Double])? {
    guard let left = result[a], let right = result[b] else { return nil }
    let both = zip(left.instances, right.instances).compactMap { x, y in
      x.judged(metric).flatMap { v in y.judged(metric).map { (v, $0) } }
    }
    return both.isEmpty ? nil : (both.map(\.0), both.map(\.1))
  }
}

// MARK: the code

extension BenchNotebook {
  private static func quoted(_ text: String) -> String { JSON.line(.string(text)) }

  private static func load(_ data: String) -> String {
    """
    import json

    import matplotlib.pyplot as plt
    import numpy as np

    with open(\(quoted(data))) as file:
        result = json.load(file)
    metrics = [m["name"] for m in result["metrics"]]
    unit = {m["name"]: m["unit"] for m in result["metrics"]}
    subjects = [s["name"] for s in result["subjects"]]
    control = {s["name"]: s["control"] for s in result["subjects"]}
    instances = result["subjects"][0]["instances"]
    strata = np.array([i["scenario"] + "/" + i["cell"] for i in instances])


    # Notes that are reasons not to judge a number; every other note is words.
    not_judged = \(JSON.line(.array(NotJudged.allCases.map { .string($0.rawValue) })))


    def judged(instance, metric):
        \"\"\"The value, or NaN where the metric does not apply; of a moving clip VBench's flicker is none.\"\"\"
        value = instance["values"].get(metric)
        note = instance.get("notes", {}).get(metric)
        return np.nan if value is None or note in not_judged else value


    values = {s["name"]: {m: np.array([judged(i, m) for i in s["instances"]]) for m in metrics} for s in result["subjects"]}
    print(f"{result['suite']}: {len(instances)} instances, {len(subjects)} subjects, {len(metrics)} metrics")
    """
  }

  private static func means(_ metrics: [String]) -> String {
    """
    primary = \(JSON.line(.array(metrics.map { .string($0) })))


    def estimate(x, draws=2000, seed=0):
        \"\"\"Mean of the strata's means with a percentile bootstrap interval; NaN where nothing applies.\"\"\"
        groups = [x[(strata == s) & ~np.isnan(x)] for s in dict.fromkeys(strata)]
        groups = [g for g in groups if len(g)]
        if not groups:
            return np.nan, np.nan, np.nan
        rng = np.random.default_rng(seed)
        means = np.mean([g[rng.integers(0, len(g), (draws, len(g)))].mean(axis=1) for g in groups], axis=0)
        return np.mean([g.mean() for g in groups]), *np.quantile(means, [0.025, 0.975])


    for metric in primary:
        print(f"{metric} ({unit[metric]})")
        for s in subjects:
            mean, low, high = estimate(values[s][metric])
            print(f"  {s:32s}" + ("n/a" if np.isnan(mean) else f"{mean:10.4g} [{low:.4g}, {high:.4g}]"))
    """
  }

  private static var forest: String {
    """
    for metric in primary:
        rows = [(s, *estimate(values[s][metric])) for s in subjects]
        figure, axes = plt.subplots(figsize=(6.6, 0.6 + 0.28 * len(rows)))
        for y, (s, mean, low, high) in enumerate(rows):
            if not np.isnan(mean):
                axes.plot([low, high], [y, y], color="0.5" if control[s] else "C0")
                axes.plot(mean, y, "o", color="0.5" if control[s] else "C0")
        axes.set_yticks(range(len(rows)), [s for s, *_ in rows])
        axes.invert_yaxis()
        axes.set_title(f"{metric} ({unit[metric]})", loc="left")
        plt.show()
    """
  }

  private static func differences(_ pairs: [(String, String)], _ metric: String) -> String {
    let list = JSON.line(.array(pairs.map { .array([.string($0.0), .string($0.1)]) }))
    return """
      headline = \(quoted(metric))


      def sign_flip(d, draws=20000, seed=0):
          \"\"\"Two-sided p of the mean of paired differences, under random signs.\"\"\"
          rng = np.random.default_rng(seed)
          null = np.array([np.mean(d * rng.choice([-1.0, 1.0], len(d))) for _ in range(draws)])
          return (1 + np.sum(np.abs(null) >= abs(d.mean()) - 1e-12)) / (1 + draws)


      for a, b in \(list):
          d = values[a][headline] - values[b][headline]
          mean, low, high = estimate(d)
          d = d[~np.isnan(d)]
          print(f"{a} - {b}: " + (f"{mean:.4g} [{low:.4g}, {high:.4g}], n = {len(d)}, p = {sign_flip(d):.4g}" if len(d) else "no instance has both"))
      """
  }

  private static func scatter(_ a: String, _ b: String, _ metric: String) -> String {
    """
    x, y = values[\(quoted(b))][\(quoted(metric))], values[\(quoted(a))][\(quoted(metric))]
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.plot(x, y, "o", alpha=0.6)
    axes.axline((np.nanmean(x), np.nanmean(x)), slope=1, color="0.5", linestyle="--")
    axes.set_xlabel(\(quoted("\(metric) of \(b)")))
    axes.set_ylabel(\(quoted("\(metric) of \(a)")))
    plt.show()
    """
  }
}
