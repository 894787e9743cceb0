import Bench
import Diffusion
import Files
import Foundation
import LearnedMeasures
import Measures
import Media
import Models
import Pages
import Provenance
import Runs
import Tensors
import Worlds

/// One call of `orrery bench`: what is benched on what, and where the result goes. Called again, it goes on where it
/// was stopped.
public struct BenchJob {
  /// The result, `….json`; beside it stand `….jsonl` (an instance a line, with timing), `….csv`, `….ipynb`, `….html`,
  /// `….mp4` and `….png`.
  public let path: String
  private let bench: Bench
  private let answers: any BenchAnswers
  /// Who is asked, where that is a model.
  private let model: WorldModel?
  private let name: String
  private let subject: SubjectStamp
  private let run: Run?
  private let weightsHash: String
  private let videos: CredentialedVideo
  private let home: HomeFolder?
  /// What a reader must know of grants that were taken back since.
  private let withdrawn: [String]
  /// What a reader must know where the model never saw such scenes.
  private var unseen: String?
  /// What sampling takes, where that is known already; and whether it may take long.
  private var cost: BenchCost?
  private let mayBeLong: Bool
  /// The weights the model began with, or why they cannot be asked; nil where the suite has no such row.
  private let base: Result<BenchBase, Problem>?
  /// Other things a reader must know.
  private let notes: [String]
  /// A run and a folder of videos that answer its windows.
  private let beside: [String]?

  /// Videos that were made elsewhere, held against the footage they go on with.
  /// - Parameter folder: of the videos, named after the clips.
  public init(
    films folder: String, runs: String, moved: [String] = [], _ options: BenchOptions = BenchOptions(),
    home: HomeFolder? = .own, on compute: Compute
  ) throws {
    try options.check()
    guard options.suite ?? FootageSuite.word == FootageSuite.word, options.scenarios.isEmpty, options.cells.isEmpty,
      !options.isQuick, options.steps == nil, options.hours == nil, options.samples == 1, options.adapters.isEmpty,
      options.autoencoder == nil, options.seed == 0
    else {
      throw Problem.usage(
        "videos are held against footage, and nothing is sampled", at: folder,
        expected: "--data or --like, --count, --frames, --given, --features",
        fix: "leave the other options out")
    }
    let looks = try FootageLooks(
      options.features.map { try LearnedFeatures($0, options.networks, on: compute) }, hasVGG: options.asksVGG)
    let material = try FilmMaterial(folder, options, looks, home: home, on: compute), asked: FootageSuite
    if let like = options.like {
      guard options.frames == nil, options.given == nil else {
        throw Problem.usage(
          "a run says how many frames its windows have", at: "--like", fix: "leave --frames and --given out")
      }
      try options.loose.requireNone()
      let opened = try ModelReference.open(like, runs: runs, moved: moved, home: home, on: compute)
      guard opened.run != nil else {
        throw Problem.usage(
          "an exported model is asked no windows of its own", at: "--like \(like)", expected: "a run",
          fix: "bench the videos with --data FILE, or name the run it was exported from")
      }
      asked = try material.asked(
        like: BenchMaterial(opened, runs: runs, cacheBytes: options.cacheBytes, home: home))
    } else {
      asked = try material.asked()
    }
    let found = try material.answers(asked), hash = material.films.hash
    (answers, notes, model, run, base, mayBeLong) = (found.answers, found.notes, nil, nil, nil, false)
    (name, weightsHash, self.home) = ((Disk.absolute(folder) as NSString).lastPathComponent, hash, home)
    beside = options.like.map { [$0, folder] }
    (withdrawn, videos) = ([], try CredentialedVideo(CredentialOrigin(films: name, hash: hash), home: home))
    bench = Bench(asked, samples: found.answers.samples)
    subject = SubjectStamp(
      films: name, hash: hash, count: material.films.names.count, build: Build.version,
      instructions: compute.instructions)
    let isPlain = options.count == nil && options.footage == nil && options.like == nil && !options.asksVGG
    path =
      (options.out ?? Disk.absolute(folder) + "/" + FilmFolder.resultsName) + "/\(FootageSuite.word)"
      + (isPlain ? "" : "-" + Hashing.sha256(JSON.line(bench.stamp.withoutSampling.value)).prefix(6)) + ".json"
  }

  /// - Parameter moved: data of the run that lie elsewhere now, `OLD=NEW`.
  public init(
    reference: String, runs: String, moved: [String] = [], _ options: BenchOptions = BenchOptions(),
    home: HomeFolder? = .own,
    on compute: Compute
  ) throws {
    try options.check()
    let weights = options.weights
    let opened = try ModelReference.open(
      reference, runs: runs, moved: moved, weights: weights, adapters: options.adapters,
      autoencoder: options.autoencoder, home: home, on: compute)
    (model, answers) = (opened.model, ModelAnswers(opened.model))
    (name, run, weightsHash, self.home, notes) = (opened.name, opened.run, opened.weightsHash, home, [])
    beside = nil
    let origin = try CredentialOrigin(
      reference, name: opened.name, weightsHash: opened.weightsHash, run: opened.run, weights: weights,
      audit: opened.audit, adapters: opened.adapters, over: opened.base)
    (withdrawn, videos) = (
      origin.withdrawn.lines + opened.adapters.map(\.text), try CredentialedVideo(origin, home: home)
    )
    let spec = opened.model.spec, trained = opened.run?.firstScenarios ?? [],
      material = BenchMaterial(opened, runs: runs, cacheBytes: options.cacheBytes, home: home),
      word = options.suite ?? (options.footage != nil ? FootageSuite.word : Self.usual(options, opened))
    var sampler = opened.sampler
    if let steps = options.steps { sampler.steps = steps }
    if opened.run != nil || word != FootageSuite.word { try options.loose.requireNone() }
    let ask: (Int?) throws -> any BenchQuestions
    if word == FootageSuite.word {
      guard options.scenarios.isEmpty, options.cells.isEmpty, !options.isQuick else {
        throw Problem.usage(
          "footage has no scenarios, cells or quick tier", at: "--suite",
          fix: "leave them out; --count says how many clips")
      }
      let looks = try FootageLooks(
        options.features.map { try LearnedFeatures($0, options.networks, on: compute) }, hasVGG: options.asksVGG)
      if opened.run == nil {
        unseen = "an exported model does not say which clips it was trained on: these may be among them"
      }
      ask = { try material.footage(options, looks, count: $0) }
      do { base = .success(try material.base()) } catch let problem as Problem { base = .failure(problem) }
    } else {
      guard !options.asksVGG else {
        throw Problem.usage(
          "\(word) is measured by exact scenes, not by networks", at: "--lpips-vgg", fix: "leave it out")
      }
      guard options.footage == nil else {
        throw Problem.usage("\(word) asks of scenes of ours, not of a file", at: "--data", fix: "leave --suite out")
      }
      let named = try options.scenarios.map { try Scenario.named($0) }
      if trained.isEmpty, named.isEmpty, !options.takesUnseenScenes { throw Self.unseen(opened.run, reference, runs) }
      if trained.isEmpty { unseen = Self.unseenNote(opened.run) }
      let whole = SuiteName(rawValue: word).map { Suite.declaration($0).isWhole } ?? false,
        scenarios = !named.isEmpty ? named : whole ? [] : trained.isEmpty ? [.freeFall] : trained
      ask = {
        try Suite(
          named: word, scenarios: scenarios, cells: options.cells, count: $0, quick: options.isQuick,
          frames: spec.frames, height: spec.height, width: spec.width)
      }
      base = nil
    }
    var bench = Bench(try ask(options.count), sampler, seed: options.seed, samples: options.samples)
    try bench.requireGiven(spec)
    mayBeLong = word == FootageSuite.word || options.hours != nil
    guard let folder = options.out ?? opened.run.map({ $0.path("bench") }) else {
      throw Problem.usage("a model folder has no place for results", at: reference, fix: "say where with --out DIR")
    }
    subject = SubjectStamp(
      name: opened.name, weightsHash: opened.weightsHash, weights: weights, step: opened.run?.step, spec: spec,
      build: Build.version, instructions: compute.instructions, adapters: opened.adapters)
    // A bench that departs from the suite's defaults has a file of its own, so that none overwrites another's.
    path =
      folder + "/\(word)"
      + (options.isPlain
        ? "" : "-" + Hashing.sha256(JSON.line(bench.stamp.value) + weights.rawValue + options.otherWords).prefix(6))
      + ".json"
    if let hours = options.hours {
      // A bench that goes on has the instances it began with, however fast the machine is now.
      let log = (path as NSString).deletingPathExtension + ".jsonl", count: Int
      if let planned = BenchLog.planned(log) {
        count = planned
      } else {
        let found = try BenchCost(bench, opened.model, hasBase: (try? base?.get()) != nil)
        count = max(1, try found.instances(in: hours) / bench.asked.strataCount)
        cost = found
      }
      if count < bench.asked.count {
        bench = Bench(try ask(count), sampler, seed: options.seed, samples: options.samples)
      }
    }
    self.bench = bench
  }

  /// What a model was trained on: scenes of ours, or footage; which is also for those that the scenes give too few frames.
  private static func usual(_ options: BenchOptions, _ opened: ModelReference.Opened) -> String {
    let isAskedScenes = !options.scenarios.isEmpty || options.takesUnseenScenes || options.isQuick
    guard let run = opened.run, !isAskedScenes else { return SuiteName.physicsTiny.rawValue }
    return run.firstScenarios.isEmpty || !opened.model.spec.isWhole(World.conditioning)
      ? FootageSuite.word : SuiteName.physicsTiny.rawValue
  }

  /// A score of scenes that a model never saw says nothing of the model; whoever wants one asks for it.
  private static func unseen(_ run: Run?, _ reference: String, _ runs: String) -> Problem {
    let place = runs == RunsFolder.usual || Disk.exists(reference) ? [] : ["--runs", runs]
    return Problem.usage(
      unseenNote(run), at: reference, expected: "scenes that are asked for: --scenario, --suite or --unseen-scenes",
      fix: "to see what it learnt, make video with it: " + Shell.orrery(["sample", reference] + place)
        + "; what footage of your own says of it is its held-out loss")
  }

  private static func unseenNote(_ run: Run?) -> String {
    run == nil
      ? "an exported model does not say what it was trained on: these scenes may not be what it saw"
      : "the data it was trained on names no scenario: these scenes are not what it saw"
  }

  /// Where a file of this result stands.
  public func file(_ kind: String) -> String { (path as NSString).deletingPathExtension + "." + kind }

  public func run(_ console: Console) throws -> BenchFindings {
    try Disk.makeFolder((path as NSString).deletingLastPathComponent)
    for note in bench.asked.omitted + notes + [unseen].compactMap({ $0 }) + withdrawn { console.note("note: " + note) }
    var materials = Bench.Materials(), notes = notes + [unseen].compactMap { $0 } + withdrawn,
      lacking: [BenchControl: String] = [:]
    do {
      materials.nearest = try run.map {
        try NearestTraining(
          $0, given: bench.asked.given, height: bench.asked.height, width: bench.asked.width,
          recordedIn: EvaluationLedger(run: run, model: weightsHash, home: home))
      }
      if materials.nearest == nil {
        lacking[.nearest] =
          model == nil
          ? "videos do not bring what they were learnt from" : "an exported model does not bring its training data"
      }
      notes += [materials.nearest?.note].compactMap { $0 }
    } catch let problem as Problem { lacking[.nearest] = problem.what }
    switch base {
    case .success(let found): materials.base = found
    case .failure(let problem): lacking[.base] = problem.what
    case nil: break
    }
    if model == nil {
      materials.leavesActionsOut = true
      for control in bench.asked.controls where control == .base || BenchControl.ofActions.contains(control) {
        lacking[control] = "videos cannot be asked for others"
      }
    }
    let missing = materials.lacking, shown = bench.shownSubjects(without: missing)
    var question: Value = [
      "protocol": bench.stamp.value, "subject": subject.value,
      "controls": .array(bench.subjects(without: missing).map { .string($0.name) }),
    ]
    if !bench.asked.standing.isEmpty { question.set("standing", .object(bench.asked.standing)) }
    materials.log = try BenchLog(file("jsonl"), question: question)
    let due = bench.asked.places.count { materials.log?.records[$0.id] == nil }
    if due > 0,
      let text = bench.asked.looks?.cost(bench.asked, rows: bench.subjects(without: missing).count, clips: due)
    {
      console.note("note: " + text)
    }
    if mayBeLong, due > 0, let model {
      console.note(try (cost ?? BenchCost(bench, model, hasBase: materials.base != nil)).text(due))
    }
    materials.screen = BenchScreen(
      bench.asked, subjects: shown.count, to: (path as NSString).deletingPathExtension, videos)
    let records = try bench.records(
      answers, &materials, console.progress("bench \(bench.asked.name)", total: bench.asked.places.count))
    if let screen = materials.screen, screen.hasClips {
      try screen.write(
        bench.asked,
        facts: [
          .init("seed", Value(bench.seeds[0])),
          .init("sampler", bench.stamp.isMadeElsewhere ? .string("made elsewhere") : bench.sampler.value),
          .init("suite", .string(bench.asked.name)), .init("given_frames", Value(bench.asked.given)),
        ])
    }
    let film = try materials.screen?.film(bench.asked, subjects: shown)
    let found = BenchFindings(
      bench.result(records, subject: subject, film: film, notes: notes, lacking: lacking, without: missing))
    try Disk.write(found.result.csv, to: file("csv"))
    try found.result.write(to: path)
    try BenchNotebook.write(found, name: name, resultPath: path, to: file("ipynb"))
    try BenchPage.write(found, name: name, resultPath: path, to: file("html"))
    return found
  }

  public func summary(_ found: BenchFindings) -> Value {
    var value = found.summary
    value.set("result", .string(path))
    value.set("files", .array(["jsonl", "csv", "ipynb", "html", "mp4", "png"].map { .string(file($0)) }))
    value.set("model", .string(name))
    value.set(
      "difference",
      found.result.difference(.model, .control(.constantVelocity), metric: PhysicsTol5.name)?.json
        ?? .null)
    return value
  }

  /// The call that comes next.
  /// - Parameter options: those that a call on the same run needs, such as `--runs`.
  package func next(options: [String] = []) -> [String] {
    run.map { RunWay($0, options: options).exported } ?? beside.map { ["compare"] + $0 + options }
      ?? ["score", file("mp4")]
  }
}
