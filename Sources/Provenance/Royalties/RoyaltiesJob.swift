import Clips
import Consent
import Files
import Foundation
import Ledger
import Media
import Runs

/// `orrery consent royalties`: finds the ledgers and the manifests of runs, makes the statement, and writes what was
/// asked for.
public struct RoyaltiesJob {
  public let statement: RoyaltyStatement
  /// What the payer should know beside the figures.
  public let notes: [String]

  /// - Parameters:
  ///   - references: runs, by path, name or hash.
  ///   - moved: data of the runs that lie elsewhere now, `OLD=NEW`.
  ///   - manifests: files beside those the runs' experiments and datasets name.
  /// - Throws: `Problem` when a run, its ledger or a manifest it was trained under cannot be read, or the terms do not
  ///   fit together.
  public init(
    _ references: [String], in runs: String, moved: [String] = [], pool: RoyaltyPool, manifests: [String],
    home: HomeFolder
  ) throws {
    let found = try references.map { try RunsFolder(path: runs).find($0) }.moved(moved)
    let ledgers = try found.map { try $0.audited(home: home).usage() }
    let all = try manifests.map { try Manifest(path: $0) } + found.flatMap(RunManifests.find)
    let royalties = try Royalties(pool, ledgers, all)
    let (secret, made) = try RoyaltySecret.open(in: home)
    statement = try RoyaltyStatement(royalties, secret)
    notes =
      Self.notes(found, ledgers, royalties)
      + (made
        ? [
          "a secret for salts was made at \(home.file(RoyaltySecret.fileName)): keep it, proofs under this root need it"
        ] : [])
  }

  private static func notes(_ runs: [Run], _ ledgers: [LedgerUsage], _ royalties: Royalties) -> [String] {
    var notes: [String] = []
    for (run, ledger) in zip(runs, ledgers) {
      if !ledger.closed { notes.append("the ledger of \(run.name) is not closed: these are the figures so far") }
      if ledger.summary.signing.keys.isEmpty {
        notes.append("the ledger of \(run.name) is not signed, so proofs carry its head without a signature")
      }
      if let from = run.experiment.from {
        notes.append(
          "\(run.name) "
            + (ledger.trail.base?.text
              ?? "started from \((from as NSString).lastPathComponent), of which its ledger says nothing")
            + ": what that was trained on is not counted unless you name its run too")
      }
    }
    let lines = royalties.lines
    func count(_ kind: RoyaltyTerms.Kind) -> Int { lines.filter { $0.terms.kind == kind }.count }
    if count(.notStated) > 0 {
      notes.append(
        "\(count(.notStated)) lines are of grants that say nothing of compensation; they share in the pool (--only-stated leaves them out)"
      )
    }
    if count(.flat) > 0 {
      notes.append("flat sums are owed once a grant; whether one was paid before is not in a ledger")
    }
    let word = lines.filter { !$0.standing.hasPrefix("signed") }.count
    if word > 0 {
      notes.append(
        "\(word) lines rest on self-declared manifests: make sure the licensor is who the manifest says before paying")
    }
    return notes
  }

  /// A table by licensor, for a terminal. Ends without a newline.
  public var text: String {
    let r = statement.royalties
    var rows = [
      ["licensor", "clips", "frames seen", "weight × frames", "of the pool", "share", "beside the pool", "total"]
    ]
    for l in r.licensors {
      rows.append([
        shown(l.name.map { "\($0), \(l.id)" } ?? l.id), String(l.clips), Text.count(l.seen), String(l.score),
        Self.percent(l.score, r.score), l.share.amount, l.beside.amount, l.total.amount,
      ])
    }
    rows.append([
      "all", String(r.licensors.reduce(0) { $0 + $1.clips }), Text.count(r.seen), String(r.score), "100 %",
      r.pool.money.amount, r.beside.amount, Money(minor: r.pool.money.minor + r.beside.minor, r.currency).amount,
    ])
    var out = [
      "pool of \(r.pool.money) over \(r.runs.count) run\(r.runs.count == 1 ? "" : "s"), \(r.licensors.count) licensor\(r.licensors.count == 1 ? "" : "s"), \(r.lines.count) lines; amounts in \(r.currency)",
      "", TextTable.text(rows),
    ]
    let grants = Dictionary(grouping: r.lines) {
      [$0.key.licensor, $0.key.grant, $0.terms.kind.rawValue, $0.terms.rate ?? ""]
    }
    var kinds = [["licensor", "grant", "compensation", "frames seen", "amount"]]
    for (key, lines) in grants.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }).prefix(40) {
      kinds.append([
        shown(key[0]), shown(key[1]),
        key[3].isEmpty ? "\(key[2]), weight \(lines[0].terms.weight)" : "\(key[2]) \(key[3])",
        Text.count(lines.reduce(0) { $0 + $1.usage.seen }),
        Money(minor: lines.reduce(0) { $0 + $1.amount.minor }, r.currency).amount,
      ])
    }
    out += ["", TextTable.text(kinds)]
    if grants.count > 40 { out.append("… and \(grants.count - 40) more grants; --csv has every line") }
    return (out + ["", "root \(statement.root)", Royalties.caution]).joined(separator: "\n")
  }

  /// To a hundredth of a per cent, by integers.
  private static func percent(_ part: UInt128, _ all: UInt128) -> String {
    guard all > 0 else { return "–" }
    let parts = all.dividingFullWidth(UInt128(10_000).multipliedFullWidth(by: part)).quotient
    return "\(parts / 100).\(Text.padded(Int(parts % 100), 2)) %"
  }

  private func shown(_ name: String) -> String { RunManifests.shown(name) }
}

/// The manifests a run was trained under, as far as they can still be found: those its experiment names, or else its
/// datasets.
package enum RunManifests {
  package static func find(_ run: Run) throws -> [Manifest] {
    // One that cannot be read is missing, and what is missing is told by its hash.
    run.experiment.data.compactMap { try? Manifest(path: path($0, try? Dataset($0))) }
  }

  /// Where a source's manifest should be; the dataset itself may be gone.
  package static func path(_ source: Experiment.Source, _ dataset: Dataset?) -> String {
    source.manifest ?? dataset?.manifestPath ?? (source.path as NSString).deletingPathExtension + ".optin.json"
  }

  /// A name out of somebody's file, whole (it may have to be typed again) but without control characters.
  package static func shown(_ name: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in name.unicodeScalars.prefix(160) {
      out.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar)
    }
    return String(out) + (name.unicodeScalars.count > 160 ? "…" : "")
  }
}
