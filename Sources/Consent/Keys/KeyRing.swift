import Files
import Foundation

/// A person's signing keys: `keys/NAME.pem` in their home folder.
public struct KeyRing: Sendable {
  /// The name taken when none is given.
  public static let usual = "default"
  /// The key that signs what this machine imports; made on first use.
  package static let importer = "import"
  public let home: HomeFolder

  public init(_ home: HomeFolder) { self.home = home }

  public func path(_ name: String) -> String { home.file("keys/\(name).pem") }

  /// Makes and stores a key. - Throws: `Problem` when one of that name exists: a key in use is never replaced.
  public func make(_ name: String = usual, _ algorithm: SignatureAlgorithm = .ed25519) throws -> SigningKey {
    try Self.check(name)
    let key = try SigningKey(algorithm)
    try home.writeSecret(Data(key.pem.utf8), to: "keys/\(name).pem")
    return key
  }

  /// The key of that name, or in that file.
  public func open(_ nameOrPath: String = usual) throws -> SigningKey {
    if nameOrPath.contains("/") || nameOrPath.hasSuffix(".pem") { return try SigningKey(path: nameOrPath) }
    try Self.check(nameOrPath)
    guard Disk.exists(path(nameOrPath)) else {
      throw Problem(
        "there is no key '\(nameOrPath)'", at: path(nameOrPath),
        fix: "make one: "
          + Shell.orrery(["consent", "keygen"] + (nameOrPath == Self.usual ? [] : ["--name", nameOrPath])))
    }
    return try SigningKey(path: path(nameOrPath))
  }

  /// The key of that name, made on first use. Two processes that come first together end with the same key.
  public func openOrMake(_ name: String = usual) throws -> SigningKey {
    if Disk.exists(path(name)) { return try open(name) }
    do { return try make(name) } catch {
      guard Disk.exists(path(name)) else { throw error }
      return try open(name)
    }
  }

  /// What the key with this `did:key` is called here; nil where it is not kept, or cannot be read.
  package func name(of did: String) -> String? {
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: home.file("keys"))) ?? []).sorted()
    return files.lazy.filter { $0.hasSuffix(".pem") }.map { String($0.dropLast(4)) }.first {
      (try? SigningKey(path: path($0)))?.did == did
    }
  }

  private static func check(_ name: String) throws {
    guard (1...64).contains(name.utf8.count), !name.hasPrefix("."),
      name.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || [0x2D, 0x2E, 0x5F].contains($0)
      })
    else {
      throw Problem.usage(
        "'\(FieldReader.shortened(name))' cannot name a key",
        expected: "up to 64 letters, digits, '-', '_' and '.', the first not a '.'")
    }
  }
}
