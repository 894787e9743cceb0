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
  public init(_ path: String, sources: [String], home: HomeFolder, _ console: Console) throws {
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
      claims[recipe.source, default: []].append(Claim(clip: clip.id, origin: origin, recipe: recipe))
    }
    let files = try sources.flatMap { try Disk.isFolder($0) ? VideoImport.videos(in: $0).map(\.path) : [$0] }
    let progress = console.progress("making again", total: files.count)
    var proven: Set<String> = []
    for (i, file) in files.enumerated() {
      if let own = claims.removeValue(forKey: try Hashing.sha256(file: file)) {
        proven.formUnion(try check(own, of: file))
      }
      progress.update(i + 1, file)
    }
    absent = claims.values.flatMap { $0.map(\.clip) }
    try memory.remember(derivations: proven)
  }

  /// - Returns: hashes of the statements that are true.
  private mutating func check(_ claims: [Claim], of file: String) throws -> Set<String> {
    let terms = MediaTerms.read(try OpenedFile(file)), made = try ImportReplay.run(claims.map(\.recipe), of: file)
    return Set(
      claims.compactMap { claim in
        guard claim.origin["source"]?[ClipFacts.embeddedKey] == terms else {
          refused.append((claim.clip, "what \(file) says of its own use is not what its origin says"))
          return nil
        }
        guard made[claim.recipe] == true, let hash = DerivationStatement.sha256(claim.origin) else {
          refused.append((claim.clip, "\(file) gives other frames by the recipe it states"))
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
