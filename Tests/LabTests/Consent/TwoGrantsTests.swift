import Bench
import Consent
import Diffusion
import Export
import Files
import Foundation
import Ledger
import Models
import Provenance
import Runs
import TestKit
import Testing
import Training

/// Clips under two grants, one of which is withdrawn while the run goes on: everything that speaks of the run's data
/// books a frame to the grant that was in force when it was seen.
@Suite(.serialized) struct TwoGrantsTests {
  /// Granted by `early` and by `own`; and one by `alone`, which leaves with it.
  private static let both = DepartureTests.few, single = "projectile/train/000006"

  private struct Told {
    let minute: Minute, run: Run
    /// The manifest as it stood when the run began.
    let before: Manifest
    let after: Manifest
  }

  /// Twelve steps; at the checkpoint of step 8 `early` and `alone` no longer grant training.
  private func trained() throws -> Told {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json")
    try Disk.edit(path) { document in
      let own = try #require(document["grants"]?[0])
      let others = ["early", "alone"].map { name in
        var grant = own
        grant.set("id", .string(name))
        return grant
      }
      document.set("grants", .array([own] + others))
      document.set(
        "assets",
        .array(
          (document["assets"]?.array ?? []).map { asset in
            var asset = asset
            if Self.both.contains(asset["clip"]?.string ?? "") { asset.set("grants", ["early", "own"]) }
            if asset["clip"]?.string == Self.single { asset.set("grants", ["alone"]) }
            return asset
          }))
    }
    try Disk.write(Disk.read(path), to: minute.scratch("before.json"))
    let before = try Manifest(path: path)
    let run = try DepartureTests.training(minute, "runs", striking: 5) {
      try? Disk.edit(path) { document in
        document.set(
          "grants",
          .array(
            (document["grants"]?.array ?? []).map { grant in
              var grant = grant
              if grant["id"]?.string != "own" { grant.set("actions", ["evaluate"]) }
              return grant
            }))
      }
      return DepartureTests.before
    }.run(until: Interruption(listening: false))
    return Told(minute: minute, run: run, before: before, after: try Manifest(path: path))
  }

  private struct Count: Equatable {
    var seen = 0, inLoss = 0
    static func + (a: Count, b: Count) -> Count { Count(seen: a.seen + b.seen, inLoss: a.inLoss + b.inLoss) }
  }

  private struct Place: Hashable { let manifest: String, grant: String, clip: String }

  /// What happened, from the lines themselves: no code of the product reads them here.
  private func truth(_ run: Run) throws -> [Place: Count] {
    var inForce: Value = [:], found: [Place: Count] = [:]
    for line in try Disk.readText(run.path("ledger.jsonl")).split(separator: "\n") {
      let record = try JSON.parse(String(line), at: "ledger"), clips = record["body"]?["clips"]
      #expect(record["kind"] != "void", "a straight run voids nothing")
      if record["kind"] == "open" { inForce = try #require(clips) }
      guard record["kind"] == "exposure" else { continue }
      for field in clips?.fields ?? [] {
        let terms = try #require(inForce[field.key])
        let place = Place(
          manifest: try #require(terms["manifest"]?.string), grant: try #require(terms["grant"]?.string),
          clip: field.key)
        let count = Count(
          seen: try #require(field.value["seen"]?.integer), inLoss: try #require(field.value["loss"]?.integer))
        found[place] = (found[place] ?? Count()) + count
      }
    }
    return found
  }

  private func summed<Key: Hashable>(_ counts: [Place: Count], by key: (Place) -> Key) -> [Key: Count] {
    counts.reduce(into: [:]) { sums, item in sums[key(item.key)] = (sums[key(item.key)] ?? Count()) + item.value }
  }

  /// Rows of the markdown tables of so many columns that name the licensor first.
  private func table(_ text: String, columns: Int) -> [[String]] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("| tests") }.map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }.filter { $0.count == columns }
  }

  private func number(_ text: String) throws -> Int { try #require(Int(text.filter { $0 != "," }), "'\(text)'") }

  private func byGrant(_ rows: [[String]], seen: Int, inLoss: Int?) throws -> [String: Count] {
    try rows.reduce(into: [:]) { sums, row in
      let count = Count(seen: try number(row[seen]), inLoss: try inLoss.map { try number(row[$0]) } ?? 0)
      sums[row[1]] = (sums[row[1]] ?? Count()) + count
    }
  }

  /// Frames by dataset, as the `trainedOn` relations say.
  private func trainedOn(_ spdx: Value) throws -> [Count] {
    try (spdx["@graph"]?.array ?? []).filter { $0["relationshipType"] == "trainedOn" }.map { relation in
      let words = try #require(relation["comment"]?.string).split(separator: " ")
      return Count(seen: try number(String(words[0])), inLoss: try number(String(words[3])))
    }.sorted { $0.seen < $1.seen }
  }

  private func croissantRows(_ croissant: Value) -> [[String]: Count] {
    (croissant["recordSet"]?[0]?["data"]?.array ?? []).reduce(into: [:]) { sums, row in
      let key = [row["clips/grant"]?.string ?? "", row["clips/name"]?.string ?? ""]
      let count = Count(
        seen: row["clips/frames_seen"]?.integer ?? -1, inLoss: row["clips/frames_in_loss"]?.integer ?? -1)
      sums[key] = (sums[key] ?? Count()) + count
    }
  }

  @Test func theRunIsWhatTheTestsBelowTakeItFor() throws {
    let told = try trained(), truth = try truth(told.run), grants = summed(truth) { [$0.manifest, $0.grant] }
    #expect(told.before.sha256 != told.after.sha256 && told.run.step == 12)
    #expect(
      Set(grants.keys) == [
        [told.before.sha256, "early"], [told.before.sha256, "own"], [told.before.sha256, "alone"],
        [told.after.sha256, "own"],
      ])
    let twice = Self.both.filter { clip in Set(truth.keys.filter { $0.clip == clip }.map(\.grant)).count == 2 }
    #expect(!twice.isEmpty, "no clip was seen under both grants")
    #expect(truth.values.reduce(0) { $0 + $1.seen } == 12 * 4 * 12)
  }

  @Test func royaltiesAndReportsTellOneStory() throws {
    let told = try trained(), run = told.run, truth = try truth(run), runs = told.minute.scratch("runs")
    let grants = summed(truth) { $0.grant }
    let seen = grants.mapValues { Count(seen: $0.seen) }

    let royalties = try Royalties(
      RoyaltyPool(try Money("100.00", #require(Currency("EUR")))),
      [try LedgerUsage(run.path("ledger.jsonl"), run: run.hash)], [told.before, told.after])
    let lines = Dictionary(
      uniqueKeysWithValues: royalties.lines.map {
        (
          Place(manifest: $0.key.manifest, grant: $0.key.grant, clip: $0.key.clip),
          Count(seen: $0.usage.seen, inLoss: $0.usage.value["loss"]?.integer ?? -1)
        )
      })
    #expect(lines == truth)

    // With the first manifest at hand, and without it.
    for manifests in [[told.minute.scratch("before.json")], []] {
      let report = try ConsentReport(run.name, in: runs, manifests: manifests)
      #expect(croissantRows(report.value(.croissant)) == summed(truth) { [$0.grant, $0.clip] })
      #expect(try byGrant(table(report.text(.md), columns: 8), seen: 5, inLoss: 6) == grants)
      #expect(try byGrant(table(report.text(.euSummary), columns: 7), seen: 5, inLoss: nil) == seen)
      #expect(
        try trainedOn(report.value(.spdx)) == summed(truth) { $0.manifest }.values.sorted { $0.seen < $1.seen })
      // Distinct footage: every clip that was ever used, the one that left too.
      let frames = Set(truth.keys.map(\.clip)).count * 12
      #expect(report.text(.euSummary).contains(" \(frames) distinct frames"))
    }

    let facts = ConsentFacts(run)
    #expect(facts.problem == nil && facts.licensors.map(\.name) == ["tests"])
    #expect(facts.licensors[0].seen == truth.values.reduce(0) { $0 + $1.seen })
    #expect(facts.licensors[0].clips == Set(truth.keys.map(\.clip)).count && facts.clips == facts.licensors[0].clips)

    for (grant, count) in grants {
      let impact = try ConsentImpact(.init(grant: grant), runs: runs, home: told.minute.options().home)
      #expect(impact.items.first?.share.seen == count.seen, "\(grant)")
    }
  }

  @Test func theExportAndItsCredentialsTellItToo() throws {
    let told = try trained(), run = told.run, minute = told.minute, truth = try truth(run)
    let grants = summed(truth) { $0.grant }, named = Set(truth.keys.map(\.manifest))
    let clips = Dictionary(grouping: truth.keys, by: \.grant).mapValues { Set($0.map(\.clip)).count }
    let out = minute.scratch("model"), home = HomeFolder(minute.scratch("home"))
    let made = try Export(run, out: out, home: home).write(on: minute.compute, minute.quiet)

    let weights = out + "/transformer/" + ModelFolder.weightsName
    let summary = try JSON.parse(
      try #require(try Safetensors(path: weights)[metadata: "ledger_summary"]), at: "ledger_summary")
    let shares = summary["shares"]?.array ?? []
    let stated = shares.reduce(into: [String: Count]()) { sums, share in
      let count = Count(seen: share["frames_seen"]?.integer ?? -1, inLoss: share["frames_in_loss"]?.integer ?? -1)
      sums[share["grant"]?.string ?? ""] = count
    }
    #expect(shares.count == 3 && stated == grants)
    #expect(
      Dictionary(uniqueKeysWithValues: shares.map { ($0["grant"]?.string ?? "", $0["clips"]?.integer ?? -1) }) == clips)
    #expect(Set((summary["manifests"]?.array ?? []).compactMap(\.string)) == named)

    let card = try Disk.readText(out + "/README.md"), rows = table(card, columns: 7)
    #expect(try rows.count == 3 && byGrant(rows, seen: 5, inLoss: 6) == grants)
    #expect(try rows.allSatisfy { try number($0[4]) == clips[$0[1]] })
    #expect(card.contains("the manifest changed while the run went on"))

    let spdx = try JSON.parse(try Disk.readText(out + "/spdx.json"), at: "spdx")
    #expect(try trainedOn(spdx) == summed(truth) { $0.manifest }.values.sorted { $0.seen < $1.seen })
    let croissant = try JSON.parse(try Disk.readText(out + "/croissant.json"), at: "croissant")
    #expect(croissantRows(croissant) == summed(truth) { [$0.grant, $0.clip] })

    // What C2PA says of the data, by the bytes of the files: of the weights, of video by the run, of video by the
    // export.
    let sampling = Sampling(count: 1, frames: nil, seed: 0, settings: .init(steps: 1), caption: nil, context: nil)
    func video(_ origin: CredentialOrigin, _ folder: String) throws -> String {
      try sampling.run(
        run.model(on: minute.compute), given: nil, to: minute.scratch(folder), name: "a",
        CredentialedVideo(origin, home: home), minute.quiet
      ).videos[0]
    }
    let files = try [
      (weights as NSString).deletingPathExtension + ".c2pa",
      video(CredentialOrigin(run.folder, name: "a", weightsHash: made.weightsHash, run: run), "by-run"),
      video(CredentialOrigin(out, name: "a", weightsHash: made.weightsHash, run: nil), "by-export"),
    ]
    for file in files {
      let bytes = try Disk.read(file)
      for manifest in named {
        #expect(bytes.range(of: Data("urn:sha256:\(manifest)".utf8)) != nil, "\(file) does not name \(manifest)")
      }
    }
  }

  /// Whether the weights may be handed on is asked of every grant they owe something to.
  @Test func aWithdrawnGrantBindsTheWeightsThatSawIt() throws {
    let told = try trained(), path = told.minute.scratch("worlds.optin.json")
    let home = HomeFolder(told.minute.scratch("home"))
    func verdict(_ out: String) throws -> String? {
      try Export(told.run, out: told.minute.scratch(out), home: home).write(on: told.minute.compute, told.minute.quiet)
        .value["distribution"]?["verdict"]?.string
    }
    #expect(try verdict("a") == "allowed")
    try Disk.edit(path) { document in
      document.set(
        "grants",
        .array(
          (document["grants"]?.array ?? []).map { grant in
            var grant = grant
            if grant["id"]?.string == "early" { grant.set("derivatives", ["weights": "private"]) }
            return grant
          }))
    }
    #expect(try verdict("b") == "denied")
  }

  /// One word of an opening is another: nobody takes the ledger's word for anything any more.
  @Test func aLedgerThatDoesNotHoldIsRefusedByAll() throws {
    let told = try trained(), run = told.run, minute = told.minute, path = run.path("ledger.jsonl")
    let home = HomeFolder(minute.scratch("home"))
    try Disk.write(
      Disk.readText(path).replacingOccurrences(of: told.before.sha256, with: String(repeating: "0", count: 64)),
      to: path)
    func refused(_ body: () throws -> Void) -> String {
      do { try body() } catch { return (error as? Problem)?.description ?? "\(error)" }
      return "nothing was refused"
    }
    let answers = [
      "royalties": refused { _ = try LedgerUsage(path, run: run.hash) },
      "report": refused { _ = try ConsentReport(run) },
      "export": refused {
        _ = try Export(run, out: minute.scratch("model"), home: home).write(on: minute.compute, minute.quiet)
      },
      "credentials": refused {
        _ = try CredentialOrigin(run.folder, name: "a", weightsHash: "x", run: run)
      },
      "facts": ConsentFacts(run).problem ?? "no problem",
      "impact": refused {
        if let broken = try ConsentImpact(.init(grant: "own"), runs: minute.scratch("runs"), home: nil).broken.first {
          throw broken
        }
      },
    ]
    for (who, answer) in answers { #expect(answer.contains("line 1"), "\(who): \(answer)") }
    #expect(!Disk.exists(minute.scratch("model")))
  }
}
