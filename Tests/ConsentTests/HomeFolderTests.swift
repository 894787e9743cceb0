import Consent
import Files
import Foundation
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What was seen must be read and kept, or nothing is decided.
@Suite struct HomeFolderTests {
  private func policy(_ home: String, _ manifest: Manifest) throws -> ConsentPolicy {
    try ConsentPolicy(trust: nil, revocations: [], for: [manifest], home: HomeFolder(home), at: noon)
  }

  @Test func anEmptyHomeIsAFirstUse() throws {
    try withFolder { folder in
      let manifest = try manifest()
      try Disk.makeFolder(folder + "/empty")
      for home in ["/none/yet", "/empty"] {
        let policy = try policy(folder + home, manifest)
        #expect(policy.trust == .none && policy.revocations.isEmpty)
        #expect(
          Decision.decide(manifest, facts(), request(), assurance: policy.assurance(of: manifest, at: noon)).isAdmitted)
      }
    }
  }

  /// Each of these is there and is not what it should be. Some of them are so for root as well.
  @Test func aHomeThatCannotBeUsedIsRefused() throws {
    try withFolder { folder in
      let manifest = try manifest()
      let cases: [(String, (String) throws -> Void)] = [
        ("a file", { try Disk.write("", to: $0) }),
        ("seen is a file", { try Disk.write("", to: $0 + "/seen") }),
        ("revocations is a file", { try Disk.write("", to: $0 + "/seen/revocations") }),
        ("issuers is a file", { try Disk.write("", to: $0 + "/seen/issuers") }),
        ("the lock is a folder", { try Disk.makeFolder($0 + "/seen/lock") }),
        ("trust.json is a folder", { try Disk.makeFolder($0 + "/trust.json") }),
        (
          "trust.json leads nowhere",
          {
            try Disk.makeFolder($0)
            try FileManager.default.createSymbolicLink(atPath: $0 + "/trust.json", withDestinationPath: "/none")
          }
        ), ("trust.json is empty", { try Disk.write("", to: $0 + "/trust.json") }),
        ("derivations are no hashes", { try Disk.write("yes\n", to: $0 + "/seen/derivations-2.txt") }),
        (
          "the importer's key is open to others",
          { home in
            _ = try KeyRing(HomeFolder(home)).make("import")
            chmod(home + "/keys/import.pem", 0o644)
          }
        ),
      ]
      for (i, (name, spoil)) in cases.enumerated() {
        let home = folder + "/home\(i)"
        try spoil(home)
        #expect(throws: Problem.self, "\(name)") { try policy(home, manifest) }
      }
      #expect(throws: Problem.self) { try policy("/proc/orrery", manifest) }
      guard geteuid() != 0 else { return }
      for place in ["", "/seen", "/seen/revocations"] {
        let home = folder + "/mode" + place.replacingOccurrences(of: "/", with: "-")
        try Disk.makeFolder(home + "/seen/revocations")
        chmod(home + place, 0o500)
        #expect(throws: Problem.self, "\(place)") { try policy(home, manifest) }
        chmod(home + place, 0o700)
      }
    }
  }
}
