import Consent
import Files
import Foundation
import Media

/// The preflight as a command.
public enum ConsentCheck {
  public static func gate(_ path: String, manifest: String?, _ files: ConsentFiles = ConsentFiles(), _ request: ConsentRequest, full: Bool, _ console: Console) throws -> Gate {
    let dataset = try Dataset(path: path)
    guard let manifest = manifest ?? dataset.manifestPath else {
      throw Problem("the dataset names no consent manifest", at: path, fix: "name one with --manifest, or write a draft with 'orrery consent init \(path)'")
    }
    let read = try Manifest(path: manifest)
    let gate = Gate(dataset: dataset, manifest: read, request: request, policy: try files.policy(for: [read]))
    guard full else { return gate }
    let progress = console.progress("verifying", total: gate.decisions.count)
    return gate.verifyingContent { done, _ in progress.update(done) }
  }
}

extension ConsentCheck {
  /// The call of `consent check` that fits a dataset: with the bases its manifest states, or the way to a manifest.
  public static func command(_ path: String) -> String {
    guard let manifest = (try? Dataset(path: path))?.manifestPath, let read = try? Manifest(path: manifest) else {
      return "orrery consent init \(path) --licensor NAME"
    }
    guard read.signatures.isEmpty else { return "orrery consent check \(path)" }
    let bases = Set(read.grants.compactMap(\.basis)).map(\.rawValue).sorted()
    return "orrery consent check \(path)" + bases.map { " --unsigned \($0)" }.joined()
  }
}

/// `consent init`: a manifest with hashes that grants nothing, and an example of a grant to copy.
public enum ConsentDraft {
  /// - Parameter input: a dataset, or a video or picture file, which is listed by the hash of its bytes: whatever is imported from it
  ///   is then covered.
  /// - Returns: entries listed.
  public static func write(_ input: String, licensor: String, to path: String) throws -> Int {
    guard !Disk.exists(path) else { throw Problem("a manifest is already there", at: path, fix: "choose another --out, or move it away") }
    let (draft, count) = try Score.isHDF5(input) ? dataset(input, licensor) : file(input, licensor)
    var document = draft.document
    // Fields that begin with x- are nobody's terms: this one grants nothing until a person moves it into `grants`.
    document.set("x-example-grant", example)
    document.set("x-how", "Copy x-example-grant into grants, give it an id, name that id in the grants of each asset it covers, and change its terms to what was agreed.")
    try Disk.write(JSON.pretty(try Manifest(document, at: path).document), to: path)
    return count
  }

  private static func dataset(_ path: String, _ licensor: String) throws -> (Manifest, Int) {
    let dataset = try Dataset(path: path)
    let clips = try dataset.clips.enumerated().map { i, clip in
      Manifest.ListedClip(id: clip.id, framesSHA256: clip.framesSHA256.isEmpty ? try dataset.sha256(i) : clip.framesSHA256, width: dataset.width, height: dataset.height,
                          frames: clip.frames, fps: dataset.fps.description)
    }
    return (try Manifest.draft(licensor: licensor, clips: clips), clips.count)
  }

  private static func file(_ path: String, _ licensor: String) throws -> (Manifest, Int) {
    let info = try VideoReader(path: path).info, hash = try Hashing.sha256(file: path), name = (path as NSString).lastPathComponent
    var document = try Manifest.draft(licensor: licensor, clips: []).document
    document.set("assets", [[
      "clip": .string((name as NSString).deletingPathExtension), "content": ["file_sha256": .string(hash), "path": .string(name)],
      "media": ["width": Value(info.width), "height": Value(info.height)], "grants": [], "likeness": [],
    ]])
    return (try Manifest(document, at: path), 1)
  }

  private static let example: Value = [
    "id": "g1", "basis": "own-work", "licensee": "any", "actions": ["fine-tune", "evaluate"], "deny": [], "purpose": ["research"], "commercial": false,
    "derivatives": ["weights": "private", "outputs": "internal", "likeness_outputs": "deny"], "models": ["any"], "territory": ["*"],
    "valid": ["from": "2026-01-01T00:00:00Z", "until": nil],
  ]
}
