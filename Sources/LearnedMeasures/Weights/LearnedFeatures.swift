import Files
import Frames
import Measures
import Synchronization
import Tensors

/// The networks of a folder, ready to be asked from any thread; they answer one at a time, each with all threads of
/// `compute`. What they say depends on the clip and the weights alone.
public final class LearnedFeatures: LearntFeatures, @unchecked Sendable {
  // Guarded by `lock`, as `compute` is: one caller at a time uses it and the tensors made on it.
  private let lock = Mutex<Void>(())
  private let compute: Compute
  private let nets: [PerceptualTrunk: PerceptualNet]
  private let i3d: I3D?, vit: VisionTransformer?
  private var references: [Reference] = []

  public let folder: FeaturesFolder

  /// Features of a clip others are held against, kept for the next that is.
  private struct Reference {
    let trunk: PerceptualTrunk, frames: Frames
    let features: [[Tensor]]
    let bytes: Int
  }
  /// Most bytes of them.
  private static let mostBytes = 256 << 20

  /// - Parameters:
  ///   - networks: those that are wanted, of which what is there is opened.
  ///   - compute: nobody else uses it while these are asked.
  /// - Throws: `Problem` when a file is malformed or of another layout.
  public init(_ folder: FeaturesFolder, _ networks: Set<FeaturesFolder.Network>, on compute: Compute) throws {
    (self.folder, self.compute) = (folder, compute)
    let files = try folder.files.filter { networks.contains($0.key) }.mapValues { try FeatureWeights($0) }
    nets = Dictionary(
      uniqueKeysWithValues: try PerceptualTrunk.allCases.compactMap { trunk in
        try files[trunk.network].map { (trunk, try PerceptualNet(trunk, $0, on: compute)) }
      })
    i3d = try files[.i3d].map { try I3D($0, on: compute) }
    vit = try files[.vit].map { try VisionTransformer($0, on: compute) }
  }

  public func weightsHash(_ trunk: PerceptualTrunk) -> String? { nets[trunk]?.weightsHash }

  public var transformerHash: String? { vit?.weightsHash }

  /// SHA-256 of the files in use, by network: part of a protocol.
  public var hashes: [Value.Field] {
    FeaturesFolder.Network.allCases.compactMap { network in
      let hash =
        switch network {
        case .alexnet: weightsHash(.alexnet)
        case .vgg16: weightsHash(.vgg16)
        case .i3d: i3d?.weightsHash
        case .vit: transformerHash
        }
      return hash.map { Value.Field(network.rawValue, .string($0)) }
    }
  }

  public func appearance(_ clip: Frames) -> Result<[[Float]], LearntObstacle> {
    guard let vit else { return .failure(.noTransformer) }
    return lock.withLock { _ in .success(vit.features(clip, on: compute)) }
  }

  public func distances(
    _ trunk: PerceptualTrunk, _ clip: Frames, reference: Frames
  ) -> Result<[Double], LearntObstacle> {
    guard let net = nets[trunk] else { return .failure(trunk.network.missing) }
    if let obstacle = net.obstacle(height: clip.height, width: clip.width) { return .failure(LearntObstacle(obstacle)) }
    return lock.withLock { _ in
      // Those of a long clip would fill the memory: it is looked at anew each time.
      let isKept = net.featureBytes(reference) <= Self.mostBytes
      let values =
        isKept
        ? net.values(clip, features(trunk, net, of: reference), on: compute)
        : net.values(clip, reference, on: compute)
      return .success(values.map(Double.init))
    }
  }

  /// Within the lock.
  private func features(_ trunk: PerceptualTrunk, _ net: PerceptualNet, of frames: Frames) -> [[Tensor]] {
    // Arrays that share their storage compare at once; others at the speed of memory.
    if let known = references.first(where: { $0.trunk == trunk && $0.frames == frames }) { return known.features }
    let features = net.features(frames, on: compute),
      bytes = features.reduce(0) { $0 + $1.reduce(0) { $0 + 4 * $1.count } }
    references.append(Reference(trunk: trunk, frames: frames, features: features, bytes: bytes))
    while references.reduce(0, { $0 + $1.bytes }) > Self.mostBytes, !references.isEmpty { references.removeFirst() }
    return features
  }

  /// Why clips of so many frames have no logits; nil where they have.
  public func logitsObstacle(frames: Int) -> LearntObstacle? {
    i3d == nil ? FeaturesFolder.Network.i3d.missing : I3D.obstacle(frames: frames).map { LearntObstacle($0) }
  }

  /// The 400 logits of a clip, or why there are none.
  public func logits(_ clip: Frames) -> Result<[Float], LearntObstacle> {
    if let obstacle = logitsObstacle(frames: clip.count) { return .failure(obstacle) }
    guard let i3d else { return .failure(FeaturesFolder.Network.i3d.missing) }
    return lock.withLock { _ in .success(i3d.logits(clip, on: compute)) }
  }
}

extension PerceptualTrunk {
  var network: FeaturesFolder.Network { self == .alexnet ? .alexnet : .vgg16 }
}
