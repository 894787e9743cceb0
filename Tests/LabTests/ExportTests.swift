import Bench
import Consent
import Diffusion
import Export
import Files
import Foundation
import Ledger
import Measures
import Models
import Nets
import Runs
import Tensors
import TestKit
import Testing
import Training

/// What leaves the house: the export opens, replays, carries its provenance, and stands whole under its name or not at
/// all.
@Suite(.serialized) struct ExportTests {
  /// One short run; every test exports it somewhere else.
  private func trained(_ set: [String] = ["train.steps=4"]) throws -> (Minute, Run) {
    let minute = try Minute()
    return (minute, try minute.training(set).run(until: Interruption(listening: false)))
  }

  /// Names under a folder, hidden ones too.
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func theExportIsTheRun() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    let made = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    #expect(!made.wasThere && made.replay == 0 && made.mayBeDistributed)
    #expect(
      try names(out) == [
        "README.md", "codec.json", "croissant.json", "example.safetensors", "optin.json", "replay.safetensors",
        "scheduler", "spdx.json", "text_embedder", "transformer", "world.json",
      ])
    #expect(try names(minute.scratch.path).allSatisfy { !$0.hasPrefix(".") })

    let ours = try run.model(on: minute.compute),
      theirs = try ModelReference.open(out, runs: minute.scratch("runs"), on: minute.compute)
    #expect(theirs.model.spec == ours.spec && theirs.name == run.name && theirs.run == nil)
    #expect(theirs.model.parameters.values.values == ours.parameters.values.values)
    let settings = SamplerSettings(steps: 2), random = Random(seed: 3)
    #expect(
      try theirs.model.generate(prefixes: [], captions: ["a ball"], settings, random)
        == ours.generate(prefixes: [], captions: ["a ball"], settings, random))

    let byRun = try ModelReference.open(run.name, runs: minute.scratch("runs"), on: minute.compute)
    #expect(byRun.weightsHash == theirs.weightsHash && byRun.run?.hash == run.hash)
  }

  /// Cut into shards under an index, as large models are, it is the same model.
  @Test func shardsOpenAsOne() throws {
    let (minute, run) = try trained(), out = minute.scratch("model"), folder = out + "/transformer/"
    _ = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    let whole = try ModelReference.open(out, runs: minute.scratch("runs"), on: minute.compute)
    let file = try Safetensors(path: folder + ModelFolder.weightsName), half = file.entries.count / 2
    var map = Value.object([])
    for (i, entries) in [file.entries[..<half], file.entries[half...]].enumerated() {
      let name = "diffusion_pytorch_model-0000\(i + 1)-of-00002.safetensors"
      let values = try entries.map { try file.floats($0.name).values }
      let buffers = values.map { values in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        _ = buffer.initialize(from: values)
        return buffer
      }
      defer { for buffer in buffers { buffer.deallocate() } }
      let items = zip(entries, buffers).map { Safetensors.Item($0.name, $0.shape, UnsafeBufferPointer($1)) }
      try Safetensors.write(items, metadata: file.metadata.map { ($0.key, $0.value) }, to: folder + name)
      for entry in entries { map.set(entry.name, .string(name)) }
    }
    try FileManager.default.removeItem(atPath: folder + ModelFolder.weightsName)
    try Disk.write(
      JSON.line(["metadata": .object([]), "weight_map": map]), to: folder + ModelFolder.weightsName + ".index.json")
    let cut = try ModelReference.open(out, runs: minute.scratch("runs"), on: minute.compute)
    #expect(cut.weightsHash == whole.weightsHash)
    #expect(cut.model.parameters.values.values == whole.model.parameters.values.values)
  }

  @Test func provenanceIsInside() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    let made = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    let file = try Safetensors(path: out + "/transformer/" + ModelFolder.weightsName),
      ledger = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    #expect(file[metadata: "format"] == "pt" && file[metadata: "run"] == run.hash && file[metadata: "step"] == "4")
    #expect(file[metadata: "weights_sha256"] == file.bufferHash && file.bufferHash == made.weightsHash)
    #expect(ledger.checkpoints.last?.weightsSHA256 == made.weightsHash)
    let summary = try JSON.parse(try #require(file[metadata: "ledger_summary"]), at: "summary")
    #expect(summary["frames_seen"]?.integer == ledger.total.seen && ledger.total.seen == 4 * 4 * 12)
    #expect(summary["shares"]?[0]?["licensor"] == "tests" && summary["shares"]?[0]?["standing"] == "self-declared")
    let manifest = try Manifest(path: out + "/optin.json")
    #expect(summary["manifests"]?[0]?.string == manifest.sha256)

    // The record of the export follows the head that the weights carry.
    #expect(ledger.exports == 1 && ledger.head != file[metadata: "ledger_head"])
    let lines = try Disk.readText(run.path("ledger.jsonl")).split(separator: "\n")
    let last = try JSON.parse(String(try #require(lines.last)), at: "ledger")
    #expect(
      last["kind"] == "export" && last["prev"]?.string == file[metadata: "ledger_head"]
        && last["body"]?["path"]?.string == out)

    let card = try Disk.readText(out + "/README.md")
    for fact in [
      "tests", "self-declared", made.weightsHash, "exposure counts", "192", "Held-out loss", "has not been benched",
      "may", "optin.json",
    ] {
      #expect(card.localizedCaseInsensitiveContains(fact), "the card does not say '\(fact)'")
    }
    let text = try Safetensors(path: out + "/text_embedder/embeddings.safetensors")
    let captions =
      try JSON.parse(try #require(text[metadata: "captions"]), at: "captions").array?.compactMap(\.string) ?? []
    #expect(try text.floats("null").values == run.spec.captions.embed(nil))
    #expect(
      try text.floats("captions").values == captions.flatMap { try run.spec.captions.embed($0) } && !captions.isEmpty)
  }

  @Test func exportingTwiceChangesNothing() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    _ = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    func state() throws -> [String] {
      try ["transformer/" + ModelFolder.weightsName, "README.md", "world.json", "example.safetensors"].map {
        try Hashing.sha256(file: out + "/" + $0)
      }
    }
    let before = try state()
    #expect(try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet).wasThere)
    #expect(try state() == before)
    #expect(try LedgerReader.verify(run.path("ledger.jsonl")).exports == 1)

    // An export that has lost a part is made again.
    for part in ["codec.json", "scheduler", "spdx.json"] {
      try FileManager.default.removeItem(atPath: out + "/" + part)
      #expect(try !Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet).wasThere)
      #expect(try names(out) == ExportFile.allCases.filter { !$0.isOfSome }.map(\.name).sorted())
    }

    // Trained further, the export is renewed in place.
    let longer = try minute.training(["train.steps=4"], extend: 6).run(until: Interruption(listening: false))
    #expect(longer.hash == run.hash)
    let renewed = try Export(longer, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    #expect(!renewed.wasThere)
    #expect(try ModelReference.open(out, runs: "", on: minute.compute).weightsHash == renewed.weightsHash)
    #expect(try names(minute.scratch.path).allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func rawWeightsAreTheirOwnChoice() throws {
    let (minute, run) = try trained(), out = minute.scratch("raw")
    let raw = try Export(run, weights: .raw, out: out, home: HomeFolder(testHome)).write(
      on: minute.compute, minute.quiet)
    #expect(try raw.weightsHash != Safetensors(path: run.path("weights.safetensors")).bufferHash)
    #expect(
      problem { try ModelReference.open(out, runs: "", weights: .ema, on: minute.compute) }.fix?.contains(
        "--weights raw") == true)
    #expect(try ModelReference.open(out, runs: "", weights: .raw, on: minute.compute).weightsHash == raw.weightsHash)
  }

  @Test func whatStandsThereIsNotOverwritten() throws {
    let (minute, run) = try trained()
    func refused(_ out: String) throws -> String {
      problem { try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet) }.what
    }
    try Disk.write("mine", to: minute.scratch("file"))
    #expect(try refused(minute.scratch("file")).contains("a file stands"))
    try Disk.write("mine", to: minute.scratch("folder/notes.txt"))
    #expect(try refused(minute.scratch("folder")).contains("not an earlier export"))
    try Disk.write(#"{"orrery": "world-model/1", "run": "0123456789abcdef"}"#, to: minute.scratch("other/world.json"))
    #expect(try refused(minute.scratch("other")).contains("another run"))
    let out = minute.scratch("model")
    _ = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    try Disk.write("mine", to: out + "/notes.txt")
    #expect(try refused(out).contains("notes.txt"))
    #expect(try Disk.readText(out + "/notes.txt") == "mine")
    #expect(try LedgerReader.verify(run.path("ledger.jsonl")).exports == 1)
  }

  @Test func changedWeightsAreNotExported() throws {
    let (minute, run) = try trained(), out = minute.scratch("model"), path = run.path("weights.safetensors")
    var data = try Disk.read(path)
    data[data.count - 1] ^= 1
    try Disk.write(data, to: path)
    #expect(
      problem { try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet) }.what
        .contains("other weights than the ledger binds"))
    #expect(!Disk.exists(out))
    #expect(try names(minute.scratch.path).allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func aDamagedExportDoesNotOpen() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    _ = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    func damaged(_ file: String, _ change: (inout Data) -> Void) throws -> Problem {
      let path = out + "/" + file, kept = try Disk.read(path)
      var data = kept
      change(&data)
      try Disk.write(data, to: path)
      let refused = problem { try ModelReference.open(out, runs: "", on: minute.compute) }
      try Disk.write(kept, to: path)
      return refused
    }
    #expect(
      try damaged("transformer/" + ModelFolder.weightsName) { $0[$0.count - 1] ^= 1 }.what.contains(
        "not the ones world.json names"))
    #expect(
      try damaged("transformer/" + ModelFolder.weightsName) { $0.removeLast(3) }.place?.contains(
        ModelFolder.weightsName) == true)
    #expect(try damaged("world.json") { $0 = Data() }.place?.contains("world.json") == true)
    #expect(
      try damaged("world.json") {
        $0 = Data(
          String(decoding: $0, as: UTF8.self).replacingOccurrences(of: "\"prediction\"", with: "\"predicton\"").utf8)
      }.what.contains("did you mean 'prediction'"))
    #expect(
      try damaged("transformer/config.json") {
        $0 = Data(
          String(decoding: $0, as: UTF8.self).replacingOccurrences(of: "\"eps\": 1e-06", with: "\"eps\": 1e-05").utf8)
      }.what.contains("another model"))
    #expect(
      problem { try ModelReference.open(minute.scratch("worlds.h5"), runs: minute.scratch("runs"), on: minute.compute) }
        .exit == .failure)
    #expect(
      problem { try ModelReference.open(out + "/transformer", runs: "", on: minute.compute) }.what.contains(
        "neither a run nor an exported model"))
  }

  /// Terms decide what the card and the metadata say, from the grants of clips that were used.
  @Test(arguments: [
    ("open", [String](), true, "allowed"), ("share-alike", [], true, "share-alike"), ("private", [], false, "denied"),
    ("open", ["distribute-weights"], false, "denied"),
  ])
  func consentForHandingOnIsSaid(weights: String, deny: [String], allowed: Bool, verdict: String) throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json")
    var manifest = try JSON.parse(try Disk.readText(path), at: path)
    var grant = try #require(manifest["grants"]?[0]), derivatives = try #require(grant["derivatives"])
    derivatives.set("weights", .string(weights))
    grant.set("derivatives", derivatives)
    grant.set("deny", .array(deny.map { .string($0) }))
    manifest.set("grants", [grant])
    try Disk.write(JSON.pretty(manifest), to: path)
    let run = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false)),
      out = minute.scratch("model")
    let made = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    #expect(made.mayBeDistributed == allowed)
    #expect(made.value["distribution"]?["verdict"]?.string == verdict)
    #expect(try Safetensors(path: out + "/transformer/" + ModelFolder.weightsName)[metadata: "distribution"] == verdict)
    #expect(try Disk.readText(out + "/README.md").contains("MAY NOT BE DISTRIBUTED") == !allowed)
  }

  @Test func withoutDataOrLedgerThereIsNoProvenanceAndNoExport() throws {
    let (minute, run) = try trained(), out = minute.scratch("model")
    try FileManager.default.moveItem(atPath: minute.scratch("worlds.optin.json"), toPath: minute.scratch("away.json"))
    #expect(
      problem { try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet) }.place?
        .contains("worlds.optin.json") == true)
    try FileManager.default.moveItem(atPath: minute.scratch("away.json"), toPath: minute.scratch("worlds.optin.json"))
    try FileManager.default.removeItem(atPath: run.path("ledger.jsonl"))
    #expect(
      problem { try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet) }.what
        .contains("no ledger"))
    #expect(!Disk.exists(out))
  }

  @Test func whatAKilledExportLeftIsSweptAway() throws {
    let (minute, run) = try trained(["train.steps=2"]), out = minute.scratch("model")
    try Disk.write("half", to: minute.scratch(".model.4711.part/world.json"))
    try Disk.write("half", to: minute.scratch(".model.4711-0a1b2c3d.part/world.json"))
    _ = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    #expect(try names(minute.scratch.path).allSatisfy { !$0.hasPrefix(".") })
  }

  /// What a base was trained on is still in the weights, so its terms bind what is fine-tuned from it.
  @Test func aBaseBringsItsTerms() throws {
    let (minute, run) = try trained(["train.steps=2"]), base = minute.scratch("base")
    _ = try Export(run, out: base, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    // A seed each: `from` is in a run's hash by its weights alone, and the three have the same.
    func verdict(_ from: String, _ out: String, seed: Int) throws -> String? {
      let tuned = try minute.training(["train.steps=2", "seed=\(seed)", "from=\(from)"]).run(
        until: Interruption(listening: false))
      return try Export(tuned, out: minute.scratch(out), home: HomeFolder(testHome)).write(
        on: minute.compute, minute.quiet
      ).value["distribution"]?["verdict"]?.string
    }
    #expect(try verdict(base, "a", seed: 5) == "allowed")
    #expect(try verdict(run.folder, "b", seed: 6) == "allowed")
    // The same weights with nobody's word for them: a bare diffusers folder.
    try ModelFolder.write(
      try run.spec.transformer, try run.model(on: minute.compute).parameters, to: minute.scratch("bare"))
    #expect(try verdict(minute.scratch("bare"), "c", seed: 7) == "not-granted")
  }

  /// A bench made after the export renews the card, and nothing else.
  @Test func theCardTakesNewMeasurements() throws {
    let (minute, run) = try trained(["train.steps=2"]), out = minute.scratch("model")
    let made = try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet)
    func subject(_ role: SubjectRole, _ value: Double) -> BenchResult.Subject {
      .init(
        role,
        instances: (0..<4).map {
          .init(id: "\($0)", scenario: "projectile", cell: "id", values: ["physics_tol5": value + Double($0)])
        })
    }
    try BenchResult(
      suite: "physics-tiny/1", protocolStamp: ProtocolStamp([:]),
      subjectStamp: SubjectStamp(["weights_sha256": .string(made.weightsHash)]),
      subjects: [subject(.model, 41), subject(.control(.frozen), 5)],
      units: ["physics_tol5": "points"], better: ["physics_tol5": .higher]
    ).write(to: run.path("bench/physics-tiny.json"))
    #expect(try Export(run, out: out, home: HomeFolder(testHome)).write(on: minute.compute, minute.quiet).wasThere)
    let card = try Disk.readText(out + "/README.md")
    #expect(
      card.contains("physics-tiny/1") && card.contains("42.5") && card.contains("frozen (control)")
        && !card.contains("has not been benched"))
  }
}

/// The programs' own answers: one clear message, the right status, nothing half-written.
@Suite(.serialized) struct ExportCommandTests {
  private func orrery(_ arguments: [String]) throws -> Outcome {
    try Call(arguments, in: NSTemporaryDirectory()).outcome()
  }

  private let cases = Fixture.folder

  @Test func parityAnswersByItsStatus() throws {
    let good = try orrery(["parity", cases + "/wan-single", "--json"])
    #expect(good.code == 0)
    #expect(good.out.split(separator: "\n").count == 1)
    #expect(try JSON.parse(good.out.trimmingCharacters(in: .whitespacesAndNewlines), at: "stdout")["passes"] == true)
    let tight = try orrery(["parity", cases + "/wan-single", "--tolerance", "1e-9"])
    #expect(tight.code == 1)
    #expect(tight.out.contains("FAILS") && tight.err.contains("past the tolerance"))
    for bad in [cases + "/none", cases, #filePath, ""] {
      let answer = try orrery(["parity", bad])
      #expect(answer.code == 1, "parity '\(bad)': \(answer.err)")
      #expect(answer.err.hasPrefix("error: "))
    }
    #expect(try orrery(["parity", cases + "/wan-single", "--tolerance", "nan"]).code == 2)
    #expect(try orrery(["parity"]).code == 2)
  }

  @Test func exportAnswersByItsStatus() throws {
    let minute = try Minute(), run = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false))
    let made = try orrery([
      "export", run.name, "--runs", minute.scratch("runs"), "--out", minute.scratch("model"), "--json",
    ])
    #expect(made.code == 0, "\(made.err)")
    #expect(
      try JSON.parse(made.out.trimmingCharacters(in: .whitespacesAndNewlines), at: "stdout")["already_there"] == false)
    for (out, status) in [("/proc/model", Int32(1)), (#filePath, 1), (minute.scratch.path, 1), ("", 2)] {
      let answer = try orrery(["export", run.folder, "--out", out])
      #expect(answer.code == status, "export to '\(out)': \(answer.err)")
    }
    #expect(
      try orrery(["export", "nosuchrun", "--runs", minute.scratch("runs"), "--out", minute.scratch("x")]).code == 1)
    #expect(try orrery(["export", run.folder]).code == 2)
    #expect(!Disk.exists(minute.scratch("x")))
  }
}
