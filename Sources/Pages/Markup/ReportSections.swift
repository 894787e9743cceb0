import Bench
import Charts
import Compare
import Files
import Foundation
import Measures
import Runs
import Training

/// The parts reports are made of. Each returns HTML, or "" when there is nothing to show.
package enum ReportSections {
  // MARK: verdicts and metrics

  /// A card a verdict; those of the first metric are large unless all are to be `minor`.
  package static func verdicts(_ verdicts: [Verdict], minor: Bool = false) -> Markup {
    cards(verdicts.map { ($0.outcome, $0.outcome.rawValue, $0.sentence, minor || $0.metric != verdicts[0].metric) })
  }

  /// A card a primary metric: how models fare against the controls.
  package static func remarks(_ remarks: [ControlRemark]) -> Markup {
    cards(
      remarks.map {
        (
          !$0.winners.isEmpty ? .worse : !$0.beaten.isEmpty && $0.even.isEmpty ? .better : .noDifference, $0.word,
          $0.sentence, $0.metric != remarks[0].metric
        )
      })
  }

  private static func cards(
    _ cards: [(outcome: PairedComparison.Outcome, word: String, sentence: String, isMinor: Bool)]
  ) -> Markup {
    let items = cards.map { card -> Markup in
      "<li class=\"\(card.outcome == .noDifference ? "even" : card.outcome.rawValue)\(card.isMinor ? " minor" : "")\"><span class=\"word\">\(card.word)</span>\(card.sentence)</li>"
    }
    return items.isEmpty ? "" : "<ul class=\"verdicts\">\(items.joined(separator: "\n"))</ul>"
  }

  /// One metric's table with its forest plot. `kinds` gives subjects their colour and shape; controls have none.
  package static func metric(_ m: ComparedMetric, kinds: [String: Int], difference: String) -> Markup {
    let rows = m.groups.flatMap(\.rows), differences = rows.compactMap { $0.difference?.difference }
    let left = ForestChart(rows.map(\.estimate), zero: false), right = ForestChart(differences, zero: true)
    var body: Markup = ""
    for group in m.groups {
      if m.groups.count > 1 {
        body +=
          "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"6\">\(group.title) (\(group.instances) instances)</th></tr>\n"
      }
      for row in group.rows {
        let kind = row.isControl ? nil : kinds[row.subject], d = row.difference
        let name = (kind == nil ? Markup(row.subject) : HTML.chip(row.subject, kind)) + note(row.estimate)
        body +=
          "<tr\(row.isControl ? " class=\"control\"" : "" as Markup)><th scope=\"row\">\(name)</th><td>\(Text.minus(row.estimate.text))</td><td class=\"plot\">\(left.row(row.estimate, kind: kind))</td>"
        if !differences.isEmpty {
          let p = d.map { Verdict.p(row.adjusted ?? $0.p, "") } ?? ""
          body +=
            "<td data-label=\"\(difference)\">\(Text.minus(d?.difference.text ?? ""))</td><td class=\"plot\">\(d.map { right.row($0.difference, kind: kind) } ?? "")</td><td data-label=\"p\">\(p)</td>"
        }
        body += "</tr>\n"
      }
    }
    let paired: Markup =
      differences.isEmpty
      ? ""
      : "<th scope=\"col\">\(difference)</th><th scope=\"col\"><span hidden>plot</span></th><th scope=\"col\">p</th>"
    let pairedAxis: Markup = differences.isEmpty ? "" : "<td></td><td class=\"plot\">\(right.axis)</td><td></td>"
    let axes: Markup =
      "<tr class=\"axisrow\"><td></td><td></td><td class=\"plot\">\(left.axis)</td>\(pairedAxis)</tr>"
    let title =
      m.groups.count == 1
      ? "\(m.groups[0].title), \(m.groups[0].instances) instances"
      : "\(m.groups.filter { !$0.isHeadline }.count) scenarios and cells"
    return """
      <div class="metric"><h3>\(m.metric)</h3><div class="scroll" tabindex="0"><table><caption>\(m.unitLine). \(title).</caption>
      <colgroup><col class="name"><col class="value"><col class="plotcol">\(differences.isEmpty ? "" : "<col class=\"value\"><col class=\"plotcol\"><col class=\"p\">" as Markup)</colgroup>
      <thead><tr><th scope="col">subject</th><th scope="col">estimate [95 %]</th><th scope="col"></th>\(paired)</tr></thead>
      <tbody>\(body)\(axes)</tbody></table></div></div>
      """
  }

  private static func note(_ e: Estimate) -> Markup {
    e.note.isEmpty ? "" : " <span class=\"quiet\" title=\"\(e.note)\">(n = \(e.n))</span>"
  }

  // MARK: training

  static func legend(_ runs: [ComparedRun]) -> Markup {
    guard runs.count > 1 else { return "" }
    let entries = runs.enumerated().map { "<span>\(HTML.chip($1.label, $0)) \($1.run.name)</span>" as Markup }
    return "<p class=\"legend\">\(entries.joined())</p>"
  }

  package static func curves(_ runs: [ComparedRun]) -> Markup {
    let training = CurvesChart(
      lines: runs.enumerated().map {
        .init(kind: $0, steps: $1.curves.steps, values: $1.curves.smoothed, raw: $1.curves.loss)
      }, label: "training loss by step"
    ).svg()
    let held = CurvesChart(
      lines: runs.enumerated().map { i, run in
        let points = run.curves.heldOut
        return .init(
          kind: i, steps: points.map(\.step), values: points.map(\.loss),
          intervals: points.map { Bootstrap.interval(Strata($0.losses), draws: 2000).map { ($0.low, $0.high) } },
          hasPoints: true)
      }, label: "held-out loss by step"
    ).svg()
    var figures: Markup = ""
    if let training {
      figures +=
        "<figure><figcaption>Training loss, logarithmic: every step thin, smoothed bold.</figcaption>\(training)</figure>"
    }
    if let held {
      let clips = Set(runs.compactMap { $0.curves.heldOut.last?.losses.count }).sorted().map(String.init).joined(
        separator: " or ")
      figures +=
        "<figure><figcaption>Held-out loss, logarithmic, mean of \(clips) clips; bars 95 %.</figcaption>\(held)</figure>"
    }
    figures += evaluations(runs)
    let notes = runs.flatMap { run in
      let jumps = run.curves.rateJumps.map { $0.text + ", because the run was lengthened" }
      return ([run.curves.note].compactMap { $0 } + jumps).map {
        "\(runs.count > 1 ? run.label + ": " : "")\($0)." as Markup
      }
    }
    guard !figures.isEmpty || !notes.isEmpty else { return "<p class=\"note\">No step has been recorded yet.</p>" }
    return legend(runs) + (figures.isEmpty ? "" : "<div class=\"charts\">\(figures)</div>") + noiseLevels(runs)
      + HTML.list(notes, css: "plainlist quiet")
  }

  /// A chart an `evaluate:` entry and primary metric, with the controls as levels.
  private static func evaluations(_ runs: [ComparedRun]) -> Markup {
    let names = runs.flatMap(\.curves.evaluations).distinct()
    return names.flatMap { name -> [Markup] in
      let visits = runs.map { $0.curves.visits.filter { $0.name == name } }
      guard let first = visits.joined().first else { return [] }
      return first.primaries.compactMap { metric in
        let lines = visits.enumerated().map { i, own in
          let points = own.compactMap { visit in visit.model?[metric].map { (visit.step, $0) } }
          return CurvesChart.Line(
            kind: i, steps: points.map(\.0), values: points.map(\.1.value),
            intervals: points.map { point in point.1.low.flatMap { low in point.1.high.map { (low, $0) } } },
            hasPoints: true)
        }
        let levels = first.controls.compactMap { control in
          control[metric].map { (name: control.subject, value: $0.value) }
        }.sorted { $0.name < $1.name }
        let isLoss = metric == HeldOutLosses.metric
        return CurvesChart(lines: lines, label: "\(metric) of \(name) by step", levels: levels, isLog: isLoss).svg().map
        {
          "<figure><figcaption>\(name): \(metric) on \(first.suite); bars 95 %\(levels.isEmpty ? "" : ", dashed the controls").</figcaption>\($0)</figure>"
        }
      }
    }.joined()
  }

  /// The held-out loss level by level: the first visit and the last.
  static func noiseLevels(_ runs: [ComparedRun]) -> Markup {
    let points = runs.flatMap { run -> [(title: String, levels: [RunEvent.Level])] in
      let seen = run.curves.heldOut.filter { !$0.levels.isEmpty }
      guard let first = seen.first, let last = seen.last else { return [] }
      return (first.step == last.step ? [last] : [first, last]).map {
        ((runs.count > 1 ? "\(run.label), " : "") + "step \(Text.count($0.step))", $0.levels)
      }
    }
    guard let sigmas = points.first?.levels.map(\.sigma), points.allSatisfy({ $0.levels.map(\.sigma) == sigmas })
    else {
      return ""
    }
    let rows = sigmas.indices.map { i in
      [Markup(Text.short(sigmas[i]))]
        + points.map { point -> Markup in
          let level = point.levels[i],
            interval = level.low.flatMap { low in level.high.map { " [\(Text.short(low)), \(Text.short($0))]" } }
          return "\(Text.short(level.loss))\(interval ?? "")"
        }
    }
    return HTML.table(
      "Held-out loss at nine fixed noise levels σ, with 95 % intervals over clips.",
      ["σ"] + points.map { Markup($0.title) }, rows)
  }

  // MARK: pictures and films

  /// Sample grids of every run, the newest shown, with one slider over training for all of them.
  package static func samples(_ runs: [ComparedRun], _ media: ReportMedia) -> Markup {
    let shown = runs.map { thinned($0.samples) }, steps = Set(shown.flatMap { $0.map(\.step) }).sorted()
    guard let last = steps.last else { return "" }
    let strips = zip(runs, shown).enumerated().map { i, pair -> Markup in
      let (run, samples) = pair
      let pictures = samples.compactMap { sample in
        media.picture(sample.path, alt: "sample grid of \(run.run.name) at step \(sample.step)").map {
          "<div data-step=\"\(sample.step)\">\($0)</div>" as Markup
        }
      }
      return
        "<figure data-strip><figcaption>\(HTML.chip(run.label, i)) \(run.run.name)</figcaption>\(pictures.isEmpty ? "<p class=\"note\">no samples</p>" : pictures.joined())</figure>"
    }
    return """
      <div data-slider="\(JSON.line(.array(steps.map { Value($0) })))">
      <p class="controls" hidden><label for="when">training so far</label><input id="when" type="range" min="0" max="\(steps.count - 1)" value="\(steps.count - 1)"><output for="when">step \(last)</output></p>
      <div class="strips">\(strips.joined(separator: "\n"))</div></div>
      """
  }

  /// At most eight grids a run, the first and last among them.
  private static func thinned(_ samples: [(step: Int, path: String)]) -> [(step: Int, path: String)] {
    guard samples.count > 8 else { return samples }
    return (0..<8).map { samples[$0 * (samples.count - 1) / 7] }
  }

  /// The benches' films in one player, in step; still sheets below it.
  package static func films(
    _ runs: [(label: String, name: String, bench: BenchFile)], _ media: ReportMedia
  ) -> Markup {
    var reels: [ReportPlayer.Reel] = [], loose: [Markup] = [], stills: [Markup] = []
    for (i, run) in runs.enumerated() {
      guard let video = run.bench.result.model?.video else { continue }
      let path = ((run.bench.path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(video),
        still = (path as NSString).deletingPathExtension + ".png"
      let caption: Markup = "<figcaption>\(HTML.chip(run.label, i)) \(run.name)</figcaption>"
      switch (media.film(path, label: "bench film of \(run.name)"), run.bench.result.film) {
      case (.embedded(let video), let film?), (.played(let video), let film?):
        reels.append(.init(label: run.label, film: film, video: video))
      case (.embedded(let shown), nil), (.played(let shown), nil), (.link(let shown), _):
        loose.append("<figure>\(caption)\(shown)</figure>")
      case (nil, _): break
      }
      if let picture = Disk.exists(still) ? media.picture(still, alt: "bench sheet of \(run.name)") : nil {
        stills.append("<figure>\(caption)\(picture)</figure>")
      }
    }
    let parts: [Markup] = [
      reels.isEmpty ? "" : ReportPlayer.html(reels),
      loose.isEmpty ? "" : "<div class=\"strips films\">\(loose.joined())</div>",
      media.played.isEmpty
        ? ""
        : "<p class=\"note\">Too large for the page, so played from where it lies: \(media.played.joined(separator: " · ")).</p>",
      stills.isEmpty ? "" : "<h3>Frame by frame</h3><div class=\"strips\">\(stills.joined())</div>",
    ]
    return parts.joined()
  }
}

extension ComparedMetric {
  /// "points of 100; higher is better".
  var unitLine: String {
    let judged = direction.map { "\($0.rawValue) is better" } ?? "described, not judged: 1 is best"
    return unit.isEmpty ? judged : unit + "; " + judged
  }
}
