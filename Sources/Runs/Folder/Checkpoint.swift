import Files
import Foundation
import Nets
import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// All of a training's state in one file, so that it is whole or absent: parameters, their average, both moments, step.
public enum Checkpoint {
  public static func write(
    _ run: Run, step: Int, _ parameters: Parameters, _ optimizer: AdamW, _ average: MovingAverage, ledgerHead: String
  ) throws {
    let metadata = [
      ("orrery", "state/1"), ("step", String(step)), ("updates", String(optimizer.updates)), ("hash", run.hash),
      ("ledger_head", ledgerHead),
      ("layout", layout(parameters)),
    ]
    let folder = run.path("checkpoints"),
      file = "step-" + String(repeating: "0", count: max(0, 8 - String(step).count)) + "\(step).safetensors"
    try Disk.makeFolder(folder)
    let parts = Self.parts(parameters, optimizer, average)
    var rest = parts[...]
    try SafetensorsWriter.write(
      parts.map { SafetensorsWriter.Item($0.name, $0.type, [$0.count]) }, metadata: metadata, to: folder + "/" + file
    ) { _, write in
      if let part = rest.popFirst() { try write(UnsafeRawBufferPointer(part.bytes)) }
    }
    // The newest state under its fixed name: another link to the same file.
    try Disk.replace(run.path("state.safetensors")) { aside in
      guard link(folder + "/" + file, aside) == 0 else {
        throw Disk.writeProblem(run.path("state.safetensors"), errno)
      }
    }
    prune(folder, keep: run.experiment.recording.keep)
  }

  /// Loads the newest state. - Returns: the step it stands at, or nil when there is none.
  public static func read(
    _ run: Run, into parameters: Parameters, _ optimizer: AdamW, _ average: MovingAverage
  ) throws -> (step: Int, ledgerHead: String)? {
    let path = run.path("state.safetensors")
    guard Disk.exists(path) else { return nil }
    let file = try Safetensors(path: path)
    guard file[metadata: "hash"] == run.hash, file[metadata: "layout"] == layout(parameters),
      let step = file[metadata: "step"].flatMap({ Int($0) }),
      let updates = file[metadata: "updates"].flatMap({ Int($0) })
    else {
      throw Problem(
        "the checkpoint belongs to another run or version", at: path,
        fix: "remove the run's folder to start again, or restore the file")
    }
    for part in parts(parameters, optimizer, average) {
      guard let entry = file.entry(part.name), entry.count == part.count, entry.type == part.type else {
        throw Problem("the checkpoint lacks '\(part.name)' of \(part.count) numbers (\(part.type.rawValue))", at: path)
      }
      part.bytes.copyMemory(from: UnsafeRawBufferPointer(start: file.location(of: entry).at, count: part.bytes.count))
    }
    optimizer.resume(updates: updates)
    return (step, file[metadata: "ledger_head"] ?? "")
  }

  /// The average where it is one of its own.
  private static func parts(
    _ parameters: Parameters, _ optimizer: AdamW, _ average: MovingAverage
  ) -> [AdamW.StatePart] {
    [AdamW.StatePart("parameters", parameters.values, parameters)]
      + (average.isParameters ? [] : [AdamW.StatePart("average", average.values, average)]) + optimizer.state
  }

  /// Fingerprint of the parameters' names and shapes: the flat arrays mean nothing under another layout.
  private static func layout(_ parameters: Parameters) -> String {
    Hashing.sha256(parameters.entries.map { "\($0.name) \($0.shape)" }.joined(separator: "\n"))
  }

  private static func prune(_ folder: String, keep: Int) {
    for old in Disk.names(folder).filter({ $0.hasPrefix("step-") }).dropLast(keep) { unlink(folder + "/" + old) }
  }
}
