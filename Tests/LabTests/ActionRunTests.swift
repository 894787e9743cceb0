import Bench
import Clips
import Compare
import Consent
import Diffusion
import Export
import Files
import Foundation
import Frames
import Lab
import Ledger
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
    ///   - state: names of numbers that are each the grey of a frame.
    ///   - odd: the push of some frames, of every clip.
    ///   - acting: whether a clip has actions.
    init(
      scale: Float = 1, listens: Bool = true, columns: [String] = ["push", "key"], state: [String] = [],
      odd: [Int: Float] = [:], units: [String?] = [], acting: (Int) -> Bool = { _ in true }
    ) throws {
      minute = try Minute()
      scratch = minute.scratch
      let writer = try DatasetWriter(
        path: scratch("acts.h5"), height: 16, width: 16, fps: FrameRate(10), stateColumns: state,
        actionColumns: columns, actionUnits: units)
      for clip in 0..<32 {
        let random = Random(seed: 11, lane: clip)
        var grey = 128.0, pixels: [UInt8] = [], rows: [[Float]] = [], greys: [Double] = []
        for t in 0..<12 {
          let push = Double(Int(random.uniform(t, .level) * 5)) - 2, key = random.uniform(t, .prefix) < 0.5 ? 1.0 : 0
          greys.append(grey)
          rows.append(acting(clip) ? [odd[t] ?? Float(push) * scale, Float(key)] : [.nan, .nan])
          let told = listens ? push * 14 + (key - 0.5) * 10 : (random.uniform(t, .order) - 0.5) * 60
          grey = min(250, max(5, grey + told))
        }
        for grey in greys { pixels += [UInt8](repeating: UInt8(grey), count: 16 * 16 * 3) }
        try writer.append(
          id: "clip\(clip)",
          frames: Frames(count: 12, height: 16, width: 16, pixels: pixels, fps: FrameRate(10)),
          split: clip % 4 == 3 ? .validation : .train,
          state: state.isEmpty ? nil : greys.map { grey in state.map { _ in Float(grey) } }, actions: rows)
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
    try damagedExportsAreRefused(out, run, world)

    let deaf = try World(listens: false), silent = try deaf.run(["train.steps=60"]), heard = try deaf.verdict(silent)
    #expect(heard.verdict == .ignores, "\(heard.text)")
    let refused = try problem {
      _ = try Export(silent, out: deaf.scratch("model"), home: home).write(on: deaf.minute.compute, deaf.minute.quiet)
    }
    #expect(refused.what.contains("ignores its actions") && !Disk.exists(deaf.scratch("model")))
    _ = try Export(silent, out: deaf.scratch("model"), home: home, despiteIgnoring: true).write(
      on: deaf.minute.compute, deaf.minute.quiet)
    #expect(try Disk.readText(deaf.scratch("model") + "/README.md").contains("**The model ignores its actions"))
  }

  /// What takes actions is a part of an export's identity, and what an action is stands in it twice.
  private func damagedExportsAreRefused(_ out: String, _ run: Run, _ world: World) throws {
    let compute = world.minute.compute, hash = try ExportedModel.open(out, on: compute).weightsHash
    #expect(try FrozenBase(out).hash == hash)
    let tuned = try world.run(["name=tuned", "from=\(out)", "lora={rank: 2}", "train.steps=1"])
    #expect(try LedgerReader.trail(tuned.path("ledger.jsonl")).base?.weightsSHA256 == hash)
    #expect(try LedgerReader.trail(tuned.path("ledger.jsonl")).base?.origin == .ledger)
    func damaged(_ name: String, _ body: (inout [UInt8]) throws -> Void) throws -> Problem {
      let path = out + "/" + name, whole = try [UInt8](Disk.read(path))
      defer { try? Data(whole).write(to: URL(fileURLWithPath: path)) }
      var bytes = whole
      try body(&bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return try problem { _ = try ExportedModel.open(out, on: compute) }
    }
    func replacing(_ old: String, _ new: String) -> (inout [UInt8]) throws -> Void {
      { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(old))
        bytes = Array(text.replacingOccurrences(of: old, with: new).utf8)
      }
    }
    let weights = "action_embedder/diffusion_pytorch_model.safetensors"
    #expect(try damaged(weights) { $0[$0.count - 2] ^= 1 }.what.contains("not the ones"))
    #expect(try damaged(weights) { $0.removeLast(64) }.place?.contains("action_embedder") == true)
    #expect(try damaged("world.json", replacing("\"push\"", "\"pull\"")).place?.contains("action_embedder") == true)
    // As many classes as would be gigabytes of weights.
    #expect(
      try damaged(
        "world.json", replacing("\"kind\": \"binary\"", "\"classes\": 4096, \"kind\": \"discrete\"")
      ).place?.contains("action_embedder") == true)
    #expect(try damaged("action_embedder/config.json", replacing("\"push\"", "\"pull\"")).what.contains("'actions'"))
    try Disk.write("{", to: out + "/action_embedder/config.json")
    #expect(throws: Problem.self) { try ExportedModel.open(out, on: compute) }
  }

  /// What an action is follows from rows between two frames of a window, and from no others: not from gaps, and not from
  /// the row that leads out.
  @Test func spacesAreOfWhatWindowsShow() throws {
    // Windows are the frames 0 … 3 and 8 … 11.
    let world = try World(odd: [3: 900, 4: 900, 5: .infinity, 6: 0.5, 7: -900, 11: 900])
    let run = try world.run(["train.steps=1", "window=4", "stride=8"]), columns = try run.spec.actions[0].columns
    #expect(columns[0].low == -2 && columns[0].high == 2)
    // The same hours seen without a gap hold what no model can take.
    #expect(
      try problem { _ = try world.run(["train.steps=1", "window=4", "stride=4"]) }.what.contains("'push' is inf"))
    // A base that has learnt of keys is not told half a key, and that is known before the first step.
    let base = try World(), first = try base.run(["name=first", "train.steps=1"])
    let half = try World(columns: ["push", "key"], odd: [:]), path = half.scratch("acts.h5")
    let writer = try DatasetWriter(
      path: path, height: 16, width: 16, fps: FrameRate(10), actionColumns: ["push", "key"])
    try writer.append(
      id: "half",
      frames: Frames(
        count: 12, height: 16, width: 16, pixels: [UInt8](repeating: 9, count: 12 * 768), fps: FrameRate(10)),
      split: .train, actions: (0..<12).map { [0, $0 == 7 ? 0.5 : 1] })
    try writer.finish()
    try Manifest.ownWork(licensor: "tests", name: nil, clips: Manifest.ListedClip.all(of: Dataset(path: path))).write(
      to: half.scratch("acts.optin.json"))
    let told = try problem { _ = try half.minute.training(half.words(["from=\(first.folder)", "train.steps=1"])) }
    #expect(told.what.contains("'key' is 0.5") && told.place == "half")
  }

  /// One clip with actions has nobody to change them with; a verdict is of the step it was made at.
  @Test func unknownIsSaid() throws {
    let alone = try World(acting: { $0 % 4 != 3 || $0 == 7 }), run = try alone.run(["train.steps=2"])
    #expect(TrainingCurves(path: run.path("events.jsonl")).following == nil)
    let home = HomeFolder(alone.scratch("home"))
    func refusal(_ run: Run) throws -> Problem {
      try problem {
        _ = try Export(run, out: alone.scratch("model"), home: home).write(on: alone.minute.compute, alone.minute.quiet)
      }
    }
    #expect(try refusal(run).what.contains("fewer than two held-out clips"))
    let world = try World(), short = try world.run(["train.steps=2"])
    #expect(TrainingCurves(path: short.path("events.jsonl")).following != nil)
    let asked = Interruption(listening: false)
    asked.ask()
    _ = try? world.minute.training(world.words(["train.steps=2"]), extend: 6).run(until: asked)
    let stopped = try Run(folder: short.folder)
    #expect(stopped.step > 2 && stopped.step < 6, "\(stopped.step)")
    let said = try problem {
      _ = try Export(stopped, out: world.scratch("model"), home: HomeFolder(world.scratch("home"))).write(
        on: world.minute.compute, world.minute.quiet)
    }
    #expect(said.what.contains("when training ends"), "\(said.what)")
    // A run over it that is not told of actions knows nothing of whether they are still followed; it is asked with them.
    let next = try world.minute.training(
      world.words(["name=next", "from=\(short.folder)", "train.steps=1"]).filter { !$0.hasPrefix("actions=") }
    ).run(until: Interruption(listening: false))
    #expect(
      try next.spec.takesActions
        && problem {
          try _ = Export(next, out: world.scratch("model"), home: home).write(
            on: world.minute.compute, world.minute.quiet)
        }.what.contains("without them"))
    var options = BenchOptions(suite: "footage", count: 4)
    (options.steps, options.samples) = (1, 2)
    let found = try BenchJob(
      reference: next.folder, runs: world.scratch("runs"), options, home: HomeFolder(world.scratch("home")),
      on: world.minute.compute
    ).run(world.minute.quiet).result
    #expect(found.subjects.contains { $0.name == "shuffled-actions" && $0.instances.count == 4 })
    #expect(found.estimate(.model, "following_shuffled").n == 4)
  }

  /// A model that is told and one that is not are asked under one protocol, and a control that one bench measures more of
  /// is the same control.
  @Test func toldAndNotToldAreCompared() throws {
    let world = try World(state: ["grey"]), told = try world.run(["train.steps=1"])
    let blind = try world.minute.training(
      world.words(["name=blind", "train.steps=1"]).filter { !$0.hasPrefix("actions=") }
    ).run(until: Interruption(listening: false))
    var options = BenchOptions(suite: "footage", count: 4)
    options.steps = 1
    for run in [blind, told] {
      let found = try BenchJob(
        reference: run.folder, runs: world.scratch("runs"), options, home: HomeFolder(world.scratch("home")),
        on: world.minute.compute
      ).run(world.minute.quiet).result
      #expect(found.estimate(.model, "following_zero").n == (run.name == told.name ? 4 : 0))
      #expect(found.metrics.contains("inverse_dynamics"))
    }
    let comparison = try Comparison([blind, told])
    #expect(!comparison.notes.contains { $0.contains("measures differently") }, "\(comparison.notes)")
    let result = try #require(comparison.result)
    #expect(result.estimate(.control(.frozen), "inverse_dynamics").n == 4)
    #expect(result.estimate(.run("B"), "psnr").n == 4 && result.subjects.contains { $0.name == "zero-actions" })
  }

  /// Where half the windows have no actions, nothing is said of whether those are followed; states whose names are alike
  /// have a row each.
  @Test func windowsWithoutActions() throws {
    let world = try World(state: ["x", "X", "h1", "x_2"], acting: { $0 % 8 != 3 }),
      run = try world.run(["train.steps=1"])
    var options = BenchOptions(suite: "footage", count: 8)
    options.steps = 1
    func job() throws -> BenchJob {
      try BenchJob(
        reference: run.folder, runs: world.scratch("runs"), options, home: HomeFolder(world.scratch("home")),
        on: world.minute.compute)
    }
    let found = try job().run(world.minute.quiet).result
    #expect(found.estimate(.model, "following_zero").n == 4)
    // Half of the windows away are windows that have actions, for those that have.
    #expect(found.estimate(.model, "following_shuffled").n == 4)
    let states = ["state_error_x", "state_error_x_2", "state_error_column_h1", "state_error_x_2_2"]
    for name in states + ["state_error_h1"] {
      #expect(found.estimate(.control(.groundTruth), name).n == 8, "\(name)")
    }
    func uses() throws -> [Int] {
      try LedgerReader.trail(run.path("ledger.jsonl")).evaluations.filter { $0.use == "bench" }.map { $0.clips.count }
    }
    #expect(try uses() == [24, 8])
    // Asked again, nothing is due, and nobody's footage is looked at.
    _ = try job().run(world.minute.quiet)
    #expect(try uses() == [24, 8])
  }

  /// Of a clip's actions those are used that lead to frames that are made, and the ledger says of how many.
  @Test func samplesUseWhatTheyMake() throws {
    let world = try World(), run = try world.run(["train.steps=1"]), home = HomeFolder(world.scratch("home"))
    func given(_ actions: Int) throws -> Conditioning {
      try Conditioning(
        .clip(dataset: world.scratch("acts.h5"), id: "clip3"), for: run.model(on: world.minute.compute), frames: 2,
        manifest: nil, request: ConsentRequest(action: .evaluate, unsignedBases: [.ownWork]), actions: actions,
        recordedIn: EvaluationLedger(run: run, model: "x", home: home))
    }
    #expect(try given(0).actions == nil && given(7).actions?.rows.count == 7 && given(100).actions?.rows.count == 12)
    _ = try given(7).recordedFrames()
    _ = try given(0).recordedFrames()
    let uses = try LedgerReader.trail(run.path("ledger.jsonl")).evaluations.filter { $0.use == "conditioning" }
    #expect(uses.map(\.clips) == [["clip3": 7], ["clip3": 2]])
    var sampling = Sampling(count: 1, frames: nil, seed: 0, settings: .init(steps: 1), caption: nil, context: nil)
    sampling.actions = ClipActions(space: "actions", rows: [])
    let videos = try CredentialedVideo(CredentialOrigin(run.folder, name: "a", weightsHash: "x", run: run), home: home)
    func sample(_ sampling: Sampling, _ run: Run) throws -> Sampling.Result {
      try sampling.run(
        run.model(on: world.minute.compute), given: given(0), to: world.scratch("out"), name: "a", videos,
        world.minute.quiet)
    }
    #expect(try sample(sampling, run).videos.count == 1)
    // Without actions there is nothing to guide by.
    let bare = try world.minute.training(
      world.words(["name=bare", "train.steps=1"]).filter { !$0.hasPrefix("actions=") }
    ).run(until: Interruption(listening: false))
    sampling.settings.actionGuidance = 2
    #expect(try problem { _ = try sample(sampling, bare) }.place == "--action-guidance")
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
    // Files without a row, and names that words cannot hold.
    try Disk.write("push,key\n", to: world.scratch("none.csv"))
    let head = "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }"
    let file = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(head.utf8)
    let padded = file + Data(repeating: 32, count: 117 - head.utf8.count) + Data([10])
    try padded.write(to: URL(fileURLWithPath: world.scratch("none.npy")))
    for name in ["none.csv", "none.npy"] {
      #expect(try problem { _ = try ActionScript(world.scratch(name), spec) }.place == world.scratch(name))
    }
    // Units that both say.
    let metres = try World(units: ["m", nil]), run2 = try metres.run(["train.steps=1"]), own = try run2.spec
    #expect(own.actions[0].columns.map(\.unit) == ["m", nil] && own.actions[0].lines[0].contains(" m "))
    #expect(try Dataset(path: metres.scratch("acts.h5")).actionUnits == ["m", nil])
    func place(_ units: [String?]) throws {
      _ = try own.space(ofColumns: ["push", "key"], units: units, fps: "10/1", at: "x")
    }
    #expect(try problem { try place(["mm", nil]) }.what.contains("is in mm, and the model's is in m"))
    try place(["m", "N"])
    try place([])
    let odd = try World(columns: ["push+", "a=b"]).run(["train.steps=1"])
    #expect(try problem { _ = try ActionScript("push+=1", odd.spec) }.fix?.contains("CSV") == true)
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
