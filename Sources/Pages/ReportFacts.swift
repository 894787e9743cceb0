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
  package static func configuration(_ run: Run) -> String {
    let rows = ChangedKey.flatten(run.experiment.value).map {
      ["<code>\(HTML.escape($0.key))</code>", HTML.brief(ChangedKey.text($0.value), 80)]
    }
    return HTML.fold(
      "\(rows.count) keys, every default written out", HTML.table("The resolved experiment.", ["key", "value"], rows))
  }

  package static func cost(_ runs: [ComparedRun]) -> String {
    let costs = runs.map(\.cost), machines = runs.map { ChangedKey.flatten($0.run.machine.value) }
    var rows = costs[0].indices.map { i in [HTML.escape(costs[0][i].name)] + costs.map { HTML.escape($0[i].text) } }
    rows.append(
      ["weights benched, SHA-256"]
        + runs.map { run in HTML.brief(run.benches.first?.result.subjectStamp.weightsHash ?? "–") })
    var keys: [String] = []
    for machine in machines {
      for field in machine where !field.key.isEmpty && !keys.contains(field.key) { keys.append(field.key) }
    }
    rows += keys.map { key in
      [HTML.escape(key)]
        + machines.map { fields in HTML.escape(ChangedKey.text(fields.first { $0.key == key }?.value)) }
    }
    return HTML.table(
      "Training, as run.json records it. The machine decides the bits.", ["cost and machine"] + heads(runs), rows,
      css: "facts")
  }

  package static func consent(_ runs: [ComparedRun]) -> String {
    var out = ""
    for (i, run) in runs.enumerated() {
      let facts = run.consent
      let title = runs.count > 1 ? "<h3>\(HTML.chip(run.label, i)) \(HTML.escape(run.run.name))</h3>" : ""
      if let problem = facts.problem {
        out += title + "<p class=\"warning\">The ledger does not vouch for this run.\n\(HTML.escape(problem))</p>"
        continue
      }
      let total = max(1, facts.seen)
      let rows = facts.licensors.map { l in
        [
          HTML.escape(l.name), HTML.escape(l.standing), HTML.escape(l.basis), Text.count(l.clips), Text.count(l.seen),
          Text.fixed(100 * Double(l.seen) / Double(total), 1) + " %", Text.count(l.inLoss),
        ]
      }
      let caption =
        "\(Text.count(facts.clips)) clips; \(Text.count(facts.seen)) frames seen, \(Text.count(facts.inLoss)) in the loss\(facts.voided > 0 ? "; \(Text.count(facts.voided)) in steps since voided" : ""). The chain verifies; head <code>\(HTML.escape(String(facts.head.prefix(16))))…</code>"
      out +=
        title
        + HTML.table(caption, ["licensor", "standing", "basis", "clips", "frames seen", "share", "in the loss"], rows)
    }
    return out + "<p class=\"note\">\(ConsentFacts.caution)</p>"
  }

  static func protocolTable(_ result: BenchResult) -> String {
    HTML.table(
      "Conditions every number above was measured under.", ["condition", "value"],
      result.protocolStamp.fields(result.suite).map { [HTML.escape($0.key), HTML.escape(ChangedKey.text($0.value))] })
  }

  package static func files(_ runs: [ComparedRun], _ media: ReportMedia) -> String {
    let names = ["run.json", "events.jsonl", "ledger.jsonl", "weights.safetensors", "report.html"]
    let rows = runs.map { run in
      let benches = run.benches.map { ($0.path, "bench/" + ($0.path as NSString).lastPathComponent) }
      // A run's own report does not link to itself.
      let here = names.map { (run.run.path($0), $0) }.filter {
        $0.1 != "report.html" || (runs.count > 1 && Disk.exists($0.0))
      }
      return [HTML.escape(run.run.name), (here + benches).map { media.link($0.0, $0.1) }.joined(separator: " · ")]
    }
    return HTML.table("On this disk; links work where the run's folder is.", ["run", "files"], rows)
  }

  private static func heads(_ runs: [ComparedRun]) -> [String] {
    runs.count == 1
      ? [HTML.escape(runs[0].run.name)]
      : runs.enumerated().map { "\(HTML.chip($1.label, $0)) \(HTML.escape($1.run.name))" }
  }
}
