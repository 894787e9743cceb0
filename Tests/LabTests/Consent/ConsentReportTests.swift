import Bench
import Export
import Files
import Foundation
import Ledger
import Provenance
import Runs
import TestKit
import Testing
import Training

/// Reports of a run and of its dataset, by what they must hold rather than by their wording.
@Suite(.serialized) struct ConsentReportTests {
  /// A minute run on a manifest with terms worth telling, one clip of which nobody granted.
  private func trained() throws -> (Minute, Run) {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json")
    var m = try JSON.parse(try Disk.readText(path), at: path), grant = try #require(m["grants"]?[0])
    for (key, value) in [
      ("attribution", "required"), ("terms", "https://example.org/t?a=1"), ("max_exposures", 100_000),
      ("deny", ["pretrain"]), ("weight", 3),
      ("compensation", ["model": "royalty-share", "currency": "EUR", "payee": "=A, B"]),
      ("valid", ["from": "2026-01-01T00:00:00Z", "until": "2090-01-01T00:00:00Z"]),
    ] as [(String, Value)] { grant.set(key, value) }
    m.set("grants", [grant])
    m.set("licensor", ["id": "did:example:a|b", "name": "<b>Studio</b> | [A](http://x)", "role": "agent"])
    m.set(
      "likeness",
      [["id": "p1", "uses": ["training", "evaluation"], "expires": "2089-01-01T00:00:00Z", "represented_by": "union"]])
    var assets = try #require(m["assets"]?.array)
    assets.removeLast()
    assets[0].set("likeness", ["p1"])
    assets[0].set("creators", ["C. Operator"])
    m.set("assets", .array(assets))
    try Disk.write(JSON.pretty(m), to: path)
    return (minute, try minute.training(["train.steps=4"]).run(until: Interruption(listening: false)))
  }

  private func elements(_ spdx: Value, _ type: String) -> [Value] {
    (spdx["@graph"]?.array ?? []).filter { $0["type"]?.string == type }
  }

  @Test func everyFormatTellsTheSameRun() throws {
    let (minute, run) = try trained(), ledger = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    let report = try ConsentReport(run.name, in: minute.scratch("runs"))

    let people = report.text(.md)
    for text in [
      run.hash, ledger.head, grouped(ledger.total.seen), "2090-01-01T00:00:00Z", "p1", "union", "C. Operator",
      "unlisted-clip", "denies pretrain", "not influence", "weight 3",
    ] {
      #expect(people.contains(text), "the report lacks '\(text)'")
    }
    #expect(
      !people.contains("<b>") && !people.contains("[A](") && people.contains("&lt;b&gt;Studio&lt;/b&gt; \\| \\[A\\]"))

    let croissant = report.value(.croissant), rows = try #require(croissant["recordSet"]?[0]?["data"]?.array)
    #expect(croissant["conformsTo"]?[0] == "http://mlcommons.org/croissant/1.1" && rows.count == ledger.clips.count)
    #expect(
      rows.reduce(0) { $0 + ($1["clips/frames_seen"]?.integer ?? 0) } == ledger.total.seen
        && rows.reduce(0) { $0 + ($1["clips/frames_in_loss"]?.integer ?? 0) } == ledger.total.framesInLoss)
    #expect(croissant["usageInfo"]?[0]?["@type"] == ["CreativeWork", "odrl:Offer"])
    #expect(try croissant["distribution"]?[0]?["sha256"]?.string == Hashing.sha256(file: minute.scratch("worlds.h5")))

    let spdx = report.value(.spdx), model = try #require(elements(spdx, "ai_AIPackage").first),
      relations = elements(spdx, "Relationship")
    #expect(model["verifiedUsing"]?[0]?["hashValue"]?.string == ledger.checkpoints.last?.weightsSHA256)
    let trainedOn = try #require(relations.first { $0["relationshipType"] == "trainedOn" })
    #expect(trainedOn["comment"]?.string?.contains("\(ledger.total.seen) frames seen") == true)
    // Every name that is referred to is there.
    let ids = Set((spdx["@graph"]?.array ?? []).compactMap { $0["spdxId"]?.string })
    for relation in relations {
      for end in [relation["from"]?.string] + (relation["to"]?.array ?? []).map(\.string) {
        #expect(ids.contains(end ?? ""))
      }
    }
    #expect(ids.count == (spdx["@graph"]?.array?.count ?? 0) - 1)

    let odrl = report.value(.odrl)
    #expect(
      odrl["@type"] == "Offer" && odrl["conflict"] == "prohibit"
        && odrl["assigner"]?.string == "urn:orrery:party:did%3Aexample%3Aa%7Cb")
    #expect(
      Set((odrl["permission"]?.array ?? []).compactMap { $0["action"]?.string }) == [
        "orrery:fine-tune", "orrery:evaluate",
      ])
    #expect(
      Set((odrl["prohibition"]?.array ?? []).compactMap { $0["action"]?.string }) == [
        "orrery:pretrain", "cc:CommercialUse",
      ])
    let limits = (odrl["permission"]?[0]?["constraint"]?.array ?? []).compactMap { $0["leftOperand"]?.string }
    #expect(
      Set(limits) == [
        "dateTime", "purpose", "orrery:framesSeenPerClip", "orrery:derivedWeights", "orrery:derivedOutputs",
      ] && limits.count == 6)
    #expect((odrl["permission"]?[0]?["duty"]?.array ?? []).count == 2)

    let summary = report.text(.euSummary)
    for head in [
      "### 1.1", "### 1.2", "### 1.3", "### 2.1", "#### 2.2.1", "#### 2.2.2", "### 2.3", "### 2.4", "### 2.5",
      "### 2.6", "### 3.1", "### 3.2", "### 3.3",
    ] { #expect(summary.contains("\n" + head + " ")) }
    #expect(
      summary.components(separatedBy: "TO BE FILLED IN").count > 8
        && summary.contains("rendered by a physics simulation") && !summary.contains("<b>"))
  }

  /// The same facts make the same file, whatever the clock says; and a dataset is reported without a run.
  @Test func programsReadTheSameBytesTwiceAndADatasetStandsAlone() throws {
    let (minute, run) = try trained(), data = minute.scratch("worlds.h5")
    for format in [ConsentReport.Format.croissant, .spdx, .odrl] {
      let now = try ConsentReport(run.folder, in: ""),
        later = try ConsentReport(run.folder, in: "", at: Moment(seconds: Moment.now().seconds + 90_000))
      #expect(now.text(format) == later.text(format))
      // It is JSON by the strict reader: no key twice, nothing cut.
      _ = try JSON.parse(now.text(format), at: format.rawValue)
    }
    let report = try ConsentReport(data, in: "")
    #expect(
      elements(report.value(.spdx), "ai_AIPackage").isEmpty
        && elements(report.value(.spdx), "dataset_DatasetPackage").count == 1)
    #expect(report.value(.croissant)["recordSet"]?[0]?["data"]?.array?.count == 31)
    #expect(report.text(.md).contains("1 of 32 clips are refused") && report.text(.euSummary).contains("of a dataset"))
  }

  /// Energy stands in the bill when it was measured; an estimate is said in words.
  @Test func meteredEnergyIsInTheBill() throws {
    let (minute, trained) = try trained()
    var run = trained, cost = trained.cost
    func package(_ source: Energy.Source) throws -> Value {
      (cost.joules, cost.source) = (5_400_000, source)
      run.cost = cost
      try run.save()
      return try #require(
        elements(try ConsentReport(run.name, in: minute.scratch("runs")).value(.spdx), "ai_AIPackage").first)
    }
    let guessed = try package(.estimated), package = try package(.measured)
    #expect(
      guessed["ai_energyConsumption"] == nil
        && guessed["ai_informationAboutTraining"]?.string?.contains("estimated") == true
        && guessed["ai_informationAboutTraining"]?.string?.contains("1.500 kWh") == true)
    let amount = package["ai_energyConsumption"]?["ai_trainingEnergyConsumption"]?[0]
    #expect(amount?["ai_energyQuantity"]?.double == 5.4 && amount?["ai_energyUnit"] == "megajoule")
  }

  /// The gate refuses what it cannot read; the translation must not offer it.
  @Test func odrlOffersNothingTheGateRefusesForItsManifest() throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json"),
      good = try JSON.parse(try Disk.readText(path), at: path)
    func rules(_ change: (inout Value) throws -> Void) throws -> (permissions: Int, prohibitions: [String]) {
      var m = good
      try change(&m)
      try Disk.write(JSON.pretty(m), to: path)
      let odrl = try ConsentReport(minute.scratch("worlds.h5"), in: "").value(.odrl)
      return (
        odrl["permission"]?.array?.count ?? 0, (odrl["prohibition"]?.array ?? []).compactMap { $0["action"]?.string }
      )
    }
    #expect(try rules { _ in } == (2, ["cc:CommercialUse"]))
    #expect(try rules { $0.set("valid_until", "2030-01-01T00:00:00Z") } == (0, ["use"]))
    #expect(
      try rules { m in
        var grant = try #require(m["grants"]?[0])
        grant.set("territories", ["DE"])
        m.set("grants", [grant])
      } == (0, ["use"]))
    #expect(try rules { $0.set("grants", []) } == (0, ["use"]))
    #expect(
      try rules { m in
        var assets = try #require(m["assets"]?.array)
        assets[3].set("grants", ["own", "gone"])
        m.set("assets", .array(assets))
      } == (2, ["cc:CommercialUse"]))
    let offered = try ConsentReport(minute.scratch("worlds.h5"), in: "").value(.odrl)["permission"]?[0]?["target"]
    #expect(offered?["dct:hasPart"]?.array?.count == 31 && offered?["dct:extent"] == 31)
  }

  @Test func whatIsGoneIsSaidAndNotGuessed() throws {
    let (minute, run) = try trained(), runs = minute.scratch("runs"), path = minute.scratch("worlds.optin.json"),
      kept = try Disk.readText(path)
    try FileManager.default.removeItem(atPath: minute.scratch("worlds.h5"))
    #expect(try ConsentReport(run.name, in: runs).notes.contains { $0.contains("no longer where the run found it") })
    try FileManager.default.removeItem(atPath: path)
    let bare = try ConsentReport(run.name, in: runs)
    #expect(bare.notes.contains { $0.contains("not at hand") } && bare.text(.md).contains("did:example:a\\|b"))
    for format in ConsentReport.Format.allCases { #expect(!bare.text(format).isEmpty) }
    try Disk.write(kept, to: minute.scratch("elsewhere.json"))
    #expect(
      try ConsentReport(run.name, in: runs, manifests: [minute.scratch("elsewhere.json")]).text(.md).contains(
        "denies pretrain"))
    // One byte of the ledger changed: no report.
    var ledger = try Disk.read(run.path("ledger.jsonl"))
    ledger[ledger.count / 2] ^= 1
    try Disk.write(ledger, to: run.path("ledger.jsonl"))
    #expect(throws: Problem.self) { try ConsentReport(run.name, in: runs) }
  }

  @Test func anExportCarriesBothBills() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    let made = try Export(run, out: out).write(on: minute.compute, minute.quiet)
    let spdx = try JSON.parse(try Disk.readText(out + "/spdx.json"), at: "spdx"),
      croissant = try JSON.parse(try Disk.readText(out + "/croissant.json"), at: "croissant")
    #expect(elements(spdx, "ai_AIPackage").first?["verifiedUsing"]?[0]?["hashValue"]?.string == made.weightsHash)
    // The manifest's hash is that of the file beside it.
    let manifest = try Hashing.sha256(file: out + "/optin.json")
    #expect(elements(spdx, "software_File").first?["verifiedUsing"]?[0]?["hashValue"]?.string == manifest)
    #expect(
      (croissant["distribution"]?.array ?? []).contains {
        $0["contentUrl"] == "optin.json" && $0["sha256"]?.string == manifest
      })
    let card = try Disk.readText(out + "/README.md")
    #expect(card.contains("`spdx.json`") && card.contains("`croissant.json`"))
    // They belong to it: the same export again changes nothing and finds no strangers.
    #expect(try Export(run, out: out).write(on: minute.compute, minute.quiet).wasThere)
  }

  @Test func theCommandsAnswerByTheirStatus() throws {
    let (minute, run) = try trained(), home = minute.scratch("home"), runs = ["--runs", minute.scratch("runs")]
    func orrery(_ arguments: [String]) throws -> Outcome {
      try Call(["consent"] + arguments, in: minute.scratch.path, home: home).outcome()
    }
    let proof = minute.scratch("a.proof"), csv = minute.scratch("a.csv")
    let shares = try orrery(
      [
        "royalties", "--pool", "100.01", "EUR", run.name, "--csv", csv, "--licensor", "did:example:a|b", "--proof",
        proof, "--json",
      ] + runs)
    #expect(shares.code == 0, "\(shares.err)")
    let said = try JSON.parse(shares.out.trimmingCharacters(in: .newlines), at: "stdout"),
      root = try #require(said["root"]?.string)
    #expect(said["licensors"]?[0]?["share"] == "100.01" && said["licensors"]?[0]?["total"] == "100.01")
    #expect(try Disk.readText(csv).contains(",\"'=A, B\","))
    #expect(try orrery(["verify-proof", proof, "--root", root]).out.contains("The root is the one you gave"))
    #expect(try orrery(["verify-proof", proof, "--root", String(repeating: "0", count: 64)]).code == 1)
    #expect(try orrery(["verify-proof", proof, "--root", "abc"]).code == 2)
    #expect(try orrery(["verify-proof", csv]).code == 1)
    for (arguments, words) in [
      (["--pool", "10,00", "EUR", run.name], "write no commas"), (["--pool", "1.001", "EUR", run.name], "EUR has 2"),
      (["--pool", "1", run.name], "no currency"), (["--pool", "1", "EUR"], "no run is named"),
      (["--pool", "1", "eur", run.name], "write EUR in capitals"),
      (["--pool", "1", "--currency", "ABC", run.name], "is no currency"),
      (["--pool", "1", "EUR", run.name, run.folder], "given twice"),
      (["--pool", "1", "EUR", run.name, "--licensor", "x"], "go together"),
      (["--pool", "1", "EUR", run.name, "--licensor", "x", "--proof", proof], "not among"), ([run.name], "pool"),
    ] {
      let answer = try orrery(["royalties"] + arguments + runs)
      #expect(answer.code == 2 && answer.err.contains(words), "\(arguments): \(answer.code) \(answer.err)")
    }
    #expect(try orrery(["royalties", "--pool", "1", "USD", run.name] + runs).err.contains("is paid in EUR"))
    #expect(try orrery(["royalties", run.name, "--pool", "5", "--currency", "EUR"] + runs).code == 0)
    for format in ConsentReport.Format.allCases {
      let answer = try orrery(["report", run.name, "--format", format.rawValue, "--json"] + runs)
      #expect(answer.code == 0 && answer.out.split(separator: "\n").count == 1, "\(format): \(answer.err)")
    }
    #expect(try orrery(["report", run.name, "--format", "pdf"] + runs).code == 2)
    #expect(try orrery(["report", "nosuchrun"] + runs).code == 1)
    #expect(try orrery(["report", csv] + runs).code == 1)
  }
}

/// 1,234,567
private func grouped(_ n: Int) -> String {
  var out = ""
  for (i, digit) in String(n).reversed().enumerated() { out = String(digit) + (i > 0 && i % 3 == 0 ? "," : "") + out }
  return out
}
