import Credentials
import Files
import Foundation
import TestKit
import Testing

/// Keys and certificates in the home folder.
@Suite struct FolderTests {
  @Test func issuedOnceAndSecret() throws {
    let scratch = try Scratch(), folder = CredentialsFolder(HomeFolder(scratch("home")))
    _ = try folder.signer()
    let first = try ["leaf.pem", "leaf.key", "root.pem", "root.key"].map { try Disk.read(folder.path + "/" + $0) }
    _ = try folder.signer()
    #expect(
      try ["leaf.pem", "leaf.key", "root.pem", "root.key"].map { try Disk.read(folder.path + "/" + $0) } == first)
    for key in ["leaf.key", "root.key"] {
      #expect(
        try FileManager.default.attributesOfItem(atPath: folder.path + "/" + key)[.posixPermissions] as? Int == 0o600)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("home")) == ["credentials"])
  }

  @Test func keysOthersCanReadAreRefused() throws {
    let scratch = try Scratch(), folder = CredentialsFolder(HomeFolder(scratch("home")))
    _ = try folder.signer()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path + "/leaf.key")
    #expect { try folder.signer() } throws: { "\($0)".contains("0600") }
  }

  @Test func aClockIn1970IsRefused() throws {
    let scratch = try Scratch(), folder = CredentialsFolder(HomeFolder(scratch("home")))
    #expect { try folder.signer(now: Date(timeIntervalSince1970: 60)) } throws: { "\($0)".contains("1970") }
    #expect(!Disk.exists(folder.path))
  }

  /// Many at once: one wins, all use the winner's.
  @Test func twoAtOnceDoNotMix() async throws {
    let scratch = try Scratch(), home = scratch("home")
    for _ in 0..<3 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { _ = try CredentialsFolder(HomeFolder(home)).signer() } }
        try await group.waitForAll()
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: home) == ["credentials"])
      _ = try CredentialsFolder(HomeFolder(home)).signer()
      try FileManager.default.removeItem(atPath: home)
    }
  }

  @Test func certificatesAreRenewedUnderTheSameRoot() throws {
    let studio = try Studio(), later = Date().addingTimeInterval(364.5 * 86400)
    let before = try Disk.read(studio.folder.path + "/leaf.pem")
    let signer = try studio.folder.signer(now: later)
    #expect(try Disk.read(studio.folder.path + "/leaf.pem") != before)
    let path = studio.scratch("later.mp4")
    try Embedder.sign(studio.plain, to: path, Studio.credential, by: signer, now: later)
    #expect(try studio.read(path, now: later)?.state == .trusted)
    #expect { try studio.folder.signer(now: Date().addingTimeInterval(3650 * 86400)) } throws: {
      "\($0)".contains("root")
    }
  }

  @Test func anotherChainIsTakenOnlyWhole() throws {
    let studio = try Studio(), other = try Studio(), mine = CredentialsFolder(HomeFolder(studio.scratch("mine")))
    #expect(throws: Problem.self) {
      try mine.adopt(chain: studio.folder.path + "/leaf.pem", key: other.folder.path + "/leaf.key", replace: false)
    }
    #expect(throws: Problem.self) {
      try mine.adopt(chain: studio.folder.rootPath, key: studio.folder.path + "/root.key", replace: false)
    }
    #expect(!Disk.exists(mine.path))
    try mine.adopt(chain: studio.folder.path + "/leaf.pem", key: studio.folder.path + "/leaf.key", replace: false)
    #expect(throws: Problem.self) {
      try mine.adopt(chain: studio.folder.path + "/leaf.pem", key: studio.folder.path + "/leaf.key", replace: false)
    }
    try mine.adopt(chain: other.folder.path + "/leaf.pem", key: other.folder.path + "/leaf.key", replace: true)
    let path = studio.scratch("adopted.mp4")
    try Embedder.sign(studio.plain, to: path, Studio.credential, by: try mine.signer())
    #expect(try studio.read(path, trust: other.trust)?.state == .trusted)
  }
}
