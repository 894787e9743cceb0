import Files
import Foundation

/// What this person's machine has seen and will not unsee: the newest revocation list of each issuer and manifest, and
/// the newest version of each signed manifest. Files under `seen/` in the home folder; deleting them forgets.
package struct ConsentMemory {
  package let home: HomeFolder

  package init(_ home: HomeFolder) { self.home = home }

  package static func key(_ issuer: String, _ manifest: String) -> String {
    Hashing.sha256(issuer + "\u{0}" + manifest)
  }

  private func listPath(_ issuer: String, _ manifest: String) -> String {
    home.file("seen/revocations/\(Self.key(issuer, manifest)).json")
  }
  private func versionPath(_ manifest: Manifest) -> String {
    home.file("seen/manifests/\(Self.key(manifest.licensor.id, manifest.id)).json")
  }

  /// The newest list seen. - Throws: `Problem` when it is there and cannot be read: what it withdrew must not come back
  /// to life.
  package func list(_ issuer: String, _ manifest: String) throws -> RevocationList? {
    let path = listPath(issuer, manifest)
    guard Disk.exists(path) else { return nil }
    let list = try RevocationList(path: path)
    guard list.issuer == issuer, list.manifest == manifest else {
      throw Problem(
        "this remembered revocation list is another's", at: path, fix: "remove it, and give the list with --revocations"
      )
    }
    return list
  }

  /// - Throws: `Problem` when a newer list was seen, or another of the same serial.
  package func remember(_ list: RevocationList, at place: String) throws {
    try locked {
      if let known = try self.list(list.issuer, list.manifest) {
        guard list.serial >= known.serial else {
          throw Problem(
            "this revocation list is older than one seen before", at: place,
            expected: "serial \(known.serial) or higher, not \(list.serial)",
            fix: "get the newest list from its issuer; \(listPath(list.issuer, list.manifest)) has the one seen")
        }
        guard list.serial > known.serial || list.sha256 == known.sha256 else {
          throw Problem(
            "another revocation list with the serial \(list.serial) was seen before, and the two differ", at: place,
            fix: "ask the issuer which is right; a serial is given once")
        }
        if list.serial == known.serial { return }
      }
      try Disk.write(JSON.pretty(list.document), to: listPath(list.issuer, list.manifest))
    }
  }

  /// The highest version seen signed by a trusted key.
  package func version(_ manifest: Manifest) throws -> Int? {
    let path = versionPath(manifest)
    guard Disk.exists(path) else { return nil }
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
      try Disk.write(JSON.pretty(note), to: versionPath(manifest))
    }
  }

  /// Two processes that learn at once must not end with the older of what they learnt.
  private func locked(_ body: () throws -> Void) throws {
    let path = home.file("seen/lock")
    try Disk.makeFolder(home.file("seen"))
    let lock = try FileLock(
      file: path, mode: 0o600, patience: .seconds(60),
      busy: Problem(
        "another process has been noting what it saw for a minute", at: path,
        fix: "see whether it hangs, and try again"))
    defer { lock.release() }
    try body()
  }
}
