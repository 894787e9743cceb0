import Clips
import Consent
import Files
import Foundation
import Frames
import Media

/// `consent init`: a manifest with the hashes of what it lists. With terms it states a grant, `g1`, and names it in the
/// clips it covers; without it grants nothing and brings an example of a grant to copy.
public enum ConsentDraft {
  /// What the grant is called.
  package static let grant = "g1"

  package struct Result: Sendable {
    package let manifest: Manifest
    /// Clips that the grant covers.
    package let granted: Int
  }

  /// Who owns the footage when nobody is named: for one's own work, whoever runs this. Whoever else it is must be
  /// named.
  /// - Throws: `Problem` (usage).
  package static func licensor(_ named: String?, _ terms: ConsentGrantTerms?) throws -> String {
    if let named {
      guard !named.allSatisfy(\.isWhitespace) else {
        throw Problem.usage("the licensor's name is empty", at: "--licensor", expected: "a did:key or another name")
      }
      return named
    }
    guard let terms else {
      throw Problem.usage(
        "nobody is named as the licensor", expected: "--licensor with a did:key or a name",
        fix: "if the footage is your own: --grant own-work")
    }
    guard terms.basis == .ownWork else {
      throw Problem.usage(
        "the basis '\(terms.basis.rawValue)' is somebody else's word, and nobody is named",
        expected: "--licensor with a did:key or a name")
    }
    let user = NSUserName()
    return user.isEmpty ? "this machine's user" : user
  }

  /// - Parameters:
  ///   - input: a dataset, or a folder that is used as one; or a video, a picture, or a folder of videos, which are listed by the hash of their bytes
  ///     and of their decoded frames: whatever is imported from them is then covered, re-muxed or not.
  ///   - terms: of the grant it states; nil for none.
  ///   - patterns: of the clips that grant covers; nil for every one.
  package static func write(
    _ input: String, licensor: String, terms: ConsentGrantTerms? = nil, for patterns: [String]? = nil, to path: String,
    limits: DecodeLimits = .usual, _ console: Console, at time: Moment = .now()
  ) throws -> Result {
    guard !Disk.exists(path) else {
      throw Problem("a manifest is already there", at: path, fix: "choose another --out, or move it away")
    }
    try terms?.require(at: time)
    let isDataset = try Disk.isFolder(input) ? FolderLayouts.isUsedInPlace(input) : HDF5Signature.stands(in: input)
    let (draft, note) =
      try isDataset
      ? dataset(input, licensor)
      : (
        files(
          Disk.isFolder(input)
            ? VideoImport.videos(in: input) : [(input, (input as NSString).lastPathComponent)], licensor, limits,
          console),
        nil
      )
    var document = draft.document, granted = 0
    if let terms {
      document.set("grants", [terms.value(id: grant, issued: draft.issued ?? time)])
      (document, granted, _) = try ConsentGranting.covering(document, grant, patterns, at: path)
    } else {
      // Fields that begin with x- are nobody's terms: this one grants nothing until a person moves it into `grants`.
      document.set("x-example-grant", example)
      document.set(
        "x-how",
        "Move x-example-grant into grants and change its terms to what was agreed. Then: orrery consent grant, which names it in the clips it covers, and orrery consent sign."
      )
    }
    if let note { document.set("x-source", note) }
    let manifest = try Manifest(document, at: path)
    try Disk.write(JSON.pretty(manifest.document), to: path)
    return Result(manifest: manifest, granted: granted)
  }

  /// With what is publicly said of sets of that layout.
  private static func dataset(_ path: String, _ licensor: String) throws -> (Manifest, Value?) {
    let data = try Dataset(path: path)
    return (
      try .draft(licensor: licensor, clips: Manifest.ListedClip.all(of: data)),
      data.found.flatMap { StatedSource.note($0.layout, at: path) }
    )
  }

  /// Names as `dataset import` gives them, so that a file imported whole keeps its entry.
  private static func files(
    _ found: [(path: String, relative: String)], _ licensor: String, _ limits: DecodeLimits, _ console: Console
  ) throws -> Manifest {
    let stems = Dictionary(grouping: found, by: { stem($0.relative) }),
      progress = console.progress("hashing", total: found.count)
    var assets: [Value] = []
    for (i, file) in found.enumerated() {
      let name = stems[stem(file.relative)]?.count == 1 ? stem(file.relative) : file.relative
      let (content, media) = try hashes(file.path, file.relative, limits)
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

  private static func hashes(
    _ path: String, _ relative: String, _ limits: DecodeLimits
  ) throws -> (content: Value, media: Value) {
    let file = try OpenedFile(path), reader = try VideoReader(file, hashing: true, limits: limits)
    var frames = 0
    while try reader.next() != nil { frames += 1 }
    guard frames > 0 else { throw Problem("no frame can be read from it", at: path, fix: "leave the file out") }
    let content: Value = [
      "file_sha256": .string(try file.sha256()), "frames_sha256": .string(try reader.planesSHA256()),
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

  private static let example = ConsentGrantTerms(.ownWork).value(
    id: grant, issued: Moment("2026-01-01T00:00:00Z") ?? Moment(seconds: 0))
}
