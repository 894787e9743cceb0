import Credentials
import Files
import Foundation
import TestKit
import Testing

/// One change at a time, and the code that must come of it.
@Suite struct TamperTests {
  @Test func everyPartHasItsCode() throws {
    let studio = try Studio()
    func bit(_ place: @escaping (Data) -> Int) -> (inout Data) -> Void {
      { data in
        let i = place(data); if data.indices.contains(i) { data[i] ^= 1 } else { Issue.record("no such place") }
      }
    }
    let cases: [(String, (inout Data) -> Void, String)] = [
      ("mdat", bit { $0.last("mdat") + 100 }, "assertion.bmffHash.mismatch"),
      ("moov", bit { $0.last("mvhd") + 20 }, "assertion.bmffHash.mismatch"),
      ("cut off", { $0 = $0.dropLast(10) }, "assertion.bmffHash.mismatch"),
      ("a box behind", { $0 += [0, 0, 0, 8] + Array("free".utf8) }, "assertion.bmffHash.mismatch"),
      ("claim", bit { $0.last("dc:title") + 10 }, "claimSignature.mismatch"),
      ("assertion", bit { $0.last("notAllowed") }, "assertion.hashedURI.mismatch"),
      ("ingredient", bit { $0.last("a dataset") }, "assertion.hashedURI.mismatch"),
      ("binding", bit { $0.last("dhashX ") + 12 }, "assertion.hashedURI.mismatch"),
      ("signature", bit { $0.last([0xF6, 0x58, 0x40]) + 20 }, "claimSignature.mismatch"),
      ("certificate", bit { $0.last("orrery claim signer") }, "claimSignature.mismatch"),
      ("public key", bit { $0.last([0x03, 0x42, 0x00, 0x04]) + 30 }, "claimSignature.mismatch"),
      ("algorithm", bit { $0.last([0xA2, 0x01, 0x26]) + 2 }, "claimSignature.mismatch"),
    ]
    for (name, change, code) in cases {
      let report = try #require(try studio.verdict(change), "\(name)")
      #expect(report.state == .invalid && report.failures.contains(code), "\(name): \(report.failures)")
    }
  }

  /// Boxes that the hash leaves out by their name, put behind a signed film: players read them.
  @Test func nothingStandsOutsideTheHash() throws {
    let studio = try Studio()
    func big(_ n: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: n >> (24 - 8 * $0)) } }
    func box(_ kind: String, _ data: [UInt8]) -> [UInt8] { big(8 + data.count) + Array(kind.utf8) + data }
    func credentials(_ purpose: String, _ data: [UInt8]) -> [UInt8] {
      let type: [UInt8] = [
        0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81,
      ]
      return box("uuid", type + [0, 0, 0, 0] + Array(purpose.utf8) + [0] + data)
    }
    let junk = [UInt8](repeating: 0x42, count: 200), access = box("tfra", [UInt8](repeating: 0, count: 16))
    func index(_ length: Int) -> [UInt8] { access + box("mfro", [0, 0, 0, 0] + big(length)) }
    let extra: [(String, [UInt8])] = [
      ("ftyp", box("ftyp", Array("isom".utf8) + [0, 0, 0, 0])), ("ftyp, empty", box("ftyp", [])),
      ("mfra, junk", box("mfra", junk)), ("mfra, empty", box("mfra", [])),
      ("mfra of no fragments", box("mfra", index(48))),
      ("mfra of another length", box("mfra", index(9))),
      ("mfra with more in it", box("mfra", box("free", junk) + index(264))),
      ("two mfra", box("mfra", index(48)) + box("mfra", index(48))), ("merkle, junk", credentials("merkle", junk)),
      ("merkle, a map", credentials("merkle", [0xA0])), ("for nothing known", credentials("notes", junk)),
      ("foreign uuid", box("uuid", junk)), ("free", box("free", junk)),
    ]
    for (name, bytes) in extra {
      let report = try #require(try studio.verdict { $0 += bytes }, "\(name)")
      #expect(
        report.state == .invalid && report.failures.contains("assertion.bmffHash.mismatch"),
        "\(name): \(report.failures)")
    }
  }

  /// The expiry counts at the time of reading.
  @Test func certificatesEnd() throws {
    let studio = try Studio()
    for days in [-2.0, 400, 4000] {
      let report = try #require(try studio.read(studio.signed, now: Date().addingTimeInterval(days * 86400)))
      #expect(
        report.state == .invalid && report.failures == ["signingCredential.expired", "signingCredential.untrusted"])
    }
  }

  /// A part of the store cannot be swapped for the same part of another.
  @Test func partsOfAnotherStoreDoNotFit() throws {
    let studio = try Studio()
    let other = studio.scratch("other.mp4")
    try Embedder.sign(studio.plain, to: other, Studio.credential, by: studio.signer)
    let theirs = try Disk.read(other)
    let report = try #require(
      try studio.verdict { data in
        let from = data.last([0xF6, 0x58, 0x40]) + 3, there = theirs.last([0xF6, 0x58, 0x40]) + 3
        data.replaceSubrange(from..<from + 64, with: theirs[there..<there + 64])
      })
    #expect(report.failures == ["claimSignature.mismatch"])
    // Nor the whole store for another film's.
    let film = studio.scratch("film.mp4")
    var frames = try Disk.read(studio.plain)
    frames[frames.count - 20] ^= 1
    try Disk.write(frames, to: film)
    let length = theirs[32..<36].reduce(0) { $0 << 8 | Int($1) }
    let moved = try #require(
      try studio.verdict { $0 = frames.prefix(32) + theirs[32..<32 + length] + frames.dropFirst(32) })
    #expect(moved.failures == ["assertion.bmffHash.mismatch"])
  }
}
