import Bench
import Compare
import Consent
import Credentials
import Files
import Foundation
import Frames
import Lab
import Ledger
import Measures
import Provenance
import Runs
import TestKit
import Testing

/// The whole command, small: it ends in a report and a model of granted footage only, and goes on where it was stopped.
@Suite struct QuickstartTests {
  private func orrery(_ line: String, _ scratch: Scratch) throws -> Outcome {
    try Call(line.split(separator: " ").map(String.init), in: scratch.path, home: scratch("home")).outcome(seconds: 300)
  }

  private func quickstart(_ scratch: Scratch) throws -> Value {
    let told = try orrery("quickstart --tiny --out q --json", scratch)
    try #require(told.exited && told.code == 0 && told.out.split(separator: "\n").count == 1, "\(told.everything)")
    return try JSON.parse(told.out.trimmingCharacters(in: .newlines), at: "output")
  }

  @Test func rendersRefusesTrainsBenchesComparesAndExports() throws {
    let scratch = try Scratch(), folder = scratch("q-tiny"), said = try quickstart(scratch)

    // One clip is granted by nobody: it is refused by name, and in no ledger.
    let withheld = "free-fall/train/000035", refused = try #require(said["refused"]?.string)
    #expect(refused.hasPrefix(withheld + ": "))
    let runs = try said.items("runs").map { try Run(folder: #require($0.string)) }
    #expect(runs.map(\.experiment.name) == ["predict-x0-tiny", "predict-velocity-tiny"])
    var keys: [[String]] = []
    for run in runs {
      #expect(run.status == .done && run.step == run.experiment.training.steps)
      let ledger = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
      #expect(
        ledger.closed && ledger.total.seen == run.step * run.experiment.training.batch * 16
          && ledger.clips[withheld] == nil && ledger.clips.count > 20)
      keys.append(ledger.signing.keys)
    }
    // One key signs both, made in the home folder on the way.
    #expect(keys[0].count == 1 && keys[0] == keys[1])
    // The variants differ in one factor.
    var twin = runs[0].experiment
    (twin.name, twin.objective) = (runs[1].experiment.name, runs[1].experiment.objective)
    #expect(twin.value == runs[1].experiment.value && runs[0].experiment.objective != runs[1].experiment.objective)

    // What is printed is what was benched: eight scenes, the same for both.
    let export = try #require(said["export"]?.string), comparison = try Comparison(runs)
    #expect(
      comparison.benches.count == 2 && comparison.benches.allSatisfy { $0.bench.result[.model]?.instances.count == 8 })
    let better = runs.firstIndex { $0.folder == comparison.best?.run.folder } ?? 0,
      result = comparison.benches[better].bench.result
    let roles: [(SubjectRole, String)] = [
      (.model, "model"), (.control(.frozen), "frozen"), (.control(.constantVelocity), "constant_velocity"),
    ]
    for (role, key) in roles {
      #expect(result.estimate(role, "physics_tol5").value == said[key]?.double, "\(key)")
    }
    #expect(
      try said["difference"]?["value"]?.double
        == #require(result.difference(.model, .control(.constantVelocity), metric: "physics_tol5")).difference.value)

    // The report, the film and the model stand, and are signed or bound to what was trained.
    #expect(try Disk.readText(#require(said["report"]?.string)).contains("physics_tol5"))
    let trust = try TrustRoots(path: CredentialsFolder(HomeFolder(scratch("home"))).rootPath)
    #expect(try CredentialReport.read(#require(said["video"]?.string), trust: trust)?.state == .trusted)
    let weights = try Safetensors(path: export + "/transformer/diffusion_pytorch_model.safetensors")
    #expect(try weights.bufferHash == Safetensors(path: runs[better].path("weights.safetensors")).bufferHash)
    #expect(try orrery("sample \(export) --count 1 --steps 1 --out s", scratch).code == 0)

    // Called again after half of it was lost, it makes that half anew, to the bit, and leaves the rest alone.
    func weightsHashes() throws -> [String] {
      try runs.map { try Safetensors(path: $0.path("weights.safetensors")).bufferHash }
    }
    let kept = try weightsHashes()
    let benched = try comparison.benches.map { try Hashing.sha256(file: $0.bench.path) }
    let data = try Hashing.sha256(file: folder + "/free-fall.h5")
    for path in [runs[1].folder, export, folder + "/report.html"] { try FileManager.default.removeItem(atPath: path) }
    let again = try quickstart(scratch)
    #expect(try weightsHashes() == kept)
    #expect(try comparison.benches.map { try Hashing.sha256(file: $0.bench.path) } == benched)
    #expect(try Hashing.sha256(file: folder + "/free-fall.h5") == data && Disk.exists(folder + "/report.html"))
    for key in ["refused", "model", "frozen", "constant_velocity", "difference", "runs", "export"] {
      #expect(again[key] == said[key], "\(key)")
    }
  }
}
