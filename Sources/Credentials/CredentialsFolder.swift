import Crypto
import Files
import Foundation
import SwiftASN1
import X509

#if canImport(Glibc)
  import Glibc
#endif

/// `credentials/` in a person's home folder: `leaf.pem leaf.key` and, where we issued them, `root.pem root.key`.
///
/// The folder is filled aside and renamed, so of two processes that issue at once one wins and both use what won.
public struct CredentialsFolder: Sendable {
  public let home: HomeFolder
  public var path: String { home.file("credentials") }
  /// To be given to whoever is to trust us.
  public var rootPath: String { path + "/root.pem" }

  public init(_ home: HomeFolder) { self.home = home }

  public var exists: Bool { Disk.exists(path + "/leaf.pem") || Disk.exists(path + "/leaf.key") }

  /// The signer, issued now if there is none. A certificate of ours that ends within a day is renewed for the same key.
  public func signer(now: Date = Date()) throws -> Signer {
    try Self.requireClock(now)
    if !exists { try issue(now: now) }
    return try open(now: now)
  }

  /// Issues a local root and a certificate under it. What is there already stays.
  public func issue(now: Date = Date()) throws {
    try Self.requireClock(now)
    let rootKey = P256.Signing.PrivateKey(), key = P256.Signing.PrivateKey()
    let root = try Issuer.root(rootKey, now: now), leaf = try Issuer.leaf(key, from: root, rootKey, now: now)
    try fill { aside in
      try home.writeSecret(Data((rootKey.pemRepresentation + "\n").utf8), to: aside + "/root.key")
      try home.writeSecret(Data((key.pemRepresentation + "\n").utf8), to: aside + "/leaf.key")
      try Disk.write(try PEM.text([root]), to: home.file(aside) + "/root.pem")
      try Disk.write(try PEM.text([leaf]), to: home.file(aside) + "/leaf.pem")
    }
  }

  /// Takes a person's own chain (the signer's certificate first) and key.
  /// - Throws: `Problem` when they do not belong together, do not fit C2PA's profile, others can read the key, or
  ///   credentials are there.
  public func adopt(chain: String, key keyPath: String, replace: Bool, now: Date = Date()) throws {
    try Self.requireClock(now)
    let certificates = try PEM.certificates(try Disk.readText(chain), at: chain), key = try Self.key(keyPath)
    _ = try Signer(key: key, certificates: certificates, now: now, at: chain)
    if exists {
      guard replace else {
        throw Problem(
          "there are credentials already", at: path,
          fix: "say --replace to set them aside, or move the folder away yourself")
      }
      let old = path + ".until-" + String(Int(now.timeIntervalSince1970))
      guard rename(path, old) == 0 else { throw Disk.writeProblem(path, errno) }
    }
    try fill { aside in
      try home.writeSecret(Data((try key.serializeAsPEM().pemString + "\n").utf8), to: aside + "/leaf.key")
      try Disk.write(try PEM.text(certificates), to: home.file(aside) + "/leaf.pem")
      if let root = certificates.last, root.subject == root.issuer {
        try Disk.write(try PEM.text([root]), to: home.file(aside) + "/root.pem")
      }
    }
    guard try Disk.readText(path + "/leaf.pem") == PEM.text(certificates) else {
      throw Problem("another process put credentials there at the same moment", at: path, fix: "try again")
    }
  }

  private func fill(_ body: (String) throws -> Void) throws {
    let folder = try AsideFolder(path, mode: 0o700)
    defer { folder.discard() }
    chmod(home.path, 0o700)
    try body((folder.aside as NSString).lastPathComponent)
    guard try !folder.commitUnlessTaken() else { return }
    // Somebody else's stand there now: they are as good.
    guard exists else {
      throw Problem("the folder holds something else than credentials", at: path, fix: "move it away")
    }
  }

  private func open(now: Date) throws -> Signer {
    let key = try Self.key(path + "/leaf.key")
    var certificates = try PEM.certificates(try Disk.readText(path + "/leaf.pem"), at: path + "/leaf.pem")
    if let leaf = certificates.first, leaf.notValidAfter < now.addingTimeInterval(86400),
      Disk.exists(path + "/root.key")
    {
      certificates = [try renew(now: now)]
    }
    return try Signer(key: key, certificates: certificates, now: now, at: path + "/leaf.pem")
  }

  private func renew(now: Date) throws -> Certificate {
    guard let root = try PEM.certificates(try Disk.readText(rootPath), at: rootPath).first,
      root.notValidAfter > now.addingTimeInterval(86400)
    else {
      throw Problem(
        "the local root is at the end of its time", at: rootPath,
        fix: "move \(path) away; the next command issues new credentials")
    }
    do {
      let rootKey = try P256.Signing.PrivateKey(pemRepresentation: try Self.text(path + "/root.key"))
      let leaf = try Issuer.leaf(
        try P256.Signing.PrivateKey(pemRepresentation: try Self.text(path + "/leaf.key")), from: root, rootKey, now: now
      )
      try Disk.write(try PEM.text([leaf]), to: path + "/leaf.pem")
      return leaf
    } catch let problem as Problem { throw problem } catch {
      throw Problem("the certificate cannot be renewed: a key cannot be read", at: path)
    }
  }

  private static func text(_ path: String) throws -> String {
    String(decoding: try HomeFolder.readSecret(path), as: UTF8.self)
  }

  private static func key(_ path: String) throws -> Certificate.PrivateKey {
    let text = try text(path)
    // The parser's own words might quote the key.
    guard let key = try? Certificate.PrivateKey(pemEncoded: text) else {
      throw Problem(
        "the private key cannot be read", at: path, expected: "PEM without a passphrase: P-256, P-384, P-521 or Ed25519"
      )
    }
    return key
  }

  /// The year this was written in: a clock before it is wrong, and what it stamps would be too.
  static func requireClock(_ now: Date) throws {
    guard now.timeIntervalSince1970 > 1_767_225_600 else {
      throw Problem(
        "this machine's clock says \(Stamp.text(now)), so nothing can be signed or issued", fix: "set the clock")
    }
  }
}
