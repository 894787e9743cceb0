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
    let items: [(String, Tensor)] = [
      ("parameters", parameters.values), ("average", average.values), ("first", optimizer.first),
      ("second", optimizer.second),
    ]
    func all(_ rest: ArraySlice<(String, Tensor)>, _ done: [Safetensors.Item]) throws {
      guard let (name, tensor) = rest.first else {
        try Safetensors.write(done, metadata: metadata, to: folder + "/" + file)
        return
      }
      try tensor.withElements {
        try all(rest.dropFirst(), done + [Safetensors.Item(name, [$0.count], UnsafeBufferPointer($0))])
      }
    }
    try all(items[...], [])
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
    for (name, tensor) in [
      ("parameters", parameters.values), ("average", average.values), ("first", optimizer.first),
      ("second", optimizer.second),
    ] {
      guard let entry = file.entry(name), entry.count == tensor.count else {
        throw Problem("the checkpoint lacks '\(name)' of \(tensor.count) numbers", at: path)
      }
      try tensor.withElements { try file.read(entry, into: $0) }
    }
    optimizer.resume(updates: updates)
    return (step, file[metadata: "ledger_head"] ?? "")
  }

  /// Fingerprint of the parameters' names and shapes: the flat arrays mean nothing under another layout.
  private static func layout(_ parameters: Parameters) -> String {
    Hashing.sha256(parameters.entries.map { "\($0.name) \($0.shape)" }.joined(separator: "\n"))
  }

  private static func prune(_ folder: String, keep: Int) {
    for old in Disk.names(folder).filter({ $0.hasPrefix("step-") }).dropLast(keep) { unlink(folder + "/" + old) }
  }
}
