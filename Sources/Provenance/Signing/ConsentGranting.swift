import Consent
import Files
import Foundation

/// `consent grant`: names a grant that a manifest states in the entries of the clips it covers, by pattern.
package enum ConsentGranting {
  package struct Result: Sendable {
    package let manifest: Manifest
    /// Clips it now covers that it did not cover before, and those it covered already.
    package let granted: Int, already: Int
    /// Signatures stood on it, so it is a new version that has to be signed again.
    package let wasSigned: Bool

    package var text: String {
      let before = already == 0 ? "" : already == 1 ? "; 1 more had it before" : "; \(already) more had it before"
      return "for \(granted) of \(Text.counted(manifest.assets.count, "clip"))" + before
    }
  }

  /// - Parameters:
  ///   - id: a grant the manifest states.
  ///   - patterns: of clips' names; nil for every clip.
  /// - Throws: `Problem` for a grant that is not stated and for a pattern that no clip matches, with the nearest name;
  ///   nothing is written then.
  package static func grant(
    _ id: String, to patterns: [String]?, in path: String, at time: Moment = .now()
  ) throws -> Result {
    guard !["yaml", "yml"].contains((path as NSString).pathExtension.lowercased()) else {
      throw Problem.usage(
        "only JSON manifests are granted in", at: path, fix: "name the grant by hand, or keep the manifest as JSON")
    }
    let manifest = try Manifest(path: path)
    let found = try covering(manifest.document, id, patterns, at: path), wasSigned = !manifest.signatures.isEmpty
    guard found.granted > 0 else {
      return Result(manifest: manifest, granted: 0, already: found.already, wasSigned: wasSigned)
    }
    var document = found.document
    if wasSigned {
      // Others may hold the signed one: what follows it says so. Its signatures stay, and hold no longer: taken off,
      // the manifest would look like one that nobody ever signed.
      try time.requirePlausible()
      document.set("version", Value(manifest.version + 1))
      document.set("supersedes", .string("sha256:" + manifest.sha256))
      document.set("issued", .string(time.description))
    }
    let changed = try Manifest(document, at: path)
    try changed.write(to: path)
    return Result(manifest: changed, granted: found.granted, already: found.already, wasSigned: wasSigned)
  }

  /// The document with the grant named in every entry that a pattern matches.
  static func covering(
    _ document: Value, _ id: String, _ patterns: [String]?, at path: String
  ) throws -> (document: Value, granted: Int, already: Int) {
    let stated = (document["grants"]?.array ?? []).compactMap { $0["id"]?.string }
    guard stated.contains(id) else {
      throw Problem(
        "the manifest states no grant '\(FieldReader.shortened(id))'" + FieldReader.hint(id, stated), at: path,
        expected: stated.isEmpty
          ? nil : "one of " + stated.prefix(8).map { FieldReader.shortened($0) }.joined(separator: ", "),
        fix: stated.isEmpty
          ? "state one: move x-example-grant into grants and set its terms, or write a manifest that has one with"
            + " 'orrery consent init DATA --grant BASIS'" : "name a grant it states")
    }
    var assets = document["assets"]?.array ?? []
    let names = assets.map { $0["clip"]?.string ?? "" }, globs = patterns?.map { ($0, Glob($0)) }
    for (pattern, glob) in globs ?? [] where !names.contains(where: glob.matches) {
      throw Problem(
        "no clip is called '\(FieldReader.shortened(pattern))'" + FieldReader.hint(pattern, names), at: path,
        expected: "a clip's name, or a pattern such as 'shot*', of "
          + names.prefix(3).map { FieldReader.shortened($0) }.joined(separator: ", ") + (names.count > 3 ? ", …" : ""),
        fix: "put patterns in quotes, so that the shell leaves them alone; --all takes every clip")
    }
    var granted = 0, already = 0
    for (i, name) in names.enumerated() where globs?.contains(where: { $0.1.matches(name) }) ?? true {
      let grants = assets[i]["grants"]?.array ?? []
      if grants.contains(.string(id)) { already += 1; continue }
      assets[i].set("grants", .array(grants + [.string(id)]))
      granted += 1
    }
    var document = document
    document.set("assets", .array(assets))
    return (document, granted, already)
  }
}

extension Manifest {
  /// Clips that some grant it states covers.
  package var coveredClips: Int { assets.count { $0.grants.contains { grant($0) != nil } } }
}
