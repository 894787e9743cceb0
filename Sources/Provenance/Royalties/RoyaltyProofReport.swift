import Files
import Ledger

/// What `orrery consent verify-proof` says of a proof that holds.
public struct RoyaltyProofReport {
  private let royalty: VerifiedRoyalty
  private let rootGiven: Bool

  public init(_ royalty: VerifiedRoyalty, rootGiven: Bool) { (self.royalty, self.rootGiven) = (royalty, rootGiven) }

  public var value: Value {
    [
      "valid": true, "licensor": .string(royalty.licensor), "root": .string(royalty.root),
      "root_was_given": .bool(rootGiven), "currency": .string(royalty.pool.currency.code),
      "pool": .string(royalty.pool.amount), "share": .string(royalty.share.amount),
      "beside": .string(royalty.beside.amount), "total": .string(royalty.total.amount),
      "frames_seen": Value(royalty.seen), "frames_in_loss": Value(royalty.framesInLoss), "lines": .array(royalty.lines),
      "runs": .array(
        royalty.runs.map {
          [
            "run": .string($0.run), "ledger_head": .string($0.head), "closed": .bool($0.closed),
            "signed_head": Value($0.signedHead), "key": Value($0.key),
          ]
        }), "note": .string(Royalties.caution),
    ]
  }

  public var text: String {
    func cell(_ line: Value, _ key: String) -> String {
      RunManifests.shown(line[key]?.string ?? line[key]?.integer.map(Text.count) ?? "–")
    }
    let rows = royalty.lines.prefix(20).map { line in
      ["clip", "grant", "compensation", "weight", "frames_seen", "amount"].map { cell(line, $0) }
    }
    var out = [
      "the proof holds: every line leads to the root \(royalty.root)", "",
      "\(RunManifests.shown(royalty.licensor)): \(Text.count(royalty.seen)) frames seen in \(royalty.lines.count) line\(royalty.lines.count == 1 ? "" : "s")",
      "\(royalty.share) of a pool of \(royalty.pool), \(royalty.beside) beside it, \(royalty.total) in all", "",
      TextTable.text([["clip", "grant", "compensation", "weight", "frames seen", "amount"]] + rows),
    ]
    if royalty.lines.count > 20 { out.append("… and \(royalty.lines.count - 20) more lines; --json has them") }
    out.append("")
    for run in royalty.runs {
      out.append(
        "run \(RunManifests.shown(String(run.run.prefix(16))))…, ledger head \(RunManifests.shown(run.head))\(run.closed ? "" : " (not closed yet)")"
      )
      out.append(
        run.key.map { "  signed by \(RunManifests.shown($0)) as of \(run.signedHead ?? "")" }
          ?? "  nobody signed this ledger")
    }
    out.append(
      rootGiven
        ? "The root is the one you gave."
        : "No root was given: the proof agrees with itself. Compare its root with the one the payer published.")
    return (out + [Royalties.caution]).joined(separator: "\n")
  }
}
