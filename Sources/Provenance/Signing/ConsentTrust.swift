import Consent
import Credentials
import Files
import Foundation
import Runs

/// `consent trust`: the keys a person believes, and one more.
public enum ConsentTrust {
  /// The file meant: the one named, else the home folder's.
  public static func path(_ named: String?, home: HomeFolder? = .own) throws -> String {
    if let named { return named }
    guard let home else {
      throw Problem(
        "there is no home folder to keep a trust file in", expected: "ORRERY_HOME or HOME in the environment",
        fix: "name a file with --trust")
    }
    return home.file(ConsentPolicy.trustFile)
  }

  /// - Throws: `Problem` when the file is there, or may be, and cannot be read.
  public static func read(_ path: String) throws -> Trust {
    let name = path as NSString, folder = name.deletingLastPathComponent
    let isThere = try HomeFolder(folder.isEmpty ? "." : folder).holds(name.lastPathComponent)
    return isThere ? try Trust(path: path) : .none
  }

  /// - Parameter key: a `did:key`, or a PEM file with the root of certificates.
  /// - Returns: false when it was listed already.
  public static func add(_ key: String, name: String?, speaksFor: [String], to path: String) throws -> Bool {
    guard VerifyingKey(did: key) != nil || Disk.exists(key) else {
      throw Problem.usage(
        "'\(key.prefix(80))' is neither a key nor a file",
        expected:
          "a did:key of an Ed25519 or P-256 key, as 'orrery consent keygen' prints it, or a PEM file with a root certificate"
      )
    }
    guard !["yaml", "yml"].contains((path as NSString).pathExtension.lowercased()) else {
      throw Problem.usage(
        "only JSON trust files are added to", at: path, fix: "add the key by hand, or keep the file as JSON")
    }
    let old = try read(path)
    let new =
      VerifyingKey(did: key) != nil
      ? try old.adding(key, name: name, licensors: speaksFor, at: path)
      : try old.adding(root: Disk.readText(key), name: name, licensors: speaksFor, at: key)
    guard new != old else { return false }
    try Disk.write(JSON.pretty(new.document), to: path)
    return true
  }

  public static func value(_ trust: Trust, _ path: String) -> Value {
    [
      "trust": .string(path),
      "keys": .array(
        trust.keys.values.sorted { $0.key.did < $1.key.did }.map { entry in
          [
            "key": .string(entry.key.did), "name": Value(entry.name),
            "licensors": .array(entry.licensors.sorted().map { .string($0) }), "until": Value(entry.until?.description),
          ]
        }),
      "roots": .array(
        trust.roots.map { root in
          [
            "subjects": .array(root.roots.subjects.map { .string($0) }), "name": Value(root.name),
            "licensors": .array(root.licensors.sorted().map { .string($0) }), "until": Value(root.until?.description),
          ]
        }),
    ]
  }

  public static func text(_ trust: Trust, _ path: String) -> String {
    func line(_ head: String, _ name: String?, _ licensors: Set<String>, _ until: Moment?) -> String {
      "  " + head + (name.map { "  \($0)" } ?? "")
        + (licensors.isEmpty ? "" : "  speaks for " + licensors.sorted().joined(separator: ", "))
        + (until.map { "  until \($0)" } ?? "")
    }
    let lines =
      trust.keys.values.sorted { $0.key.did < $1.key.did }.map { line($0.key.did, $0.name, $0.licensors, $0.until) }
      + trust.roots.map { line("root " + $0.roots.subjects.joined(separator: "; "), $0.name, $0.licensors, $0.until) }
    return ([path + (lines.isEmpty ? ": no key is trusted" : ":")] + lines).joined(separator: "\n")
  }
}

extension KeyRing {
  /// The key of this machine, made on first use and trusted in the home folder's own file: for footage that is one's
  /// own.
  public static func local(_ home: HomeFolder) throws -> SigningKey {
    let key = try KeyRing(home).openOrMake(), path = home.file(ConsentPolicy.trustFile)
    // Whatever the person made of the entry since stays.
    if try ConsentTrust.read(path).keys[key.did] == nil {
      _ = try ConsentTrust.add(key.did, name: "this machine's own key", speaksFor: [], to: path)
    }
    return key
  }
}
