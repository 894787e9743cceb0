import Bench
import Files
import Foundation
import Provenance
import Runs

/// All a comparison or a report knows of one run, gathered from its folder.
public struct ComparedRun: Sendable {
  /// "A", "B", … in tables and charts.
  public let label: String
  public let run: Run
  /// A base that other runs adapt, where it is no run itself: a folder or file.
  let base: String?
  /// Whether it is no run but videos that were made elsewhere.
  let isMadeElsewhere: Bool
  public let benches: [BenchFile]
  public let curves: TrainingCurves
  public let consent: ConsentFacts
  /// Sample grids by step.
  public let samples: [(step: Int, path: String)]

  /// - Throws: `Problem` when a bench result is there and cannot be read; missing parts are only missing.
  public init(_ run: Run, label: String) throws {
    (self.label, self.run, base, isMadeElsewhere) = (label, run, nil, false)
    try RunAudit.requireFiles(run.folder)
    benches = try Self.benches(run)
    curves = TrainingCurves(path: run.path("events.jsonl"))
    consent = ConsentFacts(run)
    samples = Self.names(run.path("samples")).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".png"), let step = Int(name.dropFirst(5).dropLast(4)) else {
        return nil
      }
      return (step, run.path("samples/" + name))
    }.sorted { $0.step < $1.step }
  }

  /// A base that is no run, in the words of one that adapts it. It was not trained here: there is nothing to tell of that.
  /// - Throws: `Problem` when the run did not begin with it.
  init(base path: String, adaptedBy run: Run, label: String) throws {
    var experiment = run.experiment
    (experiment.lora, experiment.from, experiment.training.steps) = (nil, nil, 0)
    var own = Run(
      folder: Disk.absolute(path), experiment: experiment, product: run.product, hash: try FrozenBase(path).hash,
      steps: 0,
      machine: run.machine)
    own.status = .done
    (self.label, self.run, base, isMadeElsewhere) = (label, own, path, false)
    (benches, curves, consent, samples) = ([], TrainingCurves([]), ConsentFacts(run), [])
  }

  /// Videos that were made elsewhere and benched beside a run, in whose words they stand: nothing is known of how they were
  /// made.
  /// - Throws: `Problem` when they have not been benched.
  init(films folder: String, beside run: Run, label: String) throws {
    var experiment = run.experiment
    (experiment.lora, experiment.from, experiment.training.steps) = (nil, nil, 0)
    var own = Run(
      folder: Disk.absolute(folder), experiment: experiment, product: run.product, hash: Hashing.sha256(folder),
      steps: 0, machine: run.machine)
    own.status = .done
    (self.label, self.run, base, isMadeElsewhere) = (label, own, nil, true)
    benches = try Self.benches(own)
    guard !benches.isEmpty else {
      throw Problem(
        "these videos have not been benched", at: folder,
        fix: Shell.orrery(["bench", folder, "--like", run.name]))
    }
    (curves, consent, samples) = (TrainingCurves([]), ConsentFacts(unknown: "these videos were made elsewhere"), [])
  }

  /// Whether a folder holds the bench of videos that were made elsewhere; one that cannot be read says so when it is.
  public static func isFilms(_ folder: String) -> Bool {
    !Disk.exists(folder + "/run.json")
      && names(folder + "/bench").contains { name in
        name.hasSuffix(".json")
          && (try? BenchResult(path: folder + "/bench/" + name))?.subjectStamp.isMadeElsewhere ?? true
      }
  }

  package static func benches(_ run: Run) throws -> [BenchFile] {
    try names(run.path("bench")).filter { $0.hasSuffix(".json") }.map {
      BenchFile(path: run.path("bench/" + $0), result: try BenchResult(path: run.path("bench/" + $0)))
    }
  }

  private static func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  public static func label(_ i: Int) -> String { i < 26 ? String(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")[i]) : "R\(i + 1)" }

  /// "0.021 h" from run.json's cost.
  public var hours: Double? { run.cost.wallSeconds.map { $0 / 3600 } }
  public var parameters: Int? { run.cost.parameters }

  /// Names and values of the cost columns.
  public var cost: [(name: String, text: String)] {
    func clock(_ seconds: Double?) -> String { seconds.map(ProgressLine.clock) ?? "–" }
    return [
      ("wall time", clock(run.cost.wallSeconds)), ("processor time", clock(run.cost.processorSeconds)),
      ("steps", "\(run.step) of \(run.steps)"),
      ("training GFLOP", Text.short(trainingFLOPs / 1e9)),
      ("parameters", parameters.map(Text.count) ?? "–"),
      ("peak memory", run.cost.peakBytes.map(Text.bytes) ?? "–"),
      ("threads", run.cost.threads.map(String.init) ?? "–"),
      ("energy", run.cost.energyText ?? "–"),
    ]
  }

  package var json: Value {
    [
      "label": .string(label), "name": .string(run.name), "folder": .string(run.folder), "hash": .string(run.hash),
      "status": .string(run.status.rawValue), "step": Value(run.step),
      "steps": Value(run.steps), "parameters": parameters.map { Value($0) } ?? .null, "hours": Value(hours),
      "training_gflop": .number(trainingFLOPs / 1e9), "cost": run.cost.value, "machine": run.machine.value,
      "consent": consent.json,
    ]
  }
}
