import Bench
import Files
import Foundation
import Measures
import Runs

/// `orrery runs`: every run of a folder in a line, and every folder that should be one with what is wrong.
public struct RunList: Sendable {
  public struct Item: Sendable {
    public let run: Run
    public let heldOut: RunEvent.HeldOutLoss?
    /// The model's `physics_tol5`, when benched.
    public let physics: Estimate?
    /// Seconds since anything in it was written.
    public let age: Double
    /// What is wrong beside run.json: its events or its bench cannot be read.
    public let problem: Problem?
  }

  public let folder: String
  public let items: [Item]
  public let broken: [Problem]

  /// - Throws: `Problem` when `folder` is a file.
  public init(_ folder: String, now: Date = Date()) throws {
    self.folder = folder
    guard !Disk.exists(folder) || Disk.isFolder(folder) else {
      throw Problem("this is a file", at: folder, expected: "a folder of runs", fix: "name it with --runs")
    }
    let (runs, broken) = RunsFolder(path: folder).runs()
    (items, self.broken) = (runs.map { Item($0, now) }.sorted { $0.age < $1.age }, broken)
  }

  public var value: Value {
    [
      "folder": .string(folder),
      "runs": .array(
        items.map { item in
          [
            "name": .string(item.run.name), "folder": .string(item.run.folder), "hash": .string(item.run.hash),
            "status": .string(item.run.status.rawValue), "step": Value(item.run.step),
            "steps": Value(item.run.steps), "held_out_loss": Value(item.heldOut?.loss),
            "held_out_step": item.heldOut.map { Value($0.step) } ?? .null,
            "physics_tol5": item.physics?.json ?? .null, "wall_seconds": Value(item.run.cost.wallSeconds),
            "parameters": item.run.cost.parameters.map { Value($0) } ?? .null,
            "age_seconds": .number(item.age), "problem": Value(item.problem?.description),
          ]
        }),
      "broken": .array(broken.map { ["folder": Value($0.place), "problem": .string($0.description)] }),
    ]
  }

  public var text: String {
    if items.isEmpty && broken.isEmpty {
      return Disk.exists(folder)
        ? "there are no runs in \(folder) yet" : "there are no runs yet: \(folder) does not exist"
    }
    let heading = ["run", "status", "step", "held-out loss", "physics_tol5", "trained", "parameters", "age"]
    let rows = items.map { item in
      [
        item.run.name, item.run.status.rawValue, "\(item.run.step)/\(item.run.steps)",
        item.heldOut.map { Text.short($0.loss) } ?? "–", item.physics?.text ?? "–",
        item.run.cost.wallSeconds.map(ProgressLine.clock) ?? "–",
        item.run.cost.parameters.map(Text.count) ?? "–", Self.span(item.age),
      ]
    }
    let troubles = (items.compactMap(\.problem) + broken).map { "broken: \($0)" }
    return ([TextTable.text([heading] + rows)] + (troubles.isEmpty ? [] : ["", troubles.joined(separator: "\n")]))
      .joined(separator: "\n")
  }

  /// "12 s", "3 min", "5 h", "2 days".
  package static func span(_ seconds: Double) -> String {
    switch seconds {
    case ..<60: "\(Int(max(0, seconds))) s"
    case ..<3600: "\(Int(seconds / 60)) min"
    case ..<172_800: "\(Int(seconds / 3600)) h"
    default: "\(Int(seconds / 86_400)) days"
    }
  }
}

extension RunList.Item {
  package init(_ run: Run, _ now: Date) {
    self.run = run
    let curves = TrainingCurves(path: run.path("events.jsonl"))
    heldOut = curves.heldOut.last
    let dates = ["run.json", "events.jsonl", "state.safetensors"].compactMap {
      try? FileManager.default.attributesOfItem(atPath: run.path($0))[.modificationDate] as? Date
    }
    age = dates.max().map { now.timeIntervalSince($0) } ?? 0
    // A folder at odds with its ledger is said to be so, and what was measured of it still shown.
    var problem: Problem?
    func attempt<T>(_ body: () throws -> T) -> T? {
      do { return try body() } catch {
        problem = problem ?? error as? Problem ?? Problem("\(error)", at: run.path("bench"))
        return nil
      }
    }
    physics = attempt {
      let result = try ComparedRun.benches(run).map(\.result).first { $0.units[PhysicsTol5.name] != nil }
      return result.flatMap { result in result.model.map { result.estimate($0.role, PhysicsTol5.name) } }
    }.flatMap { $0 }
    _ = attempt { try run.audited() }
    self.problem = problem
  }
}
