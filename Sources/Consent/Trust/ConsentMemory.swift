import Files
import Foundation

/// What this person's machine has seen and will not unsee: the newest revocation list of each issuer and manifest,
/// whose lists count for which manifest, and the newest version of each signed manifest. Files under `seen/` in the
/// home folder; deleting them forgets.
package struct ConsentMemory {
  package let home: HomeFolder

  package init(_ home: HomeFolder) { self.home = home }

  package static func key(_ issuer: String, _ manifest: String) -> String {
    Hashing.sha256(issuer + "\u{0}" + manifest)
  }

  private func listName(_ issuer: String, _ manifest: String) -> String {
    "seen/revocations/\(Self.key(issuer, manifest)).json"
  }
  private func versionName(_ manifest: Manifest) -> String {
    "seen/manifests/\(Self.key(manifest.licensor.id, manifest.id)).json"
  }
  /// Notes of whose lists count for a manifest. A root's keys cannot be listed, so they are found by the manifest.
  private func issuersFolder(_ manifest: Manifest) -> String {
    "seen/issuers/\(Self.key(manifest.licensor.id, manifest.id))"
  }

  /// - Throws: `Problem` unless what was seen can be read, and what is seen be noted: a machine that forgets admits
  ///   what
  ///   it knew to be withdrawn.
  package func requireUsable() throws {
    try home.requireUsable("seen")
    for folder in ["seen/revocations", "seen/issuers", "seen/manifests"] where try home.holds(folder) {
      try home.requireUsable(folder)
    }
    try locked {}
  }

  /// The newest list seen. - Throws: `Problem` when it is there and cannot be read: what it withdrew must not come back
  /// to life.
  package func list(_ issuer: String, _ manifest: String) throws -> RevocationList? {
    let path = home.file(listName(issuer, manifest))
    guard try home.holds(listName(issuer, manifest)) else { return nil }
    let list = try RevocationList(path: path)
    guard list.issuer == issuer, list.manifest == manifest else {
      throw Problem(
        "this remembered revocation list is another's", at: path, fix: "remove it, and give the list with --revocations"
      )
    }
    return list
  }

  /// Whose lists were taken for a manifest. They count for good: whoever could take something back when it was taken
  /// back need not be believed any more.
  package func issuers(for manifest: Manifest) throws -> Set<String> {
    let folder = issuersFolder(manifest)
    guard try home.holds(folder) else { return [] }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: home.file(folder)) } catch {
      throw Problem("what was revoked cannot be looked up", at: home.file(folder), fix: "mend its permissions")
    }
    return try Set(
      names.filter { $0.hasSuffix(".json") }.map { name in
        let path = home.file(folder) + "/" + name
        let note = try DocumentFile.read(path, kind: "note of a revocation list's issuer", largest: 1_000_000)
        guard let issuer = note["issuer"]?.string, Hashing.sha256(issuer) + ".json" == name else {
          throw Problem(
            "this note of a revocation list's issuer cannot be read", at: path,
            fix: "remove it, and give the list with --revocations")
        }
        return issuer
      })
  }

  /// - Parameter manifests: those it was accepted for.
  /// - Throws: `Problem` when a newer list was seen, or another of the same serial.
  package func remember(_ list: RevocationList, for manifests: [Manifest], at place: String) throws {
    try locked {
      if let known = try self.list(list.issuer, list.manifest) {
        guard list.serial >= known.serial else {
          throw Problem(
            "this revocation list is older than one seen before", at: place,
            expected: "serial \(known.serial) or higher, not \(list.serial)",
            fix:
              "get the newest list from its issuer; \(home.file(listName(list.issuer, list.manifest))) has the one seen"
          )
        }
        guard list.serial > known.serial || list.sha256 == known.sha256 else {
          throw Problem(
            "another revocation list with the serial \(list.serial) was seen before, and the two differ", at: place,
            fix: "ask the issuer which is right; a serial is given once")
        }
      }
      if try self.list(list.issuer, list.manifest)?.serial != list.serial {
        try Disk.write(JSON.pretty(list.document), to: home.file(listName(list.issuer, list.manifest)))
      }
      for manifest in manifests {
        let note = issuersFolder(manifest) + "/" + Hashing.sha256(list.issuer) + ".json"
        guard try !home.holds(note) else { continue }
        try Disk.write(JSON.pretty(["issuer": .string(list.issuer)]), to: home.file(note))
      }
    }
  }

  /// Statements of where clips come from that were seen to be true, by hash: a line each.
  package func derivations() throws -> Set<String> {
    guard try home.holds(Self.derivationsName) else { return [] }
    let path = home.file(Self.derivationsName), lines = try Disk.readText(path).split(separator: "\n").map(String.init)
    guard lines.allSatisfy({ Hex.sha256($0) == $0 }) else {
      throw Problem(
        "what was seen of imports cannot be read", at: path,
        fix: "remove it, and run 'orrery dataset vouch' again where footage is at hand")
    }
    return Set(lines)
  }

  private static let derivationsName = "seen/derivations-2.txt"

  package func remember(derivations new: Set<String>) throws {
    try locked {
      let known = try derivations()
      guard !new.isSubset(of: known) else { return }
      try Disk.write(known.union(new).sorted().map { $0 + "\n" }.joined(), to: home.file(Self.derivationsName))
    }
  }

  /// The highest version seen signed by a trusted key.
  package func version(_ manifest: Manifest) throws -> Int? {
    let path = home.file(versionName(manifest))
    guard try home.holds(versionName(manifest)) else { return nil }
    guard
      let version = try DocumentFile.read(path, kind: "note of a manifest's version", largest: 1_000_000)["version"]?
        .integer
    else {
      throw Problem(
        "this note of a manifest's newest version cannot be read", at: path,
        fix: "remove it, if you are sure that you have the newest manifest")
    }
    return version
  }

  package func remember(_ manifest: Manifest) throws {
    try locked {
      guard try version(manifest) ?? 0 < manifest.version else { return }
      let note: Value = [
        "licensor": .string(manifest.licensor.id), "manifest": .string(manifest.id), "version": Value(manifest.version),
        "sha256": .string(manifest.sha256),
      ]
      try Disk.write(JSON.pretty(note), to: home.file(versionName(manifest)))
    }
  }

  /// Two processes that learn at once must not end with the older of what they learnt.
  private func locked(_ body: () throws -> Void) throws {
    let path = home.file("seen/lock")
    try home.requireUsable("seen")
    let lock = try FileLock(
      file: path, mode: 0o600, patience: .seconds(60),
      busy: Problem(
        "another process has been noting what it saw for a minute", at: path,
        fix: "see whether it hangs, and try again"))
    defer { lock.release() }
    try body()
  }
}
