import Consent
import Files
import Media

/// The preflight as a command.
public enum ConsentCheck {
  public static func gate(_ path: String, manifest: String?, _ request: ConsentRequest, full: Bool, _ console: Console) throws -> Gate {
    let dataset = try Dataset(path: path)
    guard let manifest = manifest ?? dataset.manifestPath else {
      throw Problem("the dataset names no consent manifest", at: path, fix: "name one with --manifest, or write a draft with 'orrery consent init \(path)'")
    }
    let gate = Gate(dataset: dataset, manifest: try Manifest(path: manifest), request: request)
    guard full else { return gate }
    let progress = console.progress("verifying", total: gate.decisions.count)
    return gate.verifyingContent { done, _ in progress.update(done) }
  }
}

/// `consent init`: a manifest with hashes that grants nothing.
public enum ConsentDraft {
  public static func write(_ dataset: Dataset, licensor: String, to path: String) throws {
    guard !Disk.exists(path) else { throw Problem("a manifest is already there", at: path, fix: "choose another --out, or move it away") }
    let clips = try dataset.clips.enumerated().map { i, clip in
      Manifest.ListedClip(id: clip.id, framesSHA256: clip.framesSHA256.isEmpty ? try dataset.sha256(i) : clip.framesSHA256, width: dataset.width, height: dataset.height,
                          frames: clip.frames, fps: dataset.fps.description)
    }
    try Manifest.draft(licensor: licensor, clips: clips).write(to: path)
  }
}
