import Consent
import Files
import Foundation
import Frames
import Media

/// `consent init`: a manifest with hashes that grants nothing, and an example of a grant to copy.
public enum ConsentDraft {
  /// - Parameter input: a dataset; or a video, a picture, or a folder of videos, which are listed by the hash of their
  ///   bytes and of their decoded frames: whatever is imported from them is then covered, re-muxed or not.
  /// - Returns: entries listed.
  public static func write(_ input: String, licensor: String, to path: String, _ console: Console) throws -> Int {
    guard !Disk.exists(path) else {
      throw Problem("a manifest is already there", at: path, fix: "choose another --out, or move it away")
    }
    let draft =
      try Disk.isFolder(input)
      ? files(VideoImport.videos(in: input), licensor, console)
      : HDF5Signature.stands(in: input)
        ? dataset(input, licensor) : files([(input, (input as NSString).lastPathComponent)], licensor, console)
    var document = draft.document
    // Fields that begin with x- are nobody's terms: this one grants nothing until a person moves it into `grants`.
    document.set("x-example-grant", example)
    document.set(
      "x-how",
      "Copy x-example-grant into grants, give it an id, name that id in the grants of each asset it covers, and change its terms to what was agreed. Then: orrery consent sign."
    )
    let manifest = try Manifest(document, at: path)
    try Disk.write(JSON.pretty(manifest.document), to: path)
    return manifest.assets.count
  }

  private static func dataset(_ path: String, _ licensor: String) throws -> Manifest {
    let dataset = try Dataset(path: path)
    let clips = try dataset.clips.enumerated().map { i, clip in
      Manifest.ListedClip(
        id: clip.id, framesSHA256: clip.framesSHA256.isEmpty ? try dataset.sha256(i) : clip.framesSHA256,
        width: dataset.width, height: dataset.height,
        frames: clip.frames, fps: dataset.fps.description)
    }
    return try Manifest.draft(licensor: licensor, clips: clips)
  }

  /// Names as `dataset import` gives them, so that a file imported whole keeps its entry.
  private static func files(
    _ found: [(path: String, relative: String)], _ licensor: String, _ console: Console
  ) throws -> Manifest {
    let stems = Dictionary(grouping: found, by: { stem($0.relative) }),
      progress = console.progress("hashing", total: found.count)
    var assets: [Value] = []
    for (i, file) in found.enumerated() {
      let name = stems[stem(file.relative)]?.count == 1 ? stem(file.relative) : file.relative
      let (content, media) = try hashes(file.path, file.relative)
      assets.append(["clip": .string(name), "content": content, "media": media, "grants": [], "likeness": []])
      progress.update(i + 1, file.relative)
    }
    var document = try Manifest.draft(licensor: licensor, clips: []).document
    // The same files make the same manifest, as for a dataset.
    document.set(
      "id",
      .string(
        "urn:sha256:"
          + Hashing.sha256(
            assets.map { ($0["clip"]?.string ?? "") + "\u{0}" + ($0["content"]?["file_sha256"]?.string ?? "") + "\n" }
              .joined())))
    document.set("assets", .array(assets))
    return try Manifest(document, at: "draft manifest")
  }

  private static func stem(_ relative: String) -> String {
    ((relative as NSString).lastPathComponent as NSString).deletingPathExtension
  }

  private static func hashes(_ path: String, _ relative: String) throws -> (content: Value, media: Value) {
    let reader = try VideoReader(path: path, hashing: true)
    var frames = 0
    while try reader.next() != nil { frames += 1 }
    guard frames > 0 else { throw Problem("no frame can be read from it", at: path, fix: "leave the file out") }
    let content: Value = [
      "file_sha256": .string(try Hashing.sha256(file: path)), "frames_sha256": .string(try reader.planesSHA256()),
      "path": .string(relative),
    ]
    return (
      content,
      [
        "width": Value(reader.info.width), "height": Value(reader.info.height), "frames": Value(frames),
        "fps": .string(reader.fps.description),
      ]
    )
  }

  private static let example: Value = [
    "id": "g1", "basis": "own-work", "licensee": "any", "actions": ["fine-tune", "evaluate"], "deny": [],
    "purpose": ["research"], "commercial": false,
    "derivatives": ["weights": "private", "outputs": "internal", "likeness_outputs": "deny"], "models": ["any"],
    "territory": ["*"],
    "valid": ["from": "2026-01-01T00:00:00Z", "until": nil],
  ]
}
