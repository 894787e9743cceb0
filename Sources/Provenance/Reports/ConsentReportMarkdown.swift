import Clips
import Consent
import Files
import Ledger
import Runs

/// The report for people: who granted what, by whose word, how much was used, what was denied and why, what ends when,
/// who is shown, whom to name.
package struct ConsentReportMarkdown {
  private let report: ConsentReport

  package init(_ report: ConsentReport) { self.report = report }

  package var text: String {
    ([head]
      + [granted, terms, denied, ahead, likeness, attribution, limits].filter { !$0.isEmpty }.map {
        $0.joined(separator: "\n")
      }).joined(separator: "\n\n") + "\n"
  }

  private var head: String {
    var lines = ["# Consent report: \(Self.cell(report.name))", ""]
    if let usage = report.usage, let run = report.run {
      let s = usage.summary
      lines += [
        "| | |", "|---|---|", "| run | `\(run.hash)` |",
        "| ledger | \(s.records) records, the chain verifies; head `\(usage.head)`\(usage.closed ? ", closed" : ", not closed") |",
        "| steps | \(s.steps) |", "| clips used | \(s.clips.values.filter { $0.seen > 0 }.count) |",
        "| frames seen | \(Text.count(s.total.seen)), of which \(Text.count(s.total.framesInLoss)) in the loss |",
        "| looked at without learning | \(Text.count(s.evaluations.total)) frames\(s.evaluations.uses.isEmpty ? "" : " (" + s.evaluations.uses.sorted { $0.key < $1.key }.map { "\(Self.cell($0.key)) \(Text.count($0.value))" }.joined(separator: ", ") + ")") |",
        "| signed by | \(s.signing.keys.isEmpty ? "nobody" : s.signing.keys.map { "`\(Self.cell($0))`" }.joined(separator: ", ") + ", up to line \(s.signing.covered)") |",
        "| voided on resume | \(Text.count(s.voided.seen)) frames, billed to nobody |",
      ]
    } else {
      lines += ["| | |", "|---|---|"] + report.manifests.map { "| manifest | `\($0.sha256)`, version \($0.version) |" }
      lines.append("| clips | \(report.sources.reduce(0) { $0 + $1.decisions.count }) |")
    }
    lines += ["", "Terms and expiries are as of \(report.request.time). " + Royalties.caution]
    return (lines + report.notes.map { "\n> Note: \(Self.cell($0))." }).joined(separator: "\n")
  }

  private var granted: [String] {
    guard !report.shares.isEmpty else { return ["## Who granted it", "", "Nobody: the manifest grants nothing."] }
    var lines = [
      "## Who granted it" + (report.usage == nil ? "" : ", and how much was used"), "",
      "| licensor | grant | basis | standing | clips | frames seen | in the loss | part |",
      "|---|---|---|---|---|---|---|---|",
    ]
    let all = report.shares.reduce(0) { $0 &+ $1.usage.seen }
    for s in report.shares {
      let part = all > 0 ? Text.fixed(100 * Double(s.usage.seen) / Double(all), 1) + " %" : "–"
      lines.append(
        "| "
          + [s.manifest?.licensor.name.map { "\($0) (\(s.licensor))" } ?? s.licensor, s.grantID, s.basis, s.standing]
          .map(Self.cell).joined(separator: " | ")
          + " | \(s.clips.count) | \(Text.count(s.usage.seen)) | \(Text.count(s.usage.framesInLoss)) | \(part) |")
    }
    return lines + [
      "",
      "*Self-declared* means that nobody's signature was checked; *signed by* names the key that vouched for the manifest when it was used.",
    ]
  }

  private var terms: [String] {
    let known = report.shares.filter { $0.grant != nil }
    guard !known.isEmpty else { return [] }
    var lines = ["## On what terms", ""], seen: Set<String> = []
    for s in known {
      guard let g = s.grant, seen.insert(s.manifestHash + "\u{0}" + g.id).inserted else { continue }
      lines.append(
        "- **\(Self.cell(s.name))**, grant \(Self.cell(g.id)): " + Self.terms(g).map(Self.cell).joined(separator: "; ")
          + ".")
    }
    return lines
  }

  private static func terms(_ g: Manifest.Grant) -> [String] {
    var parts = [
      "\(g.actions.joined(separator: ", ")) for \(g.purpose.joined(separator: ", "))",
      g.commercial ? "commercial use too" : "no commercial use",
    ]
    if !g.deny.isEmpty { parts.append("denies \(g.deny.map(\.rawValue).sorted().joined(separator: ", "))") }
    parts.append(
      "to \(g.licensee), for models \(g.models.joined(separator: ", ")), in \(g.territory.contains("*") ? "every territory" : g.territory.joined(separator: ", "))"
    )
    parts.append(
      "weights \(g.derivatives?.weights?.rawValue ?? "not stated"), outputs \(g.derivatives?.outputs?.rawValue ?? "not stated")"
    )
    if let cap = g.maxExposures { parts.append("at most \(Text.count(cap)) frames seen a clip") }
    if let from = g.from { parts.append("from \(from)" + (g.until.map { " until \($0)" } ?? ", open-ended")) }
    if let r = g.revocation {
      parts.append(
        r.allowed
          ? "revocable" + (r.effect.map { ": \($0.rawValue)" } ?? "")
            + (r.noticeDays.map { ", \($0) days' notice" } ?? "") : "not revocable")
    }
    if let c = g.compensation {
      parts.append(
        "compensation \(c.model.rawValue)" + (c.rate.map { " \($0) \(c.currency ?? "")" } ?? "")
          + (g.weight == 1 ? "" : ", weight \(g.weight)"))
    }
    if let terms = g.terms { parts.append("terms at \(terms)") }
    return parts
  }

  private var denied: [String] {
    var lines = ["## What was refused, and why", ""]
    for source in report.sources {
      let refused = source.decisions.filter { !$0.decision.isAdmitted }
      if refused.isEmpty {
        lines.append(
          "- \(Self.cell(source.name)): no clip is refused for fine-tuning today (\(source.decisions.count) asked).");
        continue
      }
      lines.append(
        "- \(Self.cell(source.name)): \(refused.count) of \(source.decisions.count) clips are refused for fine-tuning today:"
      )
      for row in ConsentTable(refused, request: report.request).rows.prefix(20) {
        let names = row.clips.prefix(3).map(Self.cell).joined(separator: ", ") + (row.clips.count > 3 ? ", …" : "")
        lines.append(
          "  - \(row.clips.count) (\(names)): \(zip(row.codes, row.sentences).prefix(4).map { "`\($0)` \(Self.cell($1))" }.joined(separator: "; ")). To fix: \(row.fixes.prefix(2).map(Self.cell).joined(separator: "; "))."
        )
      }
    }
    for (clip, step) in (report.usage?.summary.left ?? [:]).sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
      .prefix(50)
    {
      let isChanged =
        report.usage?.trail.history.leftFor[clip]?.contains(Reason.Code.contentChanged.rawValue) ?? false
      lines.append(
        "- \(Self.cell(clip)) \(isChanged ? "was not what was granted any more" : "lost its grant") while the run went on and left after step \(step)."
      )
    }
    return lines
      + (report.run == nil
        ? []
        : [
          "",
          "A clip that is refused today may have been granted when it was used; the ledger's open records say under which grant.",
        ])
  }

  private var ahead: [String] {
    var ends: [(Moment, String)] = []
    for s in report.shares {
      if let until = s.grant?.until { ends.append((until, "grant \(s.grantID) of \(s.name), \(s.clips.count) clips")) }
      let people = Set(s.assets.flatMap(\.likeness))
      for person in s.manifest?.likeness ?? [] where people.contains(person.id) {
        if let end = person.expires { ends.append((end, "likeness consent of \(person.id) to \(s.name)")) }
      }
    }
    guard !ends.isEmpty else { return ["## What ends when", "", "No grant or consent in it has an end."] }
    var seen: Set<String> = []
    return ["## What ends when", "", "| when | what |", "|---|---|"]
      + ends.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.filter { seen.insert("\($0.0)\($0.1)").inserted }.map {
        "| \($0.0)\($0.0 <= report.request.time ? " (**past**)" : "") | \(Self.cell($0.1)) |"
      }
  }

  private var likeness: [String] {
    var rows: [String] = []
    for manifest in report.manifests {
      var shown: [String: Set<String>] = [:]
      for asset in report.shares.filter({ $0.manifestHash == manifest.sha256 }).flatMap(\.assets) {
        for person in asset.likeness { shown[person, default: []].insert(asset.clip) }
      }
      for person in manifest.likeness {
        guard let clips = shown[person.id]?.count else { continue }
        rows.append(
          "| \(Self.cell(person.id)) | \(clips) | \(person.uses.map(Self.cell).joined(separator: ", ")) | \(Self.cell(person.intendedUse ?? "not stated")) | \(person.representedBy?.rawValue ?? "not stated") | \(person.consentDocSHA256.map { "`\($0.prefix(16))…`" } ?? "none named") |"
        )
      }
    }
    guard !rows.isEmpty else {
      return [
        "## Who is shown", "",
        "No manifest names a person in these clips. That is the licensor's statement; nobody looked at the pixels for faces.",
      ]
    }
    return [
      "## Who is shown", "",
      "| person | clips | uses consented to | intended use | represented by | consent document |",
      "|---|---|---|---|---|---|",
    ] + rows
  }

  private var attribution: [String] {
    var rows: [String] = []
    for s in report.shares {
      guard let wish = s.grant?.attribution, wish != .none else { continue }
      let creators = Set(s.assets.flatMap(\.creators)).sorted()
      rows.append(
        "- \(Self.cell(s.name))\(creators.isEmpty ? "" : ": " + creators.prefix(50).map(Self.cell).joined(separator: ", "))\(creators.count > 50 ? ", …" : "") (\(wish.rawValue))\(s.grant?.terms.map { ", \(Self.cell($0))" } ?? "")"
      )
    }
    var seen: Set<String> = []
    return ["## Whom to name", ""]
      + (rows.isEmpty ? ["No grant asks for attribution."] : rows.filter { seen.insert($0).inserted })
  }

  private var limits: [String] {
    [
      "## What this report cannot say", "",
      "- " + Royalties.caution,
      "- A ledger shows what the training program recorded. It cannot be changed unseen afterwards; it does not prove that nothing else was trained on.",
      "- That a licensor owns what they grant is their statement, with or without a signature.",
    ]
      + (report.run?.experiment.from == nil
        ? [] : ["- The weights it started from bring their own training data, which is not counted here."])
  }

  /// Fit for a table's cell, and for nothing else: other people's names are not markup.
  package static func cell(_ text: String) -> String {
    var out = ""
    for scalar in RunManifests.shown(text).unicodeScalars {
      switch scalar {
      case "|", "[", "]", "*", "_", "\\": out += "\\" + String(scalar)
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "&": out += "&amp;"
      case "`": out += "'"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
