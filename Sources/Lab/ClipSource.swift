import Consent
import Files
import Foundation
import Media
import Synchronization
import Tensors

/// The clips an experiment may use, windowed, in an order that depends on seed and step alone.
///
/// It holds nothing but admissions: what the gate refused is listed in `tables` and cannot be read from here.
public final class ClipSource: Sendable {
  /// One window of one admitted clip.
  public struct Item: Sendable {
    let dataset: Int
    let admission: Admission
    let range: Range<Int>
  }

  public let datasets: [Dataset]
  public let gates: [Gate]
  public let items: [Item]
  public let window: Int
  public let height: Int, width: Int, fps: FrameRate
  /// [tokens, width] of the datasets' own text embeddings, when they have them.
  public let embedding: (tokens: Int, width: Int)?
  private let orders = Orders()

  /// Opens the data, asks the gate, cuts windows. Reads no pixels.
  /// - Parameters:
  ///   - exposures: frames seen in other runs, which count against the grants' caps.
  ///   - cacheBytes: most that decoded chunks may take, over all datasets.
  /// - Throws: `Problem` when nothing is left, or when datasets do not fit together.
  public init(_ experiment: Experiment, _ action: Action, split: Split, exposures: Exposures = Exposures(), cacheBytes: Int = 1 << 30, clock: () -> Moment = Moment.now) throws {
    let datasets = try experiment.data.map { try Dataset(path: $0.path, cacheBytes: cacheBytes / experiment.data.count) }
    let manifests = try zip(datasets, experiment.data).map { dataset, source in
      guard let path = source.manifest ?? dataset.manifestPath else {
        throw Problem("the dataset names no consent manifest, so no clip may be used", at: dataset.path, expected: "a manifest that grants its clips",
                      fix: "write one with 'orrery consent init \(dataset.path)', or name it as data[].manifest in the experiment")
      }
      return try Manifest(path: path)
    }
    let policy = try experiment.consent.files.policy(for: manifests)
    let gates = zip(datasets, manifests).map { Gate(dataset: $0, manifest: $1, request: experiment.request(action, at: clock()), policy: policy, exposures: exposures) }
    guard let first = datasets.first else { throw Problem.usage("the experiment names no data") }
    for other in datasets.dropFirst() where (other.height, other.width) != (first.height, first.width) || other.fps != first.fps {
      throw Problem("this dataset is \(other.width)×\(other.height) at \(other.fps), the first one \(first.width)×\(first.height) at \(first.fps)", at: other.path,
                    fix: "import both with the same --size and --fps")
    }
    var items: [Item] = []
    for (i, gate) in gates.enumerated() {
      for admission in gate.admissions(split: split) {
        for start in Swift.stride(from: 0, through: admission.frames - experiment.window, by: experiment.stride) {
          items.append(Item(dataset: i, admission: admission, range: start..<start + experiment.window))
        }
      }
    }
    if items.isEmpty {
      for gate in gates { try gate.requireAdmissions(split: split) }
      throw Problem("no admitted \(split.rawValue) clip has \(experiment.window) frames", at: first.path, fix: "use a shorter window, or import longer clips")
    }
    (self.datasets, self.gates, self.items) = (datasets, gates, items)
    (window, height, width, fps) = (experiment.window, first.height, first.width, first.fps)
    for other in datasets.dropFirst() where other.textEmbeddingShape.map({ [$0.tokens, $0.width] }) != first.textEmbeddingShape.map({ [$0.tokens, $0.width] }) {
      throw Problem("its text embeddings differ from the first dataset's, or only one of the two has them", at: other.path, fix: "write the same text_embedding into all, or into none")
    }
    embedding = first.textEmbeddingShape
  }

  /// The item at place `index` of an endless walk: each epoch is its own permutation.
  func item(_ index: Int, seed: UInt64) -> Int {
    let epoch = index / items.count
    return orders.permutation(epoch) { Random(seed: seed, step: epoch).permutation(items.count, .order) }[index % items.count]
  }

  /// Reads an item, verified. Safe from any thread.
  public func training(_ item: Int) throws -> TrainingClip {
    let it = items[item]
    return try TrainingClip(admission: it.admission, from: datasets[it.dataset], frames: it.range)
  }

  public func evaluation(_ item: Int) throws -> EvaluationClip {
    let it = items[item]
    return try EvaluationClip(admission: it.admission, from: datasets[it.dataset], frames: it.range)
  }

  /// The dataset's own embedding of an item's caption, if it has one.
  public func textEmbedding(_ item: Int) throws -> [Float]? {
    guard embedding != nil else { return nil }
    return try datasets[items[item].dataset].textEmbedding(items[item].admission.clipIndex)?.values
  }

  /// Identity of the data: every clip's id and content hash, in order. Part of the run's hash.
  public var contentHash: String {
    var hasher = SHA256Hasher()
    for dataset in datasets { for clip in dataset.clips { hasher.update("\(clip.id)\u{0}\(clip.framesSHA256)\u{0}\(clip.frames)\u{0}\(clip.split.rawValue)\n") } }
    return hasher.finish()
  }

  /// Identity of what was admitted: every window, in order. It decides the order of training, so it is part of the run's hash too.
  public var itemsHash: String {
    var hasher = SHA256Hasher()
    for item in items { hasher.update("\(item.dataset)\u{0}\(item.admission.clip)\u{0}\(item.range.lowerBound)\n") }
    return hasher.finish()
  }

  /// Every item's admission: what the ledger's `open` record states.
  public var admissions: [Admission] { items.map(\.admission) }

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
