import Bench
import Charts
import Compare
import Files
import Foundation
import Provenance
import Runs
import Training

/// What stands at the end of every report: configuration, cost, machine, consent, protocol, files.
package enum ReportFacts {
  /// A run's whole configuration, folded away.
  package static func configuration(_ run: Run) -> Markup {
    let rows = ChangedKey.flatten(run.experiment.value).map {
      ["<code>\($0.key)</code>" as Markup, HTML.brief(ChangedKey.text($0.value), 80)]
    }
    return HTML.fold(
      "\(rows.count) keys, every default written out", HTML.table("The resolved experiment.", ["key", "value"], rows))
  }

  package static func cost(_ runs: [ComparedRun]) -> Markup {
    let costs = runs.map(\.cost), machines = runs.map { ChangedKey.flatten($0.run.machine.value) }
    var rows = costs[0].indices.map { i in [Markup(costs[0][i].name)] + costs.map { Markup($0[i].text) } }
    rows.append(
      ["weights benched, SHA-256"]
        + runs.map { run in HTML.brief(run.benches.first?.result.subjectStamp.weightsHash ?? "–") })
    var keys: [String] = []
    for machine in machines {
      for field in machine where !field.key.isEmpty && !keys.contains(field.key) { keys.append(field.key) }
    }
    rows += keys.map { key in
      [Markup(key)]
        + machines.map { fields in Markup(ChangedKey.text(fields.first { $0.key == key }?.value)) }
    }
    return HTML.table(
      "Training, as run.json records it. The machine decides the bits.", ["cost and machine"] + heads(runs), rows,
      css: "facts")
  }

  /// What an action is to the run's model, and how its loss changes when it is given others.
  package static func actions(_ run: Run, _ following: RunEvent.Following) -> Markup {
    let changes = following.changes.map { change in
      [
        Markup(change.given.rawValue), Markup(Text.short(change.mean)),
        Markup(change.low.flatMap { low in change.high.map { "[\(Text.short(low)), \(Text.short($0))]" } } ?? "–"),
      ]
    }
    let columns = run.product.actionLines.map { [Markup($0.space), Markup($0.line)] }
    return HTML.table(
      "Held-out loss given other actions, minus that given the clips' own; above 0 the model listens.",
      ["given", "change", "95 % interval"], changes, css: "facts")
      + HTML.table("What an action is.", ["space", "column, as the model sees it"], columns, css: "facts")
  }

  package static func consent(_ runs: [ComparedRun]) -> Markup {
    var out: Markup = ""
    for (i, run) in runs.enumerated() {
      let facts = run.consent
      let title: Markup = runs.count > 1 ? "<h3>\(HTML.chip(run.label, i)) \(run.run.name)</h3>" : ""
      if let problem = facts.problem {
        out += title + "<p class=\"warning\">The ledger does not vouch for this run.\n\(problem)</p>"
        continue
      }
      let total = max(1, facts.seen)
      let rows = facts.licensors.map { l -> [Markup] in
        let figures = [
          l.basis, Text.count(l.clips), Text.count(l.seen),
          Text.fixed(100 * Double(l.seen) / Double(total), 1) + " %", Text.count(l.inLoss),
        ]
        // Both may be keys of some sixty characters.
        return [HTML.brief(l.name, 36), HTML.brief(l.standing, 36)] + figures.map { Markup($0) }
      }
      let caption: Markup =
        "\(Text.count(facts.clips)) clips; \(Text.count(facts.seen)) frames seen, \(Text.count(facts.inLoss)) in the loss\(facts.voided > 0 ? "; \(Text.count(facts.voided)) in steps since voided" : ""). The chain verifies; head <code>\(String(facts.head.prefix(16)))…</code>"
      out +=
        title
        + HTML.table(caption, ["licensor", "standing", "basis", "clips", "frames seen", "share", "in the loss"], rows)
    }
    return out + "<p class=\"note\">\(ConsentFacts.caution)</p>"
  }

  static func protocolTable(_ result: BenchResult) -> Markup {
    HTML.table(
      "Conditions every number above was measured under.", ["condition", "value"],
      result.protocolStamp.fields(result.suite).map { [Markup($0.key), Markup(ChangedKey.text($0.value))] },
      css: "facts")
  }

  package static func files(_ runs: [ComparedRun], _ media: ReportMedia) -> Markup {
    let names = ["run.json", "events.jsonl", "ledger.jsonl", "weights.safetensors", "report.html"]
    let rows = runs.map { run in
      let benches = run.benches.map { ($0.path, "bench/" + ($0.path as NSString).lastPathComponent) }
      // A run's own report does not link to itself.
      let here = names.map { (run.run.path($0), $0) }.filter {
        $0.1 != "report.html" || (runs.count > 1 && Disk.exists($0.0))
      }
      return [Markup(run.run.name), (here + benches).map { media.link($0.0, $0.1) }.joined(separator: " · ")]
    }
    return HTML.table("On this disk; links work where the run's folder is.", ["run", "files"], rows, css: "facts")
  }

  private static func heads(_ runs: [ComparedRun]) -> [Markup] {
    runs.count == 1
      ? [Markup(runs[0].run.name)]
      : runs.enumerated().map { "\(HTML.chip($1.label, $0)) \($1.run.name)" }
  }
}
