import Consent
import Files
import Foundation
import Media
import Worlds

/// `orrery worlds render`: a dataset of worlds with the manifest that grants it. What a program of ours draws is our own work.
public struct WorldsRender {
  public var scenarios: [Scenario]
  public var count: Int
  public var setting: Setting
  public var validationShare: Double
  public var first: Int
  /// Clips listed in the manifest without a grant: to show a refusal.
  public var ungranted: Int

  public init(scenarios: [Scenario], count: Int, setting: Setting, validationShare: Double = 0.1, first: Int = 0, ungranted: Int = 0) {
    (self.scenarios, self.count, self.setting, self.validationShare, self.first, self.ungranted) = (scenarios, count, setting, validationShare, first, ungranted)
  }

  /// Writes FILE.h5 and FILE.optin.json beside it.
  /// - Parameters:
  ///   - licensor: who grants, by a plain name.
  ///   - key: signs the manifest; without one it is self-declared.
  /// - Returns: the manifest's path.
  @discardableResult
  public func write(to path: String, licensor: String, key: SigningKey? = nil, _ console: Console) throws -> String {
    let manifestPath = (path as NSString).deletingPathExtension + ".optin.json"
    let stream = try WorldDataset(scenarios: scenarios, count: count, validationShare: validationShare, setting: setting, first: first)
    let writer = try stream.writer(path: path, attributes: ["optin_manifest": (manifestPath as NSString).lastPathComponent])
    let progress = console.progress("rendering", total: count)
    var listed: [Manifest.ListedClip] = []
    try stream.forEach { i, clip in
      try writer.append(id: clip.id, frames: clip.frames, split: clip.split, caption: clip.caption, state: clip.state)
      listed.append(.init(id: clip.id, framesSHA256: FrameHash.sha256(clip.frames), width: setting.width, height: setting.height, frames: setting.frames,
                          fps: clip.frames.fps.description))
      progress.update(i + 1)
    }
    // The manifest lands first: a dataset whose manifest is missing is refused, a manifest without a dataset does nothing.
    // The last `ungranted` training clips are left out of it: the gate must refuse them.
    let withheld = Set(listed.indices.filter { $0 < stream.trainCount }.suffix(ungranted))
    let granted = listed.enumerated().filter { !withheld.contains($0.offset) }.map(\.element)
    let manifest = try Manifest.ownWork(licensor: key?.did ?? licensor, name: key.map { _ in licensor }, clips: granted)
    try (key.map { try manifest.signed(by: $0, at: manifestPath) } ?? manifest).write(to: manifestPath)
    try writer.finish()
    return manifestPath
  }
}
