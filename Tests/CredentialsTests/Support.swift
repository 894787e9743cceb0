import Credentials
import Files
import Foundation
import Frames
import Media
import TestKit

/// A film and keys to sign it with.
struct Studio {
  let scratch: Scratch
  let folder: CredentialsFolder
  let signer: Signer
  let trust: TrustRoots
  var plain: String { scratch("plain.mp4") }
  var signed: String { scratch("signed.mp4") }

  init() throws {
    scratch = try Scratch()
    folder = CredentialsFolder(HomeFolder(scratch("home")))
    signer = try folder.signer()
    trust = try TrustRoots(path: folder.rootPath)
    let pixels = (0..<6 * 32 * 48 * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 / 4608) &* 31) }
    try VideoWriter.write(
      Frames(count: 6, height: 32, width: 48, pixels: pixels, fps: FrameRate(12)), to: plain, options: .init(threads: 1)
    )
    try Embedder.sign(plain, to: signed, Self.credential, by: signer)
  }

  static var credential: Credential {
    Credential(
      title: "a film", format: "video/mp4", generator: ("orrery", "tests"), source: .trained,
      ingredients: [
        Ingredient("a model", .inputTo, instanceID: "urn:sha256:00", dataType: .model),
        Ingredient("a dataset", .inputTo, dataType: .dataset),
      ],
      assertions: [TrainingMining.withheld, Assertion(CredentialReport.generationLabel, ["run": "0123", "seed": 7])])
  }

  func read(_ path: String, trust: TrustRoots? = nil, now: Date = Date()) throws -> CredentialReport? {
    try CredentialReport.read(path, trust: trust ?? self.trust, now: now)
  }

  /// The signed film with some bytes changed, read again. nil when nothing is said any more.
  func verdict(_ change: (inout Data) throws -> Void) throws -> CredentialReport? {
    var data = try Disk.read(signed)
    try change(&data)
    try Disk.write(data, to: scratch("changed.mp4"))
    return try read(scratch("changed.mp4"))
  }
}

extension CredentialReport {
  var failures: Set<String> { Set(findings.filter { $0.kind == .failure }.map(\.code.rawValue)) }
}

extension Data {
  /// Where `text` begins, the last time it stands there.
  func last(_ text: String) -> Int { range(of: Data(text.utf8), options: .backwards)?.lowerBound ?? -1 }
  func last(_ bytes: [UInt8]) -> Int { range(of: Data(bytes), options: .backwards)?.lowerBound ?? -1 }
}
