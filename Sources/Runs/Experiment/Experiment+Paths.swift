import Diffusion
import Files
import Foundation
import Models

/// Where the files an experiment names lie. None of it is hashed: a run is its contents.
extension Experiment {
  /// How far above a run's folder its project begins: `PROJECT/experiments/runs/RUN`.
  private static let projectDepth = 3

  /// With every path changed; an optional one that is nil stays so.
  private func mappingPaths(_ change: (String) -> String) -> Experiment {
    var e = self
    for i in e.data.indices {
      e.data[i].path = change(e.data[i].path)
      e.data[i].manifest = e.data[i].manifest.map(change)
    }
    e.from = e.from.map(change)
    e.captions.from = e.captions.from.map(change)
    e.codec.from = e.codec.from.map(change)
    e.pictures.from = e.pictures.from.map(change)
    if let from = e.autoencoder?.perceptual?.from { e.autoencoder?.perceptual?.from = change(from) }
    e.consent.files.trust = e.consent.files.trust.map(change)
    e.consent.files.revocations = e.consent.files.revocations.map(change)
    return e
  }

  /// Paths into the project that `folder`, a run's, lies in, from that folder on; others stay absolute: what lies
  /// elsewhere does not move with it.
  package func relative(to folder: String) -> Experiment {
    let own = (folder as NSString).pathComponents
    return mappingPaths { path in
      let parts = (path as NSString).pathComponents, common = zip(own, parts).prefix { $0 == $1 }.count
      // A common "/" alone is no project.
      guard common > 1, own.count - common <= Self.projectDepth, common < parts.count else { return path }
      return (Array(repeating: "..", count: own.count - common) + parts[common...]).joined(separator: "/")
    }
  }

  /// The paths of another reading of the same experiment, which knows where things lie now.
  package func lying(as other: Experiment) -> Experiment {
    guard data.count == other.data.count else { return self }
    var e = self
    for i in e.data.indices { (e.data[i].path, e.data[i].manifest) = (other.data[i].path, other.data[i].manifest) }
    (e.from, e.captions.from, e.consent.files) = (other.from, other.captions.from, other.consent.files)
    (e.codec.from, e.pictures.from) = (other.codec.from, other.pictures.from)
    if let from = other.autoencoder?.perceptual?.from { e.autoencoder?.perceptual?.from = from }
    return e
  }

  /// The dataset, manifest or folder `old` (whole, a folder above it, or a dataset's file name alone) is at `new` now.
  /// - Throws: `Problem` (usage) when nothing of it lies there.
  package func moved(_ old: String, to new: String) throws -> Experiment {
    let old = old.hasSuffix("/") ? String(old.dropLast()) : old, whole = Disk.absolute(old), place = Disk.absolute(new)
    var hits = 0
    let e = mappingPaths { path in
      if path == whole || path == old || (path as NSString).lastPathComponent == old {
        hits += 1
        return place
      }
      guard let prefix = [whole, old].first(where: { path.hasPrefix($0 + "/") }) else { return path }
      hits += 1
      return place + path.dropFirst(prefix.count)
    }
    guard hits > 0 else {
      throw Problem.usage(
        "no data of the run lies at '\(old)'", at: "--data",
        expected: "one of \(data.map(\.path).joined(separator: ", "))",
        fix: "say --data OLD=NEW, OLD as the run has it")
    }
    return e
  }
}

extension Experiment {
  /// With data that moved: `OLD=NEW`, in order.
  /// - Throws: `Problem` (usage) for words of another form, and where nothing of the experiment lies at OLD.
  public func moved(_ words: [String]) throws -> Experiment {
    try words.reduce(self) { experiment, word in
      guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
        throw Problem.usage("'\(word)' names no move", at: "--data", expected: "OLD=NEW")
      }
      return try experiment.moved(String(word[..<equals]), to: String(word[word.index(after: equals)...]))
    }
  }
}

extension Run {
  /// The same for a run's experiment.
  public func moved(_ words: [String]) throws -> Run {
    var run = self
    run.experiment = try run.experiment.moved(words)
    return run
  }
}

extension [Run] {
  /// The same for several runs: a move concerns those of which something lies there.
  /// - Throws: `Problem` (usage) where nothing of any of them lies at OLD.
  public func moved(_ words: [String]) throws -> [Run] {
    try words.reduce(self) { runs, word in
      let found = runs.map { run in Result { try run.moved([word]) } }
      guard found.contains(where: { (try? $0.get()) != nil }) else { return try found.map { try $0.get() } }
      return zip(runs, found).map { (try? $1.get()) ?? $0 }
    }
  }
}
