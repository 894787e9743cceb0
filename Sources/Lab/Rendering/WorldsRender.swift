import Consent
import Files
import Foundation
import Frames
import Media
import Worlds

/// `orrery worlds render`: a dataset of clips a program draws, with its manifest. What our program draws alone is our
/// own work and granted; what it makes of somebody's pictures is listed and left ungranted.
public struct WorldsRender {
  public enum Ownership: Sendable {
    /// Granted by whoever renders.
    case ownWork
    /// The clips show somebody else's work: the manifest lists them and grants nothing, until whoever may grant fills
    /// it in.
    case unspoken
  }

  public var set: any ClipSet
  public var ownership: Ownership
  /// Training clips listed nowhere in the manifest: to show a refusal.
  public var ungranted: Int

  public init(_ set: any ClipSet, ownership: Ownership = .ownWork, ungranted: Int = 0) {
    (self.set, self.ownership, self.ungranted) = (set, ownership, ungranted)
  }

  public init(
    scenarios: [Scenario], count: Int, setting: Setting, validationShare: Double = 0.1, first: Int = 0,
    ungranted: Int = 0
  ) throws {
    self.init(
      try WorldDataset(
        scenarios: scenarios, count: count, validationShare: validationShare, setting: setting, first: first),
      ungranted: ungranted)
  }

  /// Writes FILE.h5 and FILE.optin.json beside it.
  /// - Parameters:
  ///   - licensor: who grants, by a plain name.
  ///   - key: signs the manifest; without one it is self-declared.
  /// - Returns: the manifest's path.
  @discardableResult
  public func write(to path: String, licensor: String, key: SigningKey? = nil, _ console: Console) throws -> String {
    let manifestPath = (path as NSString).deletingPathExtension + ".optin.json"
    let writer = try set.writer(
      path: path, attributes: ["optin_manifest": (manifestPath as NSString).lastPathComponent])
    let progress = console.progress("rendering", total: set.count)
    var listed: [Manifest.ListedClip] = []
    try set.forEach { i, clip in
      try writer.append(id: clip.id, frames: clip.frames, split: clip.split, caption: clip.caption, state: clip.state)
      listed.append(
        .init(
          id: clip.id, framesSHA256: FrameHash.sha256(clip.frames), width: set.width, height: set.height,
          frames: set.frames, fps: set.fps.description,
          conditioning: ClipConditioning(
            caption: clip.caption, rate: set.fps, state: (set.stateColumns, clip.state))))
      progress.update(i + 1)
    }
    // The manifest lands first: a dataset whose manifest is missing is refused, a manifest without a dataset does
    // nothing.
    try manifest(of: listed, licensor: licensor, key: key, at: manifestPath).write(to: manifestPath)
    try writer.finish()
    return manifestPath
  }

  private func manifest(
    of listed: [Manifest.ListedClip], licensor: String, key: SigningKey?, at path: String
  ) throws -> Manifest {
    switch ownership {
    case .ownWork:
      // The last `ungranted` training clips are left out: the gate must refuse them.
      let withheld = Set(listed.indices.filter { $0 < set.trainCount }.suffix(ungranted))
      let granted = listed.enumerated().filter { !withheld.contains($0.offset) }.map(\.element)
      let manifest = try Manifest.ownWork(
        licensor: key?.did ?? licensor, name: key.map { _ in licensor }, clips: granted)
      return try key.map { try manifest.signed(by: $0, at: path) } ?? manifest
    case .unspoken: return try Manifest.draft(licensor: "unknown", clips: listed)
    }
  }
}
