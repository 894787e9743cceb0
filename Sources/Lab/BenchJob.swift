import Bench
import Diffusion
import Files
import Foundation
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
  /// What a bench is asked for.
  public struct Order: Sendable {
    public var suite = "physics-tiny"
    public var scenarios: [String] = [], cells: [String] = []
    public var count: Int?
    /// The suite's quick tier.
    public var isQuick = false
    /// Sampling steps; nil takes the model's own.
    public var steps: Int?
    public var seed = 0
    /// Samples an instance.
    public var samples = 1
    /// Goes on where nothing says that the model was trained on any of our scenes.
    public var takesUnseenScenes = false
    /// Folder of the result; nil is `bench/` in the run's folder.
    public var out: String?

    public init() {}

    /// Everything that changes what is measured is as the suite says.
    var isPlain: Bool {
      scenarios.isEmpty && cells.isEmpty && count == nil && !isQuick && steps == nil && seed == 0 && samples == 1
    }
  }

  /// The result, `….json`; beside it stand `….jsonl` (an instance a line, with timing), `….csv`, `….ipynb`, `….html`,
  /// `….mp4` and `….png`.
  public let path: String
  private let bench: Bench
  private let model: WorldModel
  private let name: String
  private let subject: SubjectStamp
  private let run: Run?
  private let weightsHash: String
  private let videos: CredentialedVideo
  private let home: HomeFolder?
  /// What a reader must know where the model never saw such scenes.
  private var unseen: String?

  public init(
    reference: String, runs: String, weights: WeightsChoice = .ema, _ order: Order = Order(), home: HomeFolder? = .own,
    on compute: Compute
  ) throws {
    guard order.seed >= 0 else { throw Problem.usage("the seed is \(order.seed)", at: "--seed", expected: "0 or more") }
    guard (1...64).contains(order.samples) else {
      throw Problem.usage(
        "\(order.samples) samples an instance", at: "--samples",
        expected: "1 to 64; 4 or more for a claim about a stochastic model")
    }
    let opened = try ModelReference.open(reference, runs: runs, weights: weights, on: compute)
    (model, name, run, weightsHash, self.home) = (opened.model, opened.name, opened.run, opened.weightsHash, home)
    videos = try CredentialedVideo(
      try CredentialOrigin(
        reference, name: opened.name, weightsHash: opened.weightsHash, run: opened.run, weights: weights), home: home)
    let spec = opened.model.spec,
      whole = SuiteName(rawValue: order.suite).map { Suite.declaration($0).isWhole } ?? false
    let named = try order.scenarios.map { try Scenario.named($0) }, trained = opened.run?.scenarios ?? []
    if trained.isEmpty, named.isEmpty, !order.takesUnseenScenes { throw Self.unseen(opened.run, reference) }
    if trained.isEmpty { unseen = Self.unseenNote(opened.run) }
    let scenarios = !named.isEmpty ? named : whole ? [] : trained.isEmpty ? [.freeFall] : trained
    var sampler = opened.sampler
    if let steps = order.steps {
      guard (1...10_000).contains(steps) else {
        throw Problem.usage("\(steps) sampling steps", expected: "1 to 10,000")
      }
      sampler.steps = steps
    }
    let suite = try Suite(
      named: order.suite, scenarios: scenarios, cells: order.cells, count: order.count, quick: order.isQuick,
      frames: spec.frames, height: spec.height, width: spec.width)
    bench = Bench(suite, sampler, seed: order.seed, samples: order.samples)
    try bench.require(spec)
    guard let folder = order.out ?? opened.run.map({ $0.path("bench") }) else {
      throw Problem.usage("a model folder has no place for results", at: reference, fix: "say where with --out DIR")
    }
    subject = SubjectStamp(
      name: opened.name, weightsHash: opened.weightsHash, weights: weights, step: opened.run?.step, spec: spec,
      build: Build.version, instructions: compute.instructions)
    // A bench that departs from the suite's defaults has a file of its own, so that none overwrites another's.
    path =
      folder + "/\(order.suite)"
      + (order.isPlain && weights == .ema
        ? "" : "-" + Hashing.sha256(JSON.line(bench.stamp.value) + weights.rawValue).prefix(6)) + ".json"
  }

  /// A score of scenes that a model never saw says nothing of the model; whoever wants one asks for it.
  private static func unseen(_ run: Run?, _ reference: String) -> Problem {
    Problem.usage(
      unseenNote(run), at: reference, expected: "scenes that are asked for: --scenario, --suite or --unseen-scenes",
      fix: "to see what it learnt, make video with it: " + Shell.orrery(["sample", reference])
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
    for note in bench.suite.omitted + [unseen].compactMap({ $0 }) { console.note("note: " + note) }
    var materials = Bench.Materials(), notes = [unseen].compactMap { $0 }, lacking: [BenchControl: String] = [:]
    do {
      materials.nearest = try run.map {
        try NearestTraining($0, given: World.conditioning, height: model.spec.height, width: model.spec.width)
      }
      if materials.nearest == nil {
        lacking[.nearest] = "an exported model does not bring its training data"
      }
      notes += [materials.nearest?.note].compactMap { $0 }
    } catch let problem as Problem { lacking[.nearest] = problem.what }
    let hasNearest = materials.nearest != nil,
      shown = bench.shownSubjects(nearest: hasNearest)
    materials.log = try BenchLog(
      file("jsonl"),
      question: [
        "protocol": bench.stamp.value, "subject": subject.value,
        "controls": .array(bench.subjects(nearest: hasNearest).map { .string($0.name) }),
      ])
    materials.screen = BenchScreen(
      bench.suite, subjects: shown.count, to: (path as NSString).deletingPathExtension, videos)
    materials.showing = { clips in
      guard !clips.isEmpty else { return }
      try EvaluationLedger.record(
        "nearest training clip", clips, run: run, model: weightsHash,
        home: try home ?? HomeFolder(environment: ProcessInfo.processInfo.environment))
    }
    let records = try bench.records(
      model, &materials, console.progress("bench \(bench.suite.name)", total: bench.suite.instances().count))
    if let screen = materials.screen, screen.hasClips {
      try screen.write(
        bench.suite,
        facts: [
          .init("seed", Value(bench.seeds[0])), .init("sampler", bench.sampler.value),
          .init("suite", .string(bench.suite.name)), .init("given_frames", Value(World.conditioning)),
        ])
    }
    let film = try materials.screen?.film(bench.suite, subjects: shown)
    let found = BenchFindings(
      bench.result(records, subject: subject, film: film, notes: notes, lacking: lacking, nearest: hasNearest))
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
    run.map { RunWay($0, options: options).exported } ?? ["score", file("mp4")]
  }
}
