import Files
import Foundation
import Synchronization
import TestKit

/// Sound files of every kind, made once by the program itself, and a home in which they are trusted.
struct FuzzCorpus: Sendable {
  let scratch: Scratch
  let program: FuzzedProgram
  /// A signed manifest, and the film of a sample.
  let manifest: String, film: String
  /// A run of 4 steps.
  let run: String
  /// Frames that the run's ledger counts.
  let seen: Int
  /// By seed: a manifest that grants its clips, and SHA-256 of the frames it grants, by clip.
  let datasets: [String: (manifest: String, granted: [String: String])]

  init() throws {
    let scratch = try Scratch(memory: true), program = FuzzedProgram(path: try orreryBinary(), home: scratch("home"))
    (self.scratch, self.program) = (scratch, program)
    (manifest, run, film) = (scratch("d.optin.json"), scratch("runs/r"), scratch("film.mp4"))
    func make(_ words: [String]) throws { try Self.make(words, program, in: scratch) }
    try Disk.makeFolder(scratch("home"))
    try make([
      "worlds", "render", "--scenario", "free-fall", "--count", "6", "--frames", "8", "--size", "32", "--out",
      scratch("d.h5"), "--sign",
    ])
    var datasets = [scratch("d.h5"): (manifest: manifest, granted: try Self.listed(manifest))]
    for seed in Self.handmade {
      let path = scratch((seed as NSString).lastPathComponent + ".optin.json")
      try make(["consent", "init", seed, "--grant", "own-work", "--out", path])
      datasets[seed] = (path, try Self.listed(path))
    }
    self.datasets = datasets
    try Disk.write(Self.experiment, to: scratch("e.yaml"))
    try make(["finetune", scratch("e.yaml"), "--runs", scratch("made")])
    try Disk.makeFolder(scratch("runs"))
    try Self.move(from: scratch("made"), to: run) { !$0.hasPrefix(".") }
    let told = try program.run(["consent", "ledger", run, "--json"], in: scratch.path)
    guard let seen = Self.seen(told.output), seen > 0 else { throw Problem("the run counts no frames", at: run) }
    self.seen = seen
    try make(["sample", run, "--out", scratch("samples"), "--count", "1", "--steps", "2"])
    try Self.move(from: scratch("samples"), to: film) { $0.hasSuffix(".mp4") }
    try Self.features(to: scratch("f.safetensors"))
  }

  private static let made = Mutex<[FuzzCorpus]>([])

  /// One that is removed when the process ends: nothing else ends what is static, and it lies in memory.
  static func untilTheEnd() throws -> FuzzCorpus {
    let corpus = try FuzzCorpus()
    made.withLock { $0.append(corpus) }
    atexit {
      for corpus in FuzzCorpus.made.withLock({ $0 }) {
        try? FileManager.default.removeItem(atPath: corpus.scratch.path)
      }
    }
    return corpus
  }

  /// Datasets that another program wrote.
  static let handmade = ["chunked.h5", "flat.h5"].map { Repository.path("Tests/Fixtures/fuzz/" + $0) }

  /// SHA-256 of the frames a manifest lists, by clip.
  static func listed(_ manifest: String) throws -> [String: String] {
    let assets = try JSON.parse(Disk.read(manifest), at: manifest)["assets"]?.array ?? []
    return assets.reduce(into: [:]) { hashes, asset in
      guard let clip = asset["clip"]?.string else { return }
      hashes[clip] = asset["content"]?["frames_sha256"]?.string
    }
  }

  /// Frames in what `consent ledger --json` says.
  static func seen(_ output: Data) -> Int? {
    (try? JSON.parse(output, at: "output"))?["total"]?["seen"]?.integer
  }

  private static func move(from folder: String, to path: String, _ isMeant: (String) -> Bool) throws {
    guard let name = try FileManager.default.contentsOfDirectory(atPath: folder).first(where: isMeant) else {
      throw Problem("what was to be damaged was not made", at: folder)
    }
    try FileManager.default.moveItem(atPath: folder + "/" + name, toPath: path)
  }

  private static let experiment = """
    name: r
    data: [{path: d.h5}]
    window: 8
    consent: {purpose: research}
    model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [4, 2, 2]}
    codec: {kind: space-to-depth, space: 8}
    levels: {mode: equal, prefix_share: 0.5, prefix_frames: 4}
    train: {steps: 4, batch: 2, rate: 1.0e-3, warmup: 1}
    record: {checkpoint: 2, keep: 1}

    """

  private static func make(_ words: [String], _ program: FuzzedProgram, in scratch: Scratch) throws {
    let outcome = try program.run(words, in: scratch.path)
    guard outcome.status == 0 else {
      let said = (try? String(contentsOfFile: scratch("errors"), encoding: .utf8)) ?? ""
      throw Problem("'orrery \(words.joined(separator: " "))' did not end well: \(said.suffix(600))", at: scratch.path)
    }
  }

  /// 12 rows of 5 numbers.
  private static func features(to path: String) throws {
    var data = Data()
    for i in 0..<60 { withUnsafeBytes(of: Float(i % 13) / 7) { data.append(contentsOf: $0) } }
    let header = #"{"features":{"dtype":"F32","shape":[12,5],"data_offsets":[0,240]}}"#
    var file = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
    try Disk.write(file + Data(header.utf8) + data, to: path)
  }
}
