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

  private func tuned(_ minute: Minute, _ name: String, from: String, runs: String = "runs") throws -> Run {
    try minute.training(
      [
        "name=\(name)", "train.steps=2", "from=\(from)",
        "data=[{path: \(minute.scratch("worlds.h5")), without: [short]}]",
      ],
      runs: runs
    ).run(until: Interruption(listening: false))
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
    let alone = try tuned(minute, "alone", from: out + "/transformer", runs: "elsewhere")
    let told = try #require(try LedgerReader.trail(alone.path("ledger.jsonl")).base)
    #expect(told.origin == .header && told.run == second.hash && told.shares.contains { $0.grant == "short" })
    try Disk.editHeader(out + "/transformer/diffusion_pytorch_model.safetensors") {
      $0.set("__metadata__", ["format": "pt"])
    }
    let nobody = try tuned(minute, "nobody", from: out + "/transformer", runs: "nowhere")
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
    func call(_ line: String) throws -> Outcome {
      let told = try s.room.start(line, home: s.home).outcome(seconds: 120)
      #expect(told.exited && told.code == 0, "\(line)\n\(told.everything)")
      return told
    }
    let training =
      "finetune minute.yaml --runs r --set consent.unsigned=[] --set data.0.manifest=m.json --set train.steps=2 --set record.evaluate=0"
    _ = try call(training)
    _ = try call("export minute --runs r --out model")
    _ = try call("consent revoke m.json --grant g1 --key studio --reason unhappy --effect retrain")
    let refused = try s.room.start("export minute --runs r --out late", home: s.home).outcome(seconds: 60)
    #expect(
      refused.code == 1 && refused.everything.contains("unhappy") && refused.everything.contains("--despite-revocation")
        && !Disk.exists(s.room("late")))
    _ = try call("export minute --runs r --out late --despite-revocation")
    for file in ["README.md", "spdx.json"] {
      let text = try Disk.readText(s.room("late/" + file))
      #expect(text.contains("'g1'") && text.contains("revoked") && text.contains("retrain: unhappy"), "\(file)")
    }
    #expect(try Disk.readText(s.room("late/README.md")).contains("exported with --despite-revocation"))
    // The run, what was exported before and what was exported since; the credentials of all three.
    for (i, model) in ["minute --runs r", "model", "late"].enumerated() {
      let told = try call("sample \(model) --out s\(i) --count 1 --steps 2")
      #expect(told.err.contains("was revoked"), "\(told.err)")
      let film = try #require(Disk.names(s.room("s\(i)")).first { $0.hasSuffix(".mp4") })
      #expect(try call("credentials show s\(i)/\(film) --json").out.contains("unhappy"))
    }
    #expect(try call("consent report minute --runs r").out.contains("was revoked"))
  }
}
