import Bench
import Consent
import Credentials
import Export
import Files
import Foundation
import Ledger
import Provenance
import Runs
import TestKit
import Testing
import Training

/// Weights a run begins with are known by their numbers, however they were reached.
@Suite(.serialized) struct BaseOriginTests {
  private func minute() throws -> (minute: Minute, base: Run, model: String) {
    let minute = try Minute()
    try DepartureTests.shorten(minute) { $0.set("max_exposures", 10_000) }
    let base = try minute.training(["train.steps=4"]).run(until: Interruption(listening: false))
    let model = minute.scratch("model")
    _ = try Export(base, out: model).write(on: minute.compute, minute.quiet)
    return (minute, base, model)
  }

  /// - Parameter home: another person's, who remembers nothing.
  private func tuned(
    _ minute: Minute, _ name: String, from: String, runs: String = "runs", home: String = "home"
  ) throws -> Run {
    var options = minute.options(runs)
    options.home = HomeFolder(minute.scratch(home))
    let set = [
      "name=\(name)", "train.steps=2", "from=\(from)",
      "data=[{path: \(minute.scratch("worlds.h5")), without: [short]}]",
    ]
    return try Training(
      try minute.experiment(set), options, observing: EvaluationRound.init, on: minute.compute, minute.quiet
    ).run(until: Interruption(listening: false))
  }

  private func base(_ run: Run) throws -> LedgerBase {
    try #require(try LedgerReader.trail(run.path("ledger.jsonl")).base)
  }

  /// A file of weights as another program would write it in half precision: round to nearest, ties to even.
  private func convert(_ path: String, _ type: String, to out: String) throws {
    let file = try Safetensors(path: path)
    var header = Value.object([]), data = Data()
    for entry in file.entries {
      let start = data.count
      for x in try file.floats(entry.name).values {
        let bits =
          type == "BF16"
          ? UInt16(truncatingIfNeeded: (x.bitPattern + 0x7FFF + (x.bitPattern >> 16 & 1)) >> 16) : Float16(x).bitPattern
        withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) }
      }
      header.set(
        entry.name,
        [
          "dtype": .string(type), "shape": .array(entry.shape.map { Value($0) }),
          "data_offsets": [Value(start), Value(data.count)],
        ])
    }
    let text = Array(JSON.line(header).utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    try Disk.write(length + Data(text) + data, to: out)
  }

  /// Rounded by somebody else to half precision: other numbers, which no ledger binds, but it can be shown whose.
  @Test func halfPrecisionIsSeenThrough() throws {
    let (minute, base, model) = try minute()
    let whole = model + "/transformer/diffusion_pytorch_model.safetensors"
    for (i, type) in ["BF16", "F16"].enumerated() {
      let folder = minute.scratch("half\(i)"), file = folder + "/diffusion_pytorch_model.safetensors"
      try Disk.makeFolder(folder)
      try FileManager.default.copyItem(atPath: model + "/transformer/config.json", toPath: folder + "/config.json")
      try convert(whole, type, to: file)
      let run = try tuned(minute, "half\(i)", from: folder), known = try self.base(run)
      #expect(known.origin == .ledger && known.run == base.hash && known.step == 4)
      #expect(
        try known.sourceSHA256 == Safetensors(path: whole).bufferHash && known.weightsSHA256 != known.sourceSHA256)
      #expect(try known.tensorsSHA256 == TensorsHash.sha256([Safetensors(path: file)]))
      #expect(known.text.contains("rounded") && LedgerBase(known.value) == known)
      #expect(try through(minute, run) == base.name)
      // The export alone is at hand: its newest weights are others by now.
      if i == 0 {
        let longer = try minute.training(["train.steps=4"], extend: 6).run(until: Interruption(listening: false))
        #expect(longer.hash == base.hash && longer.step == 6)
      }
      // One number that is not the rounded one, and nobody knows them.
      var bytes = try Disk.read(file)
      bytes[bytes.count - 1] ^= 1
      try Disk.write(bytes, to: file)
      #expect(try self.base(tuned(minute, "not\(i)", from: folder)).origin == .unknown)
    }
  }

  /// Trained in another folder of runs: this person's home remembers where.
  @Test func theHomeKnowsRunsInOtherPlaces() throws {
    let (minute, base, model) = try minute(), stripped = minute.scratch("stripped")
    try FileManager.default.copyItem(atPath: model + "/transformer", toPath: stripped)
    try Disk.editHeader(stripped + "/diffusion_pytorch_model.safetensors") { $0.set("__metadata__", ["format": "pt"]) }
    let known = try self.base(tuned(minute, "here", from: stripped, runs: "elsewhere"))
    #expect(known.origin == .ledger && known.run == base.hash && known.shares.contains { $0.grant == "short" })
    let stranger = try self.base(tuned(minute, "here", from: stripped, runs: "nowhere", home: "stranger"))
    #expect(stranger.origin == .unknown)
    // A folder that is gone knows nothing any more.
    try FileManager.default.moveItem(atPath: minute.scratch("runs"), toPath: minute.scratch("moved"))
    #expect(try self.base(tuned(minute, "late", from: stripped, runs: "third")).origin == .unknown)
  }

  /// What is behind the base goes with an export: the manifests as they were signed, and their terms in the card.
  @Test func theManifestsOfTheBaseTravel() throws {
    let (minute, _, model) = try minute()
    // The second run's own manifest is another one.
    let other = minute.scratch("other.optin.json")
    try FileManager.default.copyItem(atPath: minute.scratch("worlds.optin.json"), toPath: other)
    let before = try Manifest(path: other)
    try Disk.edit(other) { $0.set("id", "urn:uuid:0b6d2f2c-7d5e-4c0e-9d69-1f6a3f1f2a11") }
    func tune(_ name: String, _ from: String) throws -> Run {
      try minute.training([
        "name=\(name)", "train.steps=2", "from=\(from)",
        "data=[{path: \(minute.scratch("worlds.h5")), manifest: \(other), without: [short]}]",
      ]).run(until: Interruption(listening: false))
    }
    let second = try tune("second", model + "/transformer"), out = minute.scratch("second-model")
    _ = try Export(second, out: out).write(on: minute.compute, minute.quiet)
    #expect(try Manifest(path: out + "/optin.json").sha256 == Manifest(path: other).sha256)
    #expect(try Manifest(path: out + "/base-optin.json") == before)
    #expect(try Set(self.base(second).shares.map(\.manifest)) == [before.sha256])
    let card = try Disk.readText(out + "/README.md")
    #expect(card.contains("base-optin*.json") && card.contains("grant `short`"))
    // Exported again nothing is a stranger's; and it goes on down the line, from the export alone.
    #expect(try Export(second, out: out).write(on: minute.compute, minute.quiet).wasThere)
    try FileManager.default.removeItem(atPath: model)
    try FileManager.default.moveItem(atPath: minute.scratch("runs"), toPath: minute.scratch("moved"))
    let third = try tune("third", out + "/transformer"), last = minute.scratch("third-model")
    _ = try Export(third, out: last).write(on: minute.compute, minute.quiet)
    #expect(try Manifest(path: last + "/base-optin.json") == before)
    // A run that began with nothing brings none.
    #expect(!Disk.exists(minute.scratch("model/base-optin.json")))
  }

  private func through(_ minute: Minute, _ run: Run) throws -> String? {
    let found = try ConsentImpact(
      .init(grant: "short"), runs: minute.scratch("runs"), home: minute.options().home)
    return found.items.first { $0.run == run.name }?.through
  }

  @Test func theBareFolderAndACopyAreTheBase() throws {
    let (minute, base, model) = try minute()
    // The folder diffusers loads; and that folder in another place, its header stripped of all we wrote.
    let stripped = minute.scratch("stripped")
    try FileManager.default.copyItem(atPath: model + "/transformer", toPath: stripped)
    try Disk.editHeader(stripped + "/diffusion_pytorch_model.safetensors") { $0.set("__metadata__", ["format": "pt"]) }
    for (i, from) in [model + "/transformer", stripped].enumerated() {
      let run = try tuned(minute, "bare\(i)", from: from)
      let known = try #require(try LedgerReader.trail(run.path("ledger.jsonl")).base)
      #expect(known.origin == .ledger && known.run == base.hash && known.step == 4 && !known.hasUnknownRoots)
      #expect(Set(known.shares.map(\.grant)) == ["own", "short"])
      #expect(known.shares.reduce(0) { $0 + $1.usage.seen } == 4 * 48)
      #expect(try through(minute, run) == base.name)
      #expect(
        problem { _ = try RetrainPlan(run, without: "own", licensor: nil, out: minute.scratch("x\(i).yaml")) }.contains(
          "used the grant too"))
      // The chain says so even where nothing else is left.
      try FileManager.default.moveItem(atPath: from, toPath: minute.scratch("gone\(i)"))
      #expect(try through(minute, run) == base.name)
      if i == 0 { try FileManager.default.moveItem(atPath: minute.scratch("gone0"), toPath: from) }
    }
  }

  /// An export of an export, two runs further on.
  @Test func theLineGoesOn() throws {
    let (minute, base, model) = try minute()
    let second = try tuned(minute, "second", from: model + "/transformer"), out = minute.scratch("second-model")
    _ = try Export(second, out: out).write(on: minute.compute, minute.quiet)
    let third = try tuned(minute, "third", from: out + "/transformer")
    let known = try #require(try LedgerReader.trail(third.path("ledger.jsonl")).base)
    #expect(known.run == second.hash && known.shares.contains { $0.grant == "short" })
    #expect(try through(minute, third) == second.name && through(minute, second) == base.name)
    // Where no ledger knows them, their own header does; and with neither, nobody.
    let alone = try tuned(minute, "alone", from: out + "/transformer", runs: "elsewhere", home: "stranger")
    let told = try #require(try LedgerReader.trail(alone.path("ledger.jsonl")).base)
    #expect(told.origin == .header && told.run == second.hash && told.shares.contains { $0.grant == "short" })
    try Disk.editHeader(out + "/transformer/diffusion_pytorch_model.safetensors") {
      $0.set("__metadata__", ["format": "pt"])
    }
    let nobody = try tuned(minute, "nobody", from: out + "/transformer", runs: "nowhere", home: "stranger")
    let unknown = try #require(try LedgerReader.trail(nobody.path("ledger.jsonl")).base)
    #expect(unknown.origin == .unknown && unknown.hasUnknownRoots && unknown.shares.isEmpty)
    #expect(try ConsentReport(nobody.folder, in: minute.scratch("nowhere")).text(.md).contains("unknown origin"))
    let found = try ConsentImpact(.init(grant: "short"), runs: minute.scratch("nowhere"), home: nil)
    #expect(found.unknown == [nobody.name] && found.text.contains("unknown origin"))
    // The export's header, card and credentials carry it.
    let sold = minute.scratch("nobody-model")
    _ = try Export(nobody, out: sold).write(on: minute.compute, minute.quiet)
    #expect(try Disk.readText(sold + "/README.md").contains("unknown origin"))
    #expect(try Disk.readText(sold + "/spdx.json").contains("unknown origin"))
    let origin = try CredentialOrigin(sold, name: "x", weightsHash: "", run: nil)
    #expect(origin.base == unknown)
  }

  /// Of a base only grants are on record, no clips; and it was reached through the bare folder diffusers loads.
  @Test func aRevocationIsSeenThroughABareFolder() throws {
    let s = try ConsentCommandTests.Studio()
    try s.trust()
    _ = try s.call(
      "finetune minute.yaml --runs r --set consent.unsigned=[] --set data.0.manifest=m.json --set train.steps=2 --set record.evaluate=0"
    )
    _ = try s.call("export minute --runs r --out model")
    _ = try s.call(
      "finetune minute.yaml --runs r --set name=second --set from=model/transformer --set train.steps=2 --set record.evaluate=0"
    )
    let run = try #require(RunsFolder(path: s.room("r")).runs().runs.first { $0.name.hasPrefix("second") })
    #expect(try self.base(run).shares.map(\.grant) == ["g1"])
    _ = try s.call("export second --runs r --out before")
    #expect(Disk.exists(s.room("before/base-optin.json")))
    _ = try s.call("consent revoke m.json --grant g1 --key studio --reason unhappy --effect retrain")
    let refused = try s.room.start("export second --runs r --out late", home: s.home).outcome(seconds: 60)
    #expect(
      refused.code == 1 && refused.everything.contains("the weights this began with saw footage under it")
        && refused.everything.contains("unhappy"), "\(refused.everything)")
    let withdrawn = try WithdrawnGrants(export: s.room("before"))
    #expect(withdrawn.unasked.isEmpty)
    // From the export alone: the run, its base and where they lay are gone.
    for name in ["r", "model", "m.json"] { try FileManager.default.removeItem(atPath: s.room(name)) }
    let told = try s.call("sample before --out s --count 1 --steps 2")
    #expect(told.err.contains("the weights this began with saw footage under it"), "\(told.err)")
    #expect(try s.call("consent verify before/base-optin.json").out.contains("valid"))
  }

  @Test func aWorldThatContradictsItsWeightsIsRefused() throws {
    let (minute, _, model) = try minute(), world = model + "/world.json"
    _ = try ExportedModel.open(model, on: minute.compute)
    for (key, value) in [("run", .string(String(repeating: "0", count: 64))), ("step", 3)] as [(String, Value)] {
      let kept = try Disk.read(world)
      try Disk.edit(world) { $0.set(key, value) }
      let said = problem { _ = try ExportedModel.open(model, on: minute.compute) }
      #expect(said.contains("the weights' own header says"), "\(key)")
      #expect(problem { _ = try tuned(minute, "edited", from: model) }.contains("own header says"))
      try Disk.write(kept, to: world)
    }
  }

  /// Behind these weights a grant was taken back: whoever hands them on or shows them says so.
  @Test func aRevokedGrantIsSaidAndStopsAnExport() throws {
    let s = try ConsentCommandTests.Studio()
    try s.trust()
    let training =
      "finetune minute.yaml --runs r --set consent.unsigned=[] --set data.0.manifest=m.json --set train.steps=2 --set record.evaluate=0"
    _ = try s.call(training)
    _ = try s.call("export minute --runs r --out model")
    _ = try s.call("consent revoke m.json --grant g1 --key studio --reason unhappy --effect retrain")
    let refused = try s.room.start("export minute --runs r --out late", home: s.home).outcome(seconds: 60)
    #expect(
      refused.code == 1 && refused.everything.contains("unhappy") && refused.everything.contains("--despite-revocation")
        && !Disk.exists(s.room("late")))
    _ = try s.call("export minute --runs r --out late --despite-revocation")
    for file in ["README.md", "spdx.json"] {
      let text = try Disk.readText(s.room("late/" + file))
      #expect(text.contains("'g1'") && text.contains("revoked") && text.contains("retrain: unhappy"), "\(file)")
    }
    #expect(try Disk.readText(s.room("late/README.md")).contains("exported with --despite-revocation"))
    // The run, what was exported before and what was exported since; the credentials of all three.
    for (i, model) in ["minute --runs r", "model", "late"].enumerated() {
      let told = try s.call("sample \(model) --out s\(i) --count 1 --steps 2")
      #expect(told.err.contains("was revoked"), "\(told.err)")
      let film = try #require(Disk.names(s.room("s\(i)")).first { $0.hasSuffix(".mp4") })
      #expect(try s.call("credentials show s\(i)/\(film) --json").out.contains("unhappy"))
    }
    #expect(try s.call("consent report minute --runs r").out.contains("was revoked"))
  }
}
