import Clips
import Consent
import Files
import Foundation
import Frames
import Media

/// `dataset vouch`: shows that clips come from the footage they say they come from, by making them from it again.
///
/// What came out as it is stated is remembered in the home folder by the statement's hash, so it is done once. The
/// dataset is not touched.
public struct DerivationVouching: Sendable {
  /// Clips shown to come from footage at hand, and those that are not from any of it.
  public private(set) var shown: [String] = [], absent: [String] = []
  /// Clips that this footage does not give, and why.
  public private(set) var refused: [(clip: String, why: String)] = []
  /// Clips that say of no footage that they come from it.
  public private(set) var own: [String] = []

  private struct Claim { let clip: String, origin: Value, recipe: ImportReplay.Recipe }

  /// - Parameters:
  ///   - path: the dataset.
  ///   - sources: files, and folders of them.
  /// - Throws: `Problem` when a file or the home folder cannot be read.
  public init(_ path: String, sources: [String], home: HomeFolder, limits: DecodeLimits, _ console: Console) throws {
    let memory = ConsentMemory(home), dataset = try Dataset(path: path)
    try memory.requireUsable()
    var claims: [String: [Claim]] = [:]
    for clip in dataset.clips {
      guard let text = clip.derivedFrom else { own.append(clip.id); continue }
      guard let origin = try? JSON.parse(text, at: path), let recipe = ImportReplay.Recipe(origin) else {
        refused.append((clip.id, "its origin is not one that 'orrery dataset import' writes"))
        continue
      }
      guard recipe.result == clip.framesSHA256 else {
        refused.append((clip.id, "its frames are not the ones its origin says were made"))
        continue
      }
      guard (recipe.width, recipe.height) == (dataset.width, dataset.height) else {
        refused.append((clip.id, "its origin states another size than the dataset has"))
        continue
      }
      claims[recipe.source, default: []].append(Claim(clip: clip.id, origin: origin, recipe: recipe))
    }
    let files = try sources.flatMap { try Disk.isFolder($0) ? VideoImport.videos(in: $0).map(\.path) : [$0] }
    let progress = console.progress("making again", total: files.count)
    for (i, path) in files.enumerated() {
      // One opening: what is hashed is what is decoded.
      let file = try OpenedFile(path)
      if let own = claims.removeValue(forKey: try file.sha256()) {
        try memory.remember(derivations: check(own, of: file, limits))
      }
      progress.update(i + 1, path)
    }
    absent = claims.values.flatMap { $0.map(\.clip) }
  }

  /// - Returns: hashes of the statements that are true.
  private mutating func check(_ claims: [Claim], of file: OpenedFile, _ limits: DecodeLimits) throws -> Set<String> {
    func line(_ value: Value?) throws -> String? { try value.map { try JSON.canonical($0, at: file.path) } }
    let terms = try line(MediaTerms.read(file)), frames = try VideoReader.planesSHA256(file, limits: limits)
    let made = try ImportReplay.run(claims.map(\.recipe), of: file, limits: limits)
    try file.requireUnchanged()
    return Set(
      try claims.compactMap { claim in
        let source = claim.origin["source"]
        guard try line(source?[ClipFacts.embeddedKey]) == terms else {
          refused.append((claim.clip, "what \(file.path) says of its own use is not what its origin says"))
          return nil
        }
        // By this hash a manifest knows the source: a wrong one would be another's grant.
        if let named = source?["frames_sha256"], named.string.flatMap({ Hex.sha256($0) }) != frames {
          refused.append((claim.clip, "\(file.path) has other frames than its origin says its source has"))
          return nil
        }
        guard made[claim.recipe] == true, let hash = DerivationStatement.sha256(claim.origin) else {
          refused.append((claim.clip, "\(file.path) gives other frames by the recipe it states"))
          return nil
        }
        shown.append(claim.clip)
        return hash
      })
  }

  public var value: Value {
    [
      "shown": .texts(shown.sorted()), "absent": .texts(absent.sorted()), "own": .texts(own.sorted()),
      "refused": .array(
        refused.sorted { $0.clip < $1.clip }.map { ["clip": .string($0.clip), "why": .string($0.why)] }),
    ]
  }

  public var text: String {
    var lines = ["\(Text.counted(shown.count, "clip")) made again from the footage, frame for frame"]
    lines += refused.sorted { $0.clip < $1.clip }.map { "NOT SHOWN  \(FieldReader.shortened($0.clip)): \($0.why)" }
    if !absent.isEmpty { lines.append("of \(Text.counted(absent.count, "clip")) the footage is not among the sources") }
    if !own.isEmpty { lines.append("\(Text.counted(own.count, "clip")) name no footage they come from") }
    return lines.joined(separator: "\n")
  }

  /// - Throws: `Problem` when anything is left to show.
  public func requireWhole(at path: String) throws {
    guard refused.isEmpty, absent.isEmpty else {
      throw Problem(
        "\(Text.counted(refused.count + absent.count, "clip")) could not be shown to come from the footage", at: path,
        fix: refused.isEmpty
          ? "name the rest of the footage with --source"
          : "import the footage again; the rest of what was shown is kept"
      )
    }
  }
}
