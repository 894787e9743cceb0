import Diffusion
import Files
import Foundation
import Media
import Measures
import Tensors
import Worlds

/// One call of `orrery bench`: what is benched on what, and where the result goes.
public struct BenchJob {
  public let path: String
  private let bench: Bench
  private let model: WorldModel
  private let name: String
  private let weightsHash: String
  private let run: Run?
  private let videos: CredentialedVideo

  public init(reference: String, runs: String, weights: WeightsChoice, suite: String, scenarios: [String], cells: [String], count: Int?, steps: Int?, seed: Int,
              out: String?, home: HomeFolder? = .own, on compute: Compute) throws {
    guard seed >= 0 else { throw Problem.usage("the seed is \(seed)", at: "--seed", expected: "0 or more") }
    let opened = try ModelReference.open(reference, runs: runs, weights: weights, on: compute)
    (model, name, weightsHash, run) = (opened.model, opened.name, opened.weightsHash, opened.run)
    videos = try CredentialedVideo(try CredentialOrigin(reference, name: opened.name, weightsHash: opened.weightsHash, run: opened.run, weights: weights), home: home)
    let known = try scenarios.isEmpty ? Self.trained(opened.run) : scenarios.map { try Scenario.named($0) }
    let spec = opened.model.spec
    var sampler = opened.sampler
    if let steps {
      guard (1...10_000).contains(steps) else { throw Problem.usage("\(steps) sampling steps", expected: "1 to 10,000") }
      sampler.steps = steps
    }
    bench = Bench(try Suite(named: suite, scenarios: known, cells: cells, count: count, frames: spec.frames, height: spec.height, width: spec.width), sampler, seed: seed)
    guard let folder = out ?? opened.run.map({ $0.path("bench") }) else {
      throw Problem.usage("a model folder has no place for results", at: reference, fix: "say where with --out DIR")
    }
    // A bench that departs from the suite's defaults has a file of its own, so that none overwrites another's.
    let plain = scenarios.isEmpty && cells.isEmpty && count == nil && steps == nil && seed == 0 && weights == .ema
    path = folder + "/\(suite)" + (plain ? "" : "-" + Hashing.sha256(JSON.line(bench.stamp) + weights.rawValue).prefix(6)) + ".json"
  }

  /// The scenarios of the data a run was trained on; those that fit when nothing is known.
  private static func trained(_ run: Run?) throws -> [Scenario] {
    let names = run?.experiment.data.first.flatMap { try? Dataset(path: $0.path) }?.attributes["scenario"]?.split(separator: ",").map(String.init) ?? []
    let known = names.compactMap { Scenario(rawValue: $0) }
    return known.isEmpty ? [.freeFall] : known
  }

  public func run(_ console: Console) throws -> BenchResult {
    try Disk.makeFolder((path as NSString).deletingLastPathComponent)
    let subject: Value = ["name": .string(name), "weights_sha256": .string(weightsHash), "model": model.spec.value, "build": .string(Build.version)]
    let result = try bench.run(model, subject: subject, video: ((path as NSString).deletingPathExtension, videos), console)
    try result.write(to: path)
    return result
  }

  public func summary(_ result: BenchResult) -> Value {
    ["result": .string(path), "suite": .string(result.suite), "model": .string(name), "table": result.table().json,
     "difference": result.difference("model", "constant-velocity", metric: PhysicsTol5.name)?.json ?? .null]
  }

  public var next: String { run.map { "orrery export \($0.name) --out \($0.experiment.name)-model" } ?? "orrery score \((path as NSString).deletingPathExtension).mp4" }
}
