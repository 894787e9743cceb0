import Consent
import Files
import Foundation
import Frames
import Media
import Runs
import Synchronization
import Tensors

/// A grant ran out between the gate's look and the read. Nothing was read.
package struct GrantEnded: Error, CustomStringConvertible {
  package let clip: String
  package var description: String { "the grant of the clip '\(clip)' has ended" }

  package init(clip: String) {
    self.clip = clip
  }
}

/// What lies under a clip's name is not what was granted any more. Nothing of it was handed out.
package struct ContentChanged: Error, CustomStringConvertible {
  package let clip: String
  package let problem: Problem
  package var description: String { problem.description }

  /// What stands against the clip, as a gate would say it.
  package var reason: Reason {
    Reason(.contentChanged, problem.what, fix: problem.fix ?? "restore the file from its source")
  }
}

/// The clips an experiment may use, windowed, in an order that depends on seed and step alone.
///
/// It holds nothing but admissions: what the gate refused is listed in `gates` and cannot be read from here. The
/// windows stay the same for a run's whole life; a clip that loses its grant keeps its places in the walk, and nobody
/// can read them.
public final class ClipSource: Sendable {
  /// One window of one clip.
  public struct Item: Sendable {
    package let dataset: Int
    /// The clip's name.
    package let clip: String
    package let range: Range<Int>
    /// nil when nobody grants it any more.
    package let admission: Admission?
  }

  public let datasets: [Dataset]
  public let gates: [Gate]
  public let items: [Item]
  /// Names of the clips, in the order of their first window.
  package let clips: [String]
  package let clipIndex: [String: Int]
  /// Index in `clips` of each item.
  let clipOf: [Int]
  private let windows: Windows
  /// nil: all.
  private let split: Split?
  public let height: Int, width: Int, fps: FrameRate
  /// [tokens, width] of the datasets' own text embeddings, when they have them.
  public let embedding: (tokens: Int, width: Int)?
  /// What each dataset's actions are called; nil where they are not looked at, or it has none.
  package let actionNames: [String?]
  /// Most that decoded chunks may take, over all datasets.
  private let cacheBytes: Int
  private let orders: Orders
  let clock: @Sendable () -> Moment

  /// Opens the data, asks the gate, cuts windows. Reads no pixels.
  /// - Parameters:
  ///   - split: nil takes all clips.
  ///   - including: clips that have places in the walk whether or not they are granted now: the run began with them.
  ///   - exposures: frames seen in other runs, which count against the grants' caps.
  ///   - cacheBytes: most that decoded chunks may take, over all datasets.
  /// - Throws: `Problem` when nothing is left, or when datasets do not fit together.
  public init(
    _ experiment: Experiment, _ action: Action, split: Split?, including: Set<String> = [],
    exposures: Exposures = Exposures(), cacheBytes: Int = 1 << 30,
    clock: @escaping @Sendable () -> Moment = Moment.now
  ) throws {
    let opened = try experiment.data.map {
      try Dataset($0, cacheBytes: cacheBytes / experiment.data.count)
    }
    for dataset in opened { try dataset.requireOneRateAndSize() }
    let gates = try ConsentDocuments(experiment, opened).gates(action, exposures, at: clock())
    // With the hashes that the gates hold clips to.
    let datasets = gates.map(\.dataset)
    guard let first = datasets.first else { throw Problem.usage("the experiment names no data") }
    for other in datasets.dropFirst()
    where (other.height, other.width) != (first.height, first.width) || other.fps != first.fps {
      throw Problem(
        "this dataset is \(other.width)×\(other.height) at \(other.fps), the first one \(first.width)×\(first.height) at \(first.fps)",
        at: other.path,
        fix: first.found == nil && other.found == nil
          ? "import both with the same --size and --fps" : "train on one of them, or on datasets of one size and rate")
    }
    let windows = try Windows(length: experiment.window, stride: experiment.stride)
    var items: [Item] = []
    for (i, gate) in gates.enumerated() {
      let admitted = Dictionary(uniqueKeysWithValues: gate.admissions(split: split).map { ($0.clipIndex, $0) })
      for (index, clip) in gate.dataset.clips.enumerated()
      where (split == nil || clip.split == split) && (admitted[index] != nil || including.contains(clip.id)) {
        items += windows.ranges(in: clip.frames).map {
          Item(dataset: i, clip: clip.id, range: $0, admission: admitted[index])
        }
      }
    }
    if !items.contains(where: { $0.admission != nil }) {
      for gate in gates { try gate.requireAdmissions(split: split) }
      throw Problem(
        "no admitted \(split.map { $0.rawValue + " " } ?? "")clip has \(experiment.window) frames", at: first.path,
        fix: "use a shorter window, or import longer clips")
    }
    for other in datasets.dropFirst()
    where other.textEmbeddingShape.map({ [$0.tokens, $0.width] })
      != first.textEmbeddingShape.map({ [$0.tokens, $0.width] })
    {
      throw Problem(
        "its text embeddings differ from the first dataset's, or only one of the two has them", at: other.path,
        fix: "write the same text_embedding into all, or into none")
    }
    (self.datasets, self.gates, self.items) = (datasets, gates, items)
    (self.windows, self.split) = (windows, split)
    (height, width, fps) = (first.height, first.width, first.fps)
    var clips: [String] = [], clipIndex: [String: Int] = [:]
    clipOf = items.map { item in
      if let i = clipIndex[item.clip] { return i }
      clipIndex[item.clip] = clips.count
      clips.append(item.clip)
      return clips.count - 1
    }
    (self.clips, self.clipIndex) = (clips, clipIndex)
    embedding = first.textEmbeddingShape
    self.cacheBytes = cacheBytes
    actionNames = zip(datasets, experiment.data).map { dataset, source in
      experiment.actions == nil || dataset.actionColumns.isEmpty
        ? nil : source.actions ?? Experiment.Source.usualActions
    }
    orders = Orders()
    self.clock = clock
  }

  /// The same windows under what the gates say now.
  private init(_ old: ClipSource, _ gates: [Gate], _ items: [Item]) {
    (datasets, self.gates, self.items, clips, clipIndex, clipOf) = (
      old.datasets, gates, items, old.clips, old.clipIndex, old.clipOf
    )
    (height, width, fps, embedding, clock) = (old.height, old.width, old.fps, old.embedding, old.clock)
    (orders, windows, split, actionNames) = (old.orders, old.windows, old.split, old.actionNames)
    cacheBytes = old.cacheBytes
  }

  /// The same windows under the admissions of `gates`, which are of the same datasets, or else of `fallback`; those of
  /// `gone` are closed.
  package func rebound(to gates: [Gate], or fallback: ClipSource? = nil, without gone: Set<String>) -> ClipSource {
    let admitted = gates.map {
      Dictionary($0.admissions(split: split).map { ($0.clip, $0) }, uniquingKeysWith: { a, _ in a })
    }
    return ClipSource(
      self, gates,
      items.enumerated().map { i, item in
        let admission =
          gone.contains(item.clip) ? nil : admitted[item.dataset][item.clip] ?? fallback?.items[i].admission
        return Item(dataset: item.dataset, clip: item.clip, range: item.range, admission: admission)
      })
  }

  /// When the first of the admissions ends.
  package var nextExpiry: Moment? { items.lazy.compactMap(\.admission?.expires).min() }

  /// The item at place `index` of an endless walk: each epoch is its own permutation.
  package func item(_ index: Int, seed: UInt64) -> Int {
    let epoch = index / items.count
    return orders.permutation(epoch) { Random(seed: seed, step: epoch).permutation(items.count, .order) }[
      index % items.count]
  }

  /// Bytes that decoded frames of the admitted clips take at most, once all of them were read.
  package var decodedBytes: Int {
    datasets.indices.reduce(0) { sum, d in
      let clips = Set(items.filter { $0.dataset == d && $0.admission != nil }.map(\.clip)),
        frames = datasets[d].clips.reduce(0) { clips.contains($1.id) ? $0 + $1.frames : $0 }
      return sum + min(cacheBytes / datasets.count, frames * height * width * 3)
    }
  }

  /// Frames a window.
  public var window: Int { windows.length }

  /// Reads an item, verified. Safe from any thread.
  /// - Throws: `GrantEnded`, `ContentChanged`, or what reading throws.
  public func training(_ item: Int) throws -> TrainingClip {
    let it = items[item]
    guard let admission = it.admission, admission.expires.map({ clock() < $0 }) ?? true else {
      throw GrantEnded(clip: it.clip)
    }
    do {
      return try TrainingClip(
        admission: admission, from: datasets[it.dataset], frames: it.range, actions: actionNames[it.dataset],
        clock: clock)
    } catch let problem as Problem {
      guard isChanged(admission, datasets[it.dataset].reading) else { throw problem }
      throw ContentChanged(clip: it.clip, problem: problem)
    }
  }

  /// Whether a clip that cannot be read is other content now, rather than out of reach for the moment (a disk that
  /// fails, a network that is down): the file is opened anew and the clip hashed whole, which says so or says nothing.
  private func isChanged(_ admission: Admission, _ reading: Reading) -> Bool {
    guard let now = try? Dataset(path: admission.datasetPath, reading: reading, cacheBytes: 0),
      now.clips.indices.contains(admission.clipIndex), now.clips[admission.clipIndex].id == admission.clip,
      let hash = try? now.sha256(admission.clipIndex)
    else { return false }
    return hash != admission.framesSHA256
  }

  public func evaluation(_ item: Int) throws -> EvaluationClip {
    let it = items[item]
    guard let admission = it.admission else { throw GrantEnded(clip: it.clip) }
    return try EvaluationClip(
      admission: admission, from: datasets[it.dataset], frames: it.range, actions: actionNames[it.dataset], clock: clock
    )
  }

  /// The dataset's own embedding of an item's caption, if it has one.
  public func textEmbedding(_ item: Int) throws -> [Float]? {
    guard embedding != nil else { return nil }
    let it = items[item]
    guard let admission = it.admission, let found = try datasets[it.dataset].textEmbedding(admission.clipIndex) else {
      return nil
    }
    guard ClipConditioning.hash(of: found) == admission.conditioning[.textEmbedding] else {
      throw Problem(
        "the text embedding is not the one that was admitted", at: "\(admission.datasetPath), clip \(it.clip)",
        fix: "restore the file from its source, and run the preflight again")
    }
    return found.values
  }

  /// Identity of the stored embeddings, which the contents' hash does not cover; nil when there are none.
  package var embeddingsHash: String? {
    get throws {
      guard embedding != nil else { return nil }
      var hasher = SHA256Hasher()
      for dataset in datasets {
        for (i, clip) in dataset.clips.enumerated() {
          hasher.update("\(clip.id)\u{0}\(try dataset.conditioning(i)[.textEmbedding] ?? "")\n")
        }
      }
      return hasher.finish()
    }
  }

  /// Identity of the data: every clip's id and content hash, in order. Part of the run's hash.
  public var contentHash: String {
    var hasher = SHA256Hasher()
    for dataset in datasets {
      for clip in dataset.clips {
        hasher.update("\(clip.id)\u{0}\(clip.framesSHA256)\u{0}\(clip.frames)\u{0}\(clip.split.rawValue)\n")
      }
    }
    return hasher.finish()
  }

  /// Identity of what the run began with: every window, in order. It decides the order of training, so it is part of
  /// the run's hash too.
  public var itemsHash: String { hash(items.map { ($0.dataset, $0.clip, $0.range.lowerBound) }) }

  /// The same, were the clips of `began` granted too.
  package func itemsHash(including began: Set<String>) -> String {
    let own = Set(items.map { "\($0.dataset)/\($0.clip)" })
    return hash(
      datasets.enumerated().flatMap { i, dataset in
        dataset.clips.filter {
          (split == nil || $0.split == split) && (own.contains("\(i)/\($0.id)") || began.contains($0.id))
        }.flatMap {
          clip in
          windows.ranges(in: clip.frames).map { (i, clip.id, $0.lowerBound) }
        }
      })
  }

  private func hash(_ windows: [(dataset: Int, clip: String, start: Int)]) -> String {
    var hasher = SHA256Hasher()
    for w in windows { hasher.update("\(w.dataset)\u{0}\(w.clip)\u{0}\(w.start)\n") }
    return hasher.finish()
  }

  /// The admission of every clip that may be read, once a clip and dataset: what the ledger's `open` record states.
  public var admissions: [Admission] {
    var last: (Int, String)?
    return items.compactMap { item in
      defer { last = (item.dataset, item.clip) }
      return last.map { $0 == (item.dataset, item.clip) } ?? false ? nil : item.admission
    }
  }

  /// Epoch orders, shared by the training thread and the one that reads ahead.
  private final class Orders: Sendable {
    private let known = Mutex<[Int: [Int]]>([:])

    func permutation(_ epoch: Int, _ make: () -> [Int]) -> [Int] {
      known.withLock { orders in
        if let order = orders[epoch] { return order }
        let order = make()
        orders = orders.filter { $0.key >= epoch - 1 }
        orders[epoch] = order
        return order
      }
    }
  }
}
