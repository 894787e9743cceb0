import Clips
import Consent
import Files
import Foundation
import Media
import Runs

/// The way from a drafted manifest to clips that may be used: init, sign, trust, verify, check. Says which call comes
/// next, as words after the program's name, or nil where that cannot be known here.
package struct ConsentWay {
  private let manifest: Manifest
  private let path: String
  private let home: HomeFolder?

  /// - Parameter path: the manifest's file.
  package init(_ manifest: Manifest, at path: String, home: HomeFolder? = .own) {
    (self.manifest, self.path, self.home) = (manifest, path, home)
  }

  /// After it was written, granted in, or signed: sign it where the licensor is a key, else see what may be used.
  /// - Parameter input: what it lists, when that is known: a dataset, or a folder of videos.
  package func afterWriting(of input: String? = nil) -> [String]? {
    guard manifest.coveredClips > 0 else { return nil }
    let holds = !manifest.signatures.isEmpty && !manifest.signers.contains(nil)
    if !holds, !manifest.signatures.isEmpty || VerifyingKey(did: manifest.licensor.id) != nil { return signing }
    return holds ? ["consent", "verify", path] : checking(input)
  }

  /// With the licensor's key where this machine has it; nil where another has to sign.
  private var signing: [String]? {
    let kids = [manifest.licensor.id] + manifest.signatures.map(\.kid)
    guard let home, let name = kids.lazy.compactMap({ KeyRing(home).name(of: $0) }).first else { return nil }
    return ["consent", "sign", path] + (name == KeyRing.usual ? [] : ["--key", name])
      + (manifest.signatures.isEmpty ? [] : ["--again"])
  }

  /// After it was signed with `key`: this person's trust comes first.
  package func afterSigning(with key: String) -> [String] {
    let trust = home.flatMap { try? ConsentTrust.read(ConsentTrust.path(nil, home: $0)) } ?? .none
    let speaks = manifest.licensor.id == key ? [] : [manifest.licensor.id]
    if let entry = trust.keys[key], speaks.allSatisfy(entry.licensors.contains) { return ["consent", "verify", path] }
    let name = home.flatMap { KeyRing($0).name(of: key) }
    return ["consent", "trust", key] + (name.map { ["--name", $0] } ?? []) + speaks.flatMap { ["--speaks-for", $0] }
  }

  /// After it was verified, or something of it revoked: what may be used, when its dataset is known.
  /// - Parameter options: `--trust` and `--revocations` as they were given.
  package func checking(_ input: String? = nil, options: [String] = []) -> [String]? {
    if let input, Disk.isFolder(input), !FolderLayouts.isUsedInPlace(input) {
      let data = (input as NSString).standardizingPath + ".h5"
      let beside = (data as NSString).deletingPathExtension + ".optin.json" == path
      return Disk.exists(data) || !beside ? nil : ["dataset", "import", input, "--out", data]
    }
    guard let data = input ?? datasetBeside, let dataset = try? Dataset(path: data) else { return nil }
    let named = dataset.manifestPath.map(Self.whole) == Self.whole(path) ? [] : ["--manifest", path]
    let bases = manifest.signatures.isEmpty ? Set(manifest.grants.compactMap(\.basis)).map(\.rawValue).sorted() : []
    return ["consent", "check", data] + named + bases.flatMap { ["--unsigned", $0] } + options
  }

  /// `reel.h5` beside `reel.optin.json`.
  private var datasetBeside: String? {
    guard path.hasSuffix(".optin.json") else { return nil }
    let data = String(path.dropLast(".optin.json".count)) + ".h5"
    return Disk.exists(data) ? data : nil
  }

  private static func whole(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// The manifest of this folder that `key` signed, when there is one and no other.
  package static func signed(by key: String, in folder: String = ".") -> String? {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasSuffix(".optin.json")
    }
    // A folder of many is nobody's first try, and a manifest may list a hundred thousand clips.
    guard names.count <= 16 else { return nil }
    let found = names.filter { name in
      (try? Manifest(path: (folder as NSString).appendingPathComponent(name)))?.signers.contains { $0?.did == key }
        ?? false
    }
    return found.count == 1 ? found[0] : nil
  }
}

extension ConsentWay {
  /// After a dataset was read: what may be used of it, or, without a manifest, the way to one. It says that the footage
  /// is one's own, unless it looks like a public set; whoever knows better states another basis.
  package static func begin(_ data: String) -> [String] {
    let dataset = try? Dataset(path: data)
    guard let path = dataset?.manifestPath, Disk.exists(path), let manifest = try? Manifest(path: path) else {
      // A well-known set is somebody's: who, and on what basis, is for a person to say.
      let isStated = dataset?.found.map { StatedSource.note($0.layout, at: data) != nil } ?? false
      return ["consent", "init", data] + (isStated ? [] : ["--grant", Basis.ownWork.rawValue])
    }
    return ConsentWay(manifest, at: path).checking(data) ?? ["consent", "check", data]
  }
}
