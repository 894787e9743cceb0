import Bench
import Clips
import Consent
import Diffusion
import Export
import Files
import Frames
import Lab
import Measures
import Media
import Models
import Nets
import Provenance
import Runs
import Tensors
import TestKit
import Testing
import Training

/// Runs on clips whose next frame an action decides.
@Suite(.serialized) struct ActionRunTests {
  /// A world in which an action is all there is: the grey of a frame is that of the frame before, plus the action's.
  private struct World {
    let minute: Minute
    let scratch: Scratch

    /// - Parameters:
    ///   - scale: units of an action.
    ///   - listens: whether actions do anything.
    init(scale: Float = 1, listens: Bool = true, columns: [String] = ["push", "key"], late: Int = 0) throws {
      minute = try Minute()
      scratch = minute.scratch
      let writer = try DatasetWriter(
        path: scratch("acts.h5"), height: 16, width: 16, fps: FrameRate(10), actionColumns: columns)
      for clip in 0..<32 {
        let random = Random(seed: 11, lane: clip)
        var grey = 128.0, pixels: [UInt8] = [], rows: [[Float]] = [], greys: [Double] = []
        for t in 0..<12 {
          let push = Double(Int(random.uniform(t, .level) * 5)) - 2, key = random.uniform(t, .prefix) < 0.5 ? 1.0 : 0
          greys.append(grey)
          rows.append([Float(push) * scale, Float(key)])
          let told = listens ? push * 14 + (key - 0.5) * 10 : (random.uniform(t, .order) - 0.5) * 60
          grey = min(250, max(5, grey + told))
        }
        for grey in greys { pixels += [UInt8](repeating: UInt8(grey), count: 16 * 16 * 3) }
        try writer.append(
          id: "clip\(clip)",
          frames: Frames(count: 12, height: 16, width: 16, pixels: pixels, fps: FrameRate(10)),
          split: clip % 4 == 3 ? .validation : .train, actions: rows)
      }
      try writer.finish()
      let data = try Dataset(path: scratch("acts.h5"))
      try Manifest.ownWork(licensor: "tests", name: nil, clips: Manifest.ListedClip.all(of: data)).write(
        to: scratch("acts.optin.json"))
    }

    func words(_ more: [String] = []) -> [String] {
      [
        "name=acts", "data=[{path: acts.h5}]", "actions={dropout: 0.1}", "model.patch=[2, 2, 2]", "codec={space: 8}",
        "window=12", "levels={prefix_share: 1.0, prefix_frames: 2}", "objective.sigma_floor=1.0", "train.accumulate=1",
        "train.batch=8", "train.rate=3.0e-3", "record.evaluate=0", "record.checkpoint=1000",
      ] + more
    }

    func run(_ more: [String] = [], _ runs: String = "runs", on compute: Compute? = nil) throws -> Run {
      try minute.training(words(more), runs: runs, on: compute).run(until: Interruption(listening: false))
    }

    func verdict(_ run: Run) throws -> RunEvent.Following {
      try #require(TrainingCurves(path: run.path("events.jsonl")).following)
    }
  }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  /// Stopped at once and continued, and on other numbers of threads: the same bits.
  @Test func sameBits() throws {
    let world = try World(), more = ["train.steps=6", "record.checkpoint=2"]
    let whole = try world.run(more), hashes = try world.minute.hashes(whole)
    for threads in [1, 7] {
      let compute = try #require(Compute(threads: threads))
      #expect(try world.minute.hashes(world.run(more, "on\(threads)", on: compute)) == hashes)
    }
    let asked = Interruption(listening: false)
    asked.ask()
    _ = try? world.minute.training(world.words(more), runs: "parts").run(until: asked)
    let parts = try world.run(more, "parts")
    #expect(try parts.name == whole.name && world.minute.hashes(parts) == hashes)
    #expect(try parts.spec == whole.spec)
  }

  /// What is set is what the model sees: units a thousand times as large make the same run, but for rounding.
  @Test func rawUnitsAreNormalised() throws {
    let more = ["train.steps=5"], first = try World(), small = try first.run(more), world = try World(scale: 1000),
      large = try world.run(more)
    let columns = try large.spec.actions[0].columns
    #expect(columns.map(\.kind) == [.continuous, .binary])
    #expect(columns[0].low == -2000 && columns[0].high == 2000)
    #expect(try small.spec.actions[0].columns[0].high == 2)
    let a = try small.model(on: first.minute.compute).parameters.values.values,
      b = try large.model(on: world.minute.compute).parameters.values.values
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// A model that is told what happens next is shown to listen, one that is told nothing is not, and the second leaves
  /// only when somebody insists.
  @Test func listeningIsShown() throws {
    let world = try World(), steps = ["train.steps=1200"], run = try world.run(steps), found = try world.verdict(run)
    #expect(found.verdict != .ignores, "\(found.text)")
    #expect(found.changes.map(\.given) == RunEvent.Following.Given.allCases)
    #expect(found.changes.allSatisfy { $0.mean > 0 }, "\(found.text)")
    let home = HomeFolder(world.scratch("home")), out = world.scratch("model")
    let export = try Export(run, out: out, home: home).write(on: world.minute.compute, world.minute.quiet)
    #expect(export.replay <= 1e-6)
    let opened = try ExportedModel.open(out, on: world.minute.compute).model
    #expect(try opened.spec.actions == run.spec.actions)
    #expect(Disk.exists(out + "/action_embedder/config.json"))
    // Nothing of it is in what diffusers reads.
    let names = try Safetensors(path: ModelFolder.weights(out + "/transformer")).entries.map(\.name)
    #expect(!names.contains { $0.hasPrefix("action_embedder") })
    #expect(try Disk.readText(out + "/README.md").contains("follows its actions"), "\(found.text)")
    // What it makes is what the run makes, and follows what it is told.
    let model = try run.model(on: world.minute.compute)
    func clip(_ model: WorldModel, _ words: String) throws -> [UInt8] {
      let told = try ActionScript(words, model.spec).actions,
        track = try model.spec.track(told, frames: 12, at: "words"), given = [UInt8](repeating: 128, count: 2 * 768)
      return try model.generate(
        prefixes: [given], captions: [nil], actions: [track], SamplerSettings(steps: 4), Random(seed: 1))[0]
    }
    let up = try clip(model, "push=2+key*12"), down = try clip(model, "push=-2*12")
    func last(_ clip: [UInt8]) -> Double { clip.suffix(768).reduce(0.0) { $0 + Double($1) } / 768 }
    #expect(last(up) > last(down) + 40, "\(last(up)) \(last(down))")
    #expect(try clip(opened, "push=2+key*12") == up)

    let deaf = try World(listens: false), silent = try deaf.run(["train.steps=60"]), heard = try deaf.verdict(silent)
    #expect(heard.verdict == .ignores, "\(heard.text)")
    let refused = try problem {
      _ = try Export(silent, out: deaf.scratch("model"), home: home).write(on: deaf.minute.compute, deaf.minute.quiet)
    }
    #expect(refused.what.contains("ignores its actions") && !Disk.exists(deaf.scratch("model")))
    _ = try Export(silent, out: deaf.scratch("model"), home: home, despiteIgnoring: true).write(
      on: deaf.minute.compute, deaf.minute.quiet)
    #expect(try Disk.readText(deaf.scratch("model") + "/README.md").contains("**It ignores its actions"))
  }

  /// Beside a frozen base the embedder is trained whole, and the base without actions is where it begins.
  @Test func besideFrozenWeights() throws {
    let world = try World()
    let base = try world.minute.training(
      world.words(["name=base", "train.steps=4"]).filter { !$0.hasPrefix("actions=") }
    ).run(until: Interruption(listening: false))
    let more = ["from=\(base.folder)", "lora={rank: 2}", "train.steps=4"]
    let run = try world.run(more), names = try run.model(on: world.minute.compute).parameters.entries.map(\.name)
    #expect(names.contains("action_embedder.actions.linear_1.weight"))
    #expect(!names.contains { $0.hasPrefix("action_embedder") && $0.contains("lora") })
    let home = HomeFolder(world.scratch("home"))
    let adapter = try AdapterExport(
      Export(run, out: world.scratch("adapter"), home: home, despiteIgnoring: true), as: .comfy, isHalf: false
    ).write(on: world.minute.compute, world.minute.quiet)
    #expect(adapter.value["output_change"]?.double ?? 0 > 0)
    #expect(Disk.exists(world.scratch("adapter") + "/action_embedder/config.json"))
    // A run that begins with one that knows the space keeps its numbers, and what it made of them.
    let first = try world.run(["name=first", "train.steps=3"])
    let wide = try World(scale: 3)
    let next = try wide.run(["name=next", "from=\(first.folder)", "train.steps=1", "train.rate=0"])
    #expect(try next.spec.actions[0].columns[0].low == -2)
    let name = "action_embedder.actions.linear_2.weight"
    func weight(_ run: Run, _ which: WeightsChoice = .ema) throws -> [Float]? {
      try run.model(which, on: world.minute.compute).parameters.tensor(name)?.values
    }
    #expect(try weight(first) == weight(next, .raw) && weight(first)?.contains { $0 != 0 } == true)
  }

  /// Held-out footage is asked with its own actions, and with others'.
  @Test func benchTellsWhetherItFollows() throws {
    let world = try World(), run = try world.run(["train.steps=1200"])
    var options = BenchOptions(suite: "footage", count: 8)
    options.steps = 2
    func bench(_ options: BenchOptions) throws -> BenchResult {
      try BenchJob(
        reference: run.folder, runs: world.scratch("runs"), options, home: HomeFolder(world.scratch("home")),
        on: world.minute.compute
      ).run(world.minute.quiet).result
    }
    let found = try bench(options)
    let names = found.subjects.map(\.name)
    #expect(names.contains("shuffled-actions") && names.contains("zero-actions"))
    for metric in ["following_shuffled", "following_zero"] {
      let estimate = found.estimate(.model, metric)
      #expect(estimate.value > 1 && estimate.n == 8, "\(metric) \(estimate)")
    }
    // The action between two frames is their difference, which a line reads; a clip of other actions says others.
    func inverse(_ role: SubjectRole) -> Double { found.estimate(role, "inverse_dynamics").value }
    #expect(inverse(.control(.groundTruth)) < 0.5 && inverse(.control(.frozen)) > 0.7)
    // Another file whose actions have other names is another contract.
    let other = try World(columns: ["key", "push"])
    options.footage = other.scratch("acts.h5")
    #expect(try problem { _ = try bench(options) }.what.contains("the data's actions are key, push"))
  }

  /// Data whose actions are others, by name, are refused.
  @Test func theContractIsHeld() throws {
    let world = try World(), run = try world.run(["train.steps=1"]), spec = try run.spec
    let refused = try problem { _ = try spec.space(ofColumns: ["key", "push"], fps: "10/1", at: "other.h5") }
    #expect(refused.what.contains("key, push") && refused.place == "other.h5")
    #expect(try problem { _ = try spec.space(ofColumns: [], fps: nil, at: "x") }.what.contains("bring no actions"))
    #expect(try problem { _ = try spec.space(ofColumns: ["push", "key"], fps: "20/1", at: "x") }.what.contains("20/1"))
    for words in ["", "fly*3", "key*0", "key*x", "push", "push=nan", "key*9999999999", "key+*2", "*3"] {
      #expect(try problem { _ = try ActionScript(words, spec) }.exit == .usage, "\(words)")
    }
    #expect(try ActionScript("key*2,.,push=1.5+key", spec).actions.rows == [[0, 1], [0, 1], [0, 0], [1.5, 1]])
    #expect(
      try problem { _ = try world.minute.experiment(world.words(["actions={discrete: [push], continuous: [push]}"])) }
        .what.contains("push"))
    #expect(
      try problem { _ = try world.minute.training(world.words(["actions={discrete: [pull]}"])) }.what.contains("pull"))
    #expect(
      try problem { _ = try world.minute.training(world.words(["actions={discrete: [push]}"])) }.what.contains(
        "no choice"))
    #expect(try world.minute.experiment(world.words(["actions=null"])).actions == nil)
    #expect(
      try problem { _ = try world.minute.training(["actions={}"]) }.what.contains("no dataset brings any"))
  }
}
