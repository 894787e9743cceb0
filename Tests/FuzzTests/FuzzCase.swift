import Files
import Foundation
import TestKit

/// One damaged file, and what the program made of it.
struct FuzzCase: Sendable {
  let target: FuzzTarget
  let number: Int

  /// What the program did that it must never do; nil when all was in order.
  struct Fault: Error, CustomStringConvertible {
    let words: [String], reason: String
    /// It had not ended in time: nothing else was seen to be wrong.
    var isSlow = false
    var description: String { "orrery \(words.joined(separator: " ")): \(reason)" }
  }

  /// Files of the target's kind to be damaged.
  private func seeds(_ corpus: FuzzCorpus) -> [String] {
    let fixtures = Repository.path("Tests/Fixtures/fuzz")
    switch target {
    case .hdf5: return [corpus.scratch("d.h5")] + FuzzCorpus.handmade
    case .mp4: return [corpus.film, fixtures + "/plain.mp4"]
    case .c2pa: return [corpus.film]
    case .png: return ["grey16.png", "palette.png", "rgb.png"].map { fixtures + "/" + $0 }
    case .jpeg: return ["baseline.jpg", "turned.jpg"].map { fixtures + "/" + $0 }
    case .safetensors: return [corpus.scratch("f.safetensors"), corpus.run + "/weights.safetensors"]
    case .yaml: return [corpus.scratch("e.yaml"), fixtures + "/manifest.yaml"]
    case .json: return [corpus.manifest]
    case .csv: return [fixtures + "/captions.csv", fixtures + "/preferences.csv"]
    case .ledger: return [corpus.run + "/ledger.jsonl"]
    case .run: return [corpus.run + "/run.json", corpus.run + "/events.jsonl"]
    }
  }

  /// What came of a case.
  struct Result {
    var outcomes: [FuzzOutcome] = []
    var fault: Fault?
    /// The damaged file.
    var bytes = Data()
  }

  /// Damages a file in `folder` and calls what reads it.
  func run(_ corpus: FuzzCorpus, in folder: String, by runner: any FuzzRunner) throws -> Result {
    let seeds = seeds(corpus), seed = seeds[number % seeds.count]
    let sound = [UInt8](try Disk.read(seed))
    let others = try seeds.count > 1 ? [[UInt8](Disk.read(seeds[(number + 1) % seeds.count]))] : [sound]
    var mutation = Mutation(key: target.key | UInt64(number), words: target.words, others: others)
    let damaged = mutation.apply(to: sound)
    // Half of the pictures get past the sums of their chunks.
    let isMended = target == .png && number / seeds.count % 2 == 1
    return try run(seed, sound, isMended ? PNGSums.mended(damaged) : damaged, corpus, folder, runner)
  }

  /// Calls the same on the sound file: a check on damage means something only where what is sound passes.
  func runSound(_ corpus: FuzzCorpus, in folder: String, by runner: any FuzzRunner) throws -> Result {
    let seeds = seeds(corpus), seed = seeds[number % seeds.count], sound = [UInt8](try Disk.read(seed))
    return try run(seed, sound, sound, corpus, folder, runner)
  }

  private func run(
    _ seed: String, _ sound: [UInt8], _ bytes: [UInt8], _ corpus: FuzzCorpus, _ folder: String,
    _ runner: any FuzzRunner
  ) throws -> Result {
    try? FileManager.default.removeItem(atPath: folder)
    try Disk.makeFolder(folder)
    var result = Result(bytes: Data(bytes))
    for (words, check) in try calls(seed, sound, bytes, corpus, folder) {
      let outcome = try runner.run(words, in: folder)
      result.outcomes.append(outcome)
      if let reason = outcome.fault ?? check(outcome) {
        result.fault = Fault(words: words, reason: reason, isSlow: outcome.isSlow)
        break
      }
    }
    return result
  }

  private typealias Call = (words: [String], check: (FuzzOutcome) -> String?)

  /// Lays the damaged file where the program looks for it.
  private func calls(
    _ seed: String, _ sound: [UInt8], _ damaged: [UInt8], _ corpus: FuzzCorpus, _ folder: String
  ) throws -> [Call] {
    let name = (seed as NSString).lastPathComponent, file = folder + "/" + name
    func write(_ path: String) throws { try Data(damaged).write(to: URL(fileURLWithPath: path)) }
    let isOdd = number / 3 % 2 == 1
    switch target {
    case .hdf5:
      try write(file)
      guard let (manifest, granted) = corpus.datasets[seed] else { return [] }
      let again = folder + "/again.json"
      // What the program itself reads of the damaged file is drafted anew, and held against what was granted.
      return [
        (["dataset", "inspect", file, "--json"], { _ in nil }),
        (["consent", "init", file, "--grant", "own-work", "--out", again], { _ in nil }),
        (
          ["consent", "check", file, "--manifest", manifest, "--unsigned", "own-work", "--full", "--json"],
          { Self.admittedBeyond(granted, again, $0) }
        ),
      ]
    case .mp4:
      try write(file)
      return [
        isOdd
          ? (["dataset", "import", file, "--out", "o.h5"], { _ in nil }) : (["score", file, "--json"], { _ in nil })
      ]
    case .png, .jpeg:
      // Among sound neighbours.
      try write(folder + "/b." + (name as NSString).pathExtension)
      try FileManager.default.createDirectory(atPath: folder + "/p", withIntermediateDirectories: true)
      for i in 0..<2 {
        try Disk.write(Data(i == 0 ? sound : damaged), to: folder + "/p/\(i)." + (name as NSString).pathExtension)
      }
      return [
        (["score", folder + "/p", "--fps", "8", "--metric", "vbench_temporal_flickering", "--json"], { _ in nil })
      ]
    case .safetensors:
      if seed.hasSuffix("weights.safetensors") {
        try link(run: corpus, to: folder, but: name)
        try write(folder + "/r/" + name)
        return [(["sample", folder + "/r", "--out", "s", "--count", "1", "--steps", "1"], { _ in nil })]
      }
      try write(file)
      return [(["metrics", "distance", file, seed, "--json"], { _ in nil })]
    case .yaml:
      try write(folder + "/" + name)
      if name == "manifest.yaml" { return [(["consent", "verify", file, "--json"], { _ in nil })] }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/d.h5", withDestinationPath: corpus.scratch("d.h5"))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/d.optin.json", withDestinationPath: corpus.manifest)
      return [(["finetune", file, "--dry-run", "--runs", folder + "/runs", "--json"], { _ in nil })]
    case .json:
      try write(file)
      let same = Self.sameDocument(sound, damaged)
      return [
        (
          ["consent", "check", corpus.scratch("d.h5"), "--manifest", file, "--json"],
          { outcome in
            // Every clip rests on the signature: a word changed refuses all of them.
            outcome.status == 0 && !same ? "a changed manifest admitted clips" : nil
          }
        )
      ]
    case .csv:
      try write(file)
      if name == "preferences.csv" { return [(["compare", "--preferences", file, "--json"], { _ in nil })] }
      return [(["dataset", "import", corpus.film, "--out", "o.h5", "--captions", file], { _ in nil })]
    case .ledger:
      try link(run: corpus, to: folder, but: name)
      try write(folder + "/r/" + name)
      // A line torn as by a crash is passed over; whatever is, no frame that was seen may go with it.
      return [
        (
          ["consent", "ledger", folder + "/r", "--json"],
          { outcome in
            guard outcome.status == 0 else { return nil }
            let seen = FuzzCorpus.seen(outcome.output)
            return seen.map { $0 < corpus.seen } ?? true
              ? "a changed ledger counts \(seen ?? 0) of \(corpus.seen) frames" : nil
          }
        )
      ]
    case .run:
      try link(run: corpus, to: folder, but: name)
      try write(folder + "/r/" + name)
      return [
        isOdd ? (["runs", "--runs", folder, "--json"], { _ in nil }) : (["compare", folder + "/r"], { _ in nil })
      ]
    case .c2pa:
      try write(file)
      return [
        (
          ["credentials", "verify", file, "--json"],
          { outcome in
            outcome.status == 0 && Self.pictures(of: sound) != Self.pictures(of: damaged)
              ? "a changed film is Trusted" : nil
          }
        )
      ]
    }
  }

  /// A run's folder with one file left out; the others are links to one copy.
  private func link(run corpus: FuzzCorpus, to folder: String, but name: String) throws {
    let files = FileManager.default
    try Disk.makeFolder(folder + "/r")
    for entry in try files.subpathsOfDirectory(atPath: corpus.run) where entry != name && entry != "report.html" {
      var isFolder: ObjCBool = false
      _ = files.fileExists(atPath: corpus.run + "/" + entry, isDirectory: &isFolder)
      if isFolder.boolValue {
        try Disk.makeFolder(folder + "/r/" + entry)
      } else {
        try files.linkItem(atPath: corpus.run + "/" + entry, toPath: folder + "/r/" + entry)
      }
    }
  }

  // MARK: nothing admitted that was not

  /// Clips admitted from a damaged dataset must have the frames that were granted under that name.
  private static func admittedBeyond(
    _ granted: [String: String], _ again: String, _ outcome: FuzzOutcome
  ) -> String? {
    guard outcome.status == 0 else { return nil }
    guard let found = try? JSON.parse(outcome.output, at: "output") else { return "exit 0 without JSON" }
    let admitted = (found["clips"]?.array ?? []).filter { $0["verdict"]?.string == "admitted" }.compactMap {
      $0["clip"]?.string
    }
    let now = (try? FuzzCorpus.listed(again)) ?? [:]
    let stray = admitted.first { clip in granted[clip] == nil || now[clip].map { $0 != granted[clip] } ?? false }
    return stray.map { "clip '\($0)' was admitted with frames nobody granted" }
  }

  private static func sameDocument(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard let x = try? JSON.parse(Data(a), at: ""), let y = try? JSON.parse(Data(b), at: "") else { return false }
    return (try? JSON.canonical(x, at: "")) == (try? JSON.canonical(y, at: ""))
  }

  /// C2PA's own kind of `uuid` box.
  private static let manifestBox: [UInt8] = [
    0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81,
  ]

  /// What a player shows: every top-level box but those that C2PA leaves out of the hash (C2PA 2.1, BMFF hash v3): the
  /// manifest itself and the `ftyp` a file begins with.
  private static func pictures(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var boxes: [ArraySlice<UInt8>] = [], at = 0
    while at + 8 <= bytes.count {
      var size = 0
      for byte in bytes[at..<at + 4] { size = size << 8 | Int(byte) }
      let end = size < 8 ? bytes.count : at + size
      guard end <= bytes.count else { return boxes + [bytes[at...]] }
      let kind = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self),
        isManifest = kind == "uuid" && bytes[min(at + 8, end)..<end].starts(with: manifestBox)
      if !isManifest, kind != "ftyp" || at > 0 { boxes.append(bytes[at..<end]) }
      at = end
    }
    return at < bytes.count ? boxes + [bytes[at...]] : boxes
  }
}
