import Bench
import Compare
import Consent
import Diffusion
import Export
import Files
import Foundation
import Ledger
import Measures
import Models
import Nets
import Pages
import Provenance
import Runs
import Tensors
import TestKit
import Testing
import Training

/// A run that trains adapters beside a base, from its experiment to what others are given.
@Suite(.serialized) struct AdapterRunTests {
  private func minute() throws -> (minute: Minute, base: Run) {
    let minute = try Minute()
    return (minute, try minute.training(["train.steps=4"]).run(until: Interruption(listening: false)))
  }

  private func words(_ minute: Minute, _ base: Run, steps: Int = 6, _ lora: String = "{rank: 2}") -> [String] {
    ["name=adapted", "from=\(base.folder)", "lora=\(lora)", "train.steps=\(steps)", "record.checkpoint=2"]
  }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  /// Only adapters are trained and kept; stopped and continued, the same bits; the ledger knows the base.
  @Test(arguments: [("{rank: 2}", 2), ("{rank: 2, dropout: 0.2}", 2), ("{rank: 2, dora: true}", 3)])
  func trainsAndResumes(lora: String, tensors: Int) throws {
    let (minute, base) = try minute(), words = words(minute, base, lora)
    let whole = try minute.training(words).run(until: Interruption(listening: false))
    let names = try Safetensors(path: whole.path("weights.safetensors")).entries.map(\.name)
    #expect(names.count == 2 * 10 * tensors && names.allSatisfy { $0.contains(".lora_") })
    let asked = Interruption(listening: false)
    asked.ask()
    for _ in 0..<3 { _ = try? minute.training(words, runs: "parts").run(until: asked) }
    let parts = try minute.training(words, runs: "parts").run(until: Interruption(listening: false))
    #expect(parts.status == .done && parts.name == whole.name)
    #expect(try minute.hashes(parts) == minute.hashes(whole))
    let known = try #require(try LedgerReader.trail(whole.path("ledger.jsonl")).base)
    #expect(known.origin == .ledger && known.run == base.hash)
    let model = try whole.model(on: minute.compute)
    #expect(try model.parameters.frozen != nil && model.parameters.count < base.spec.transformer.parameterCount / 4)
  }

  /// The base of two adapters is held against both by what they lost before their first step, wherever it lies.
  @Test func areHeldAgainstTheirBase() throws {
    let (minute, base) = try minute(), home = HomeFolder(minute.scratch("home"))
    let folder = minute.scratch("base")
    _ = try Export(base, out: folder, home: home).write(on: minute.compute, minute.quiet)
    let from = ["from=\(folder)", "record.evaluate=3", "train.rate=0.02"]
    let runs = try [1, 2].map { rank in
      try minute.training(words(minute, base, "{rank: \(rank)}") + from).run(until: Interruption(listening: false))
    }
    let first = try #require(try EventLog.read(runs[0].path("events.jsonl")).heldOut.first)
    let found = try Comparison(runs, base: folder)
    #expect(found.runs.map(\.label) == ["A", "B", "C"] && found.heldOut.steps == [0, 6, 6])
    let names = ["held_out_loss", "held_out_loss_low", "held_out_loss_middle", "held_out_loss_high"]
    #expect(found.metrics.map(\.metric) == names && found.metrics.map(\.isPrimary) == [true, false, false, false])
    let rows = found.metrics[0].groups[0].rows
    #expect(abs(rows[0].estimate.value - first.loss) < 1e-9 && rows[1].difference != nil)
    let low = found.metrics[1].groups[0].rows[0].estimate.value,
      thirds = first.levels.prefix(3).reduce(0) { $0 + $1.loss / 3 }
    #expect(abs(low - thirds) < 1e-6)
    #expect(try Comparison(runs, metric: names[3], base: folder).metrics.map(\.isPrimary) == [true])
    let page = minute.scratch("page/report.html")
    try CompareReport.write(found, to: page)
    #expect(try Disk.readText(page).contains("held_out_loss_high"))
    // A run of another base is not of this company.
    let stranger = try minute.training(words(minute, base) + ["record.evaluate=3"]).run(
      until: Interruption(listening: false))
    #expect(
      try problem { _ = try Comparison([runs[0], stranger], base: try moved(folder, minute)) }.what.contains(
        "did not begin"))
  }

  /// The same export with other weights.
  private func moved(_ folder: String, _ minute: Minute) throws -> String {
    let other = minute.scratch("other"),
      run = try minute.training(["train.steps=6"]).run(
        until: Interruption(listening: false))
    _ = try Export(run, out: other, home: HomeFolder(minute.scratch("home"))).write(on: minute.compute, minute.quiet)
    return other
  }

  /// A DoRA's export is merged with its lengths; alone it is read again in the dialects that have a place for them.
  @Test func aDoRAIsHandedOn() throws {
    let (minute, base) = try minute(), home = HomeFolder(minute.scratch("home"))
    let run = try minute.training(words(minute, base, "{rank: 2, dora: true}")).run(
      until: Interruption(listening: false))
    #expect(
      try Export(run, out: minute.scratch("whole"), home: home).write(on: minute.compute, minute.quiet).replay <= 1e-6)
    for dialect in [AdapterDialect.comfy, .peft, .diffusers, .kohya] {
      let export = Export(run, out: minute.scratch("adapter-\(dialect.rawValue)"), home: home)
      let result = try AdapterExport(export, as: dialect, isHalf: false).write(on: minute.compute, minute.quiet)
      #expect(result.value["output_change"]?.double ?? 0 > 1e-6, "\(dialect)")
      #expect(try AdapterFile(result.file, for: run.spec.transformer, on: minute.compute).lora.isDoRA)
    }
  }

  /// The whole export is merged and replays; the adapter alone carries its consent, in every dialect.
  @Test func isHandedOn() throws {
    let (minute, base) = try minute(), home = HomeFolder(minute.scratch("home"))
    let run = try minute.training(words(minute, base)).run(until: Interruption(listening: false))
    let whole = try Export(run, out: minute.scratch("whole"), home: home).write(on: minute.compute, minute.quiet)
    #expect(whole.replay <= 1e-6)
    let opened = try ExportedModel.open(whole.folder, on: minute.compute).model
    #expect(try opened.parameters.frozen == nil && opened.parameters.count == run.spec.transformer.parameterCount)
    for dialect in AdapterDialect.allCases {
      let out = minute.scratch("adapter-\(dialect.rawValue)")
      let result = try AdapterExport(Export(run, out: out, home: home), as: dialect, isHalf: dialect == .comfy).write(
        on: minute.compute, minute.quiet)
      #expect(result.value["output_change"]?.double ?? 0 > 1e-6, "\(dialect)")
      let there = try FileManager.default.contentsOfDirectory(atPath: out)
      #expect(there.contains("optin.json") && there.contains("README.md") && there.contains { $0.hasSuffix(".c2pa") })
      let file = try Safetensors(path: result.file)
      #expect(file[metadata: "run"] == run.hash && file[metadata: Run.baseKey] != nil)
      let back = try AdapterFile(out, for: run.spec.transformer, on: minute.compute)
      #expect(back.layerNames.count == 20 && back.dialect == dialect)
    }
    let exports = try LedgerReader.trail(run.path("ledger.jsonl")).exports
    #expect(exports.count == 1 + AdapterDialect.allCases.count)
    let taken = try problem {
      _ = try AdapterExport(Export(run, out: minute.scratch("whole"), home: home), as: .peft, isHalf: false).write(
        on: minute.compute, minute.quiet)
    }
    #expect(taken.what.contains("something stands"))
    let model = try problem {
      _ = try AdapterExport(Export(base, out: minute.scratch("no"), home: home), as: .peft, isHalf: false).write(
        on: minute.compute, minute.quiet)
    }
    #expect(model.what.contains("not an adapter"))
  }

  /// An adapter put into its base for a call is what the merged export is; with strength 0 the base; its credentials
  /// name it.
  @Test func isPutIntoItsBase() throws {
    let (minute, base) = try minute(), home = HomeFolder(minute.scratch("home")), runs = minute.scratch("runs")
    let run = try minute.training(words(minute, base)).run(until: Interruption(listening: false))
    let whole = try Export(run, out: minute.scratch("whole"), home: home).write(on: minute.compute, minute.quiet)
    let adapter = try AdapterExport(Export(run, out: minute.scratch("alone"), home: home), as: .comfy, isHalf: false)
      .write(on: minute.compute, minute.quiet).file
    func open(_ words: [String]) throws -> ModelReference.Opened {
      try ModelReference.open(
        base.folder, runs: runs, adapters: words.map(AdapterChoice.init), home: home, on: minute.compute)
    }
    let plain = try open([]), with = try open([adapter])
    let merged = try ExportedModel.open(whole.folder, on: minute.compute).model
    let far = zip(with.model.parameters.values.values, merged.parameters.values.values).map { abs($0 - $1) }.max() ?? 1
    #expect(far < 1e-6)
    #expect(with.base == plain.weightsHash && with.weightsHash != plain.weightsHash && plain.adapters.isEmpty)
    #expect(with.adapters.count == 1 && with.adapters[0].origin.run == run.hash)
    #expect(try open([adapter + ":0"]).weightsHash == plain.weightsHash)
    let twice = try open([adapter + ":0.5", adapter + ":0.5"]).model.parameters.values.values
    #expect(zip(twice, merged.parameters.values.values).allSatisfy { abs($0 - $1) < 1e-6 })
    let origin = try CredentialOrigin(
      base.folder, name: with.name, weightsHash: with.weightsHash, run: with.run, adapters: with.adapters,
      over: with.base)
    #expect(origin.adapters.map(\.hash) == with.adapters.map(\.hash))
    #expect(try problem { _ = try open([minute.scratch("whole/transformer")]) }.what.contains("no adapter"))
  }

  /// Somebody writes into the base while adapters are trained beside it: no checkpoint is made of that.
  @Test func aBaseThatChangesUnderneathStopsTheRun() throws {
    let (minute, base) = try minute()
    let training = try minute.training(words(minute, base)), file = base.path("weights.safetensors")
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    try handle.seek(toOffset: UInt64(try Disk.read(file).count - 1))
    try handle.write(contentsOf: Data([0]))
    try handle.close()
    let told = try problem { _ = try training.run(until: Interruption(listening: false)) }
    #expect(told.what.contains("changed") && told.place == file)
    #expect(!Disk.exists(training.run.path("weights.safetensors")))
  }

  /// The weights' own file does as well as the folder it lies in; a run of adapters is no model to begin from.
  @Test func whatMayBeBegunFrom() throws {
    let (minute, base) = try minute(), home = HomeFolder(minute.scratch("home"))
    _ = try Export(base, out: minute.scratch("model"), home: home).write(on: minute.compute, minute.quiet)
    var set = words(minute, base, steps: 2)
    var hashes: [[String]] = []
    for place in ["model", "model/transformer", "model/transformer/diffusion_pytorch_model.safetensors"] {
      set[1] = "from=\(minute.scratch(place))"
      let run = try minute.training(set, runs: "r\(hashes.count)").run(until: Interruption(listening: false))
      let known = try #require(try LedgerReader.trail(run.path("ledger.jsonl")).base)
      #expect(known.run == base.hash && !BaseManifests.find(run, known).isEmpty, "\(place)")
      hashes.append(try minute.hashes(run))
    }
    #expect(hashes[0] == hashes[1] && hashes[1] == hashes[2])
    let run = try minute.training(words(minute, base, steps: 2)).run(until: Interruption(listening: false))
    #expect(try problem { _ = try minute.training(["name=third", "from=\(run.folder)"]) }.what.contains("an adapter"))
  }

  /// A base that is another now, one that is gone, one that is an adapter itself, and an adapter of nothing.
  @Test func basesAreWhatTheyWere() throws {
    let (minute, base) = try minute()
    let copy = minute.scratch("copy")
    _ = try Export(base, out: copy, home: HomeFolder(minute.scratch("home"))).write(on: minute.compute, minute.quiet)
    var set = words(minute, base)
    set[1] = "from=\(copy)"
    let run = try minute.training(set).run(until: Interruption(listening: false))
    let adapter = try problem {
      _ = try minute.training(["name=second", "from=\(run.folder)", "lora={rank: 2}"])
    }
    #expect(adapter.what.contains("trained an adapter"))
    let weights = copy + "/transformer/diffusion_pytorch_model.safetensors"
    var bytes = try Data(Disk.read(weights))
    bytes[bytes.count - 3] ^= 1
    try Disk.write(bytes, to: weights)
    #expect(try problem { _ = try run.model(on: minute.compute) }.what.contains("base was changed"))
    try FileManager.default.removeItem(atPath: copy)
    #expect(try problem { _ = try run.model(on: minute.compute) }.what.contains("base of this adapter is gone"))
    #expect(try problem { _ = try minute.experiment(["lora={rank: 2}"]) }.what.contains("there is no `from`"))
  }
}
