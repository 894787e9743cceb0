import Consent
import Files
import Ledger

extension ConsentImpact {
  private var asked: String {
    [
      question.grant.map { "the grant '\(RunManifests.shown($0))'" },
      question.licensor.map { "the licensor \(RunManifests.shown($0))" },
    ].compactMap { $0 }.joined(separator: " of ")
  }

  public var value: Value {
    [
      "grant": Value(question.grant), "licensor": Value(question.licensor),
      "manifest": Value(question.manifest?.sha256), "ledgers": Value(ledgers), "runs": .array(items.map(\.value)),
      "evaluated_elsewhere": Value(elsewhere), "unknown_origin": .texts(unknown),
      "broken": .array(broken.map { ["folder": Value($0.place), "problem": .string($0.description)] }),
      "note": "exposure counts frames; it is not influence",
    ]
  }

  private var unknownText: String? {
    unknown.isEmpty
      ? nil
      : "began with weights of unknown origin, which may have seen it: "
        + unknown.prefix(8).map(RunManifests.shown).joined(separator: ", ") + (unknown.count > 8 ? ", …" : "")
  }

  public var text: String {
    guard !items.isEmpty || elsewhere > 0 else {
      return "no run has used \(asked): \(Text.counted(ledgers, "ledger")) read" + (hint.map { "\n\($0)" } ?? "")
        + (unknownText.map { "\n\($0)" } ?? "")
    }
    let rows = items.map { item in
      [
        item.run, "\(item.share.seen)", "\(item.share.framesInLoss)", item.share.text, "\(item.clips)",
        "\(item.checkpoints.filter { $0.share.seen > 0 || item.through != nil }.count)",
        "\(item.exports.filter { $0.share.seen > 0 || item.through != nil }.count)", "\(item.evaluated)",
      ]
    }
    var lines = [
      "\(asked): used by \(items.count) of \(Text.counted(ledgers, "run"))", "",
      TextTable.text(
        [["run", "frames seen", "in the loss", "share", "clips", "checkpoints", "exports", "looked at"]] + rows),
    ]
    for item in items { lines += item.lines }
    if elsewhere > 0 {
      lines += ["", "outside of runs: \(elsewhere) frames were given to models that did not learn from them"]
    }
    let owners = Set(items.flatMap(\.parts).map(\.licensor)).sorted()
    if question.licensor == nil, question.manifest == nil, owners.count > 1 {
      lines += [
        "",
        "\(owners.count) licensors call a grant so: \(owners.map(RunManifests.shown).joined(separator: ", ")); --licensor or --manifest tells them apart",
      ]
    }
    lines += unknownText.map { ["", $0] } ?? []
    return (lines + ["", "share is of the frames the run saw; exposure counts frames, it is not influence"]).joined(
      separator: "\n")
  }
}

extension ConsentImpact.Item {
  package var value: Value {
    [
      "run": .string(run), "hash": .string(hash), "folder": .string(folder), "use": share.value, "clips": Value(clips),
      "evaluated": Value(evaluated), "through": Value(through),
      "grants": .array(
        parts.map { ["licensor": .string($0.licensor), "grant": .string($0.grant), "manifest": .string($0.manifest)] }),
      "checkpoints": .array(
        checkpoints.map { ["step": Value($0.step), "weights_sha256": .string($0.weights), "use": $0.share.value] }),
      "exports": .array(
        exports.map {
          [
            "path": .string($0.path), "weights_sha256": .string($0.weights), "step": $0.step.map { Value($0) } ?? .null,
            "use": $0.share.value, "there": .bool($0.isThere),
          ]
        }),
    ]
  }

  /// What stands below the table: which checkpoints and exports.
  fileprivate var lines: [String] {
    var lines = ["", run]
    if let through {
      lines.append(
        "  began with weights of \(through), which used it: every checkpoint and export of this run carries it on")
    }
    for part in Set(parts.map { "  grant '\(RunManifests.shown($0.grant))' of \(RunManifests.shown($0.licensor))" })
      .sorted()
    { lines.append(part) }
    let touched = checkpoints.filter { $0.share.seen > 0 }
    for c in touched.suffix(5) {
      lines.append(
        "  checkpoint at step \(c.step), weights \(c.weights.prefix(12))…: \(c.share.seen) frames, \(c.share.text)")
    }
    if touched.count > 5 {
      lines.append("  … and \(touched.count - 5) earlier checkpoints, from step \(touched[0].step) on")
    }
    for e in exports where e.share.seen > 0 || through != nil {
      lines.append(
        "  export \(e.path)\(e.isThere ? "" : " (not there any more)"), weights \(e.weights.prefix(12))…: \(e.share.seen) frames, \(e.share.text)"
      )
    }
    return lines
  }
}
