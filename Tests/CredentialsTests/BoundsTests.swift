import Credentials
import Files
import Foundation
import TestKit
import Testing

/// Stores made to cost their reader more than they are worth, and containers that are not read.
@Suite struct BoundsTests {
  private func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: (content.count + 8) >> (24 - 8 * $0)) } + Array(type.utf8) + content
  }

  private func file(_ store: [UInt8], _ scratch: Scratch) throws -> String {
    let uuid: [UInt8] = [
      0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81,
    ]
    let bytes =
      box("ftyp", Array("isom0000".utf8))
      + box("uuid", uuid + [0, 0, 0, 0] + Array("manifest".utf8) + [0] + [UInt8](repeating: 0, count: 8) + store)
    try Disk.write(Data(bytes), to: scratch("x.mp4"))
    return scratch("x.mp4")
  }

  private func description(_ type: String, _ label: String) -> [UInt8] {
    box(
      "jumd", Array(type.utf8) + [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71, 3] + Array(label.utf8) + [0])
  }

  @Test func deepAndWideStoresAreRefused() throws {
    let scratch = try Scratch()
    var deep = box("jumb", description("c2pa", "c2pa"))
    for _ in 0..<5000 { deep = box("jumb", description("c2ma", "m") + deep) }
    let wide = box("jumb", description("c2pa", "c2pa") + [[UInt8]](repeating: box("free", []), count: 50_000).joined())
    let bare = box("jumb", description("c2pa", "c2pa")),
      claimless = box("jumb", description("c2pa", "c2pa") + box("jumb", description("c2ma", "urn:c2pa:1")))
    for store in [deep, wide, bare, [], [0, 0, 0, 0], box("jumb", [])] {
      #expect(throws: Problem.self) { try CredentialReport.read(try file(store, scratch), trust: .none) }
    }
    #expect(
      try CredentialReport.read(try file(claimless, scratch), trust: .none)?.findings.map(\.code) == [.claimMissing])
  }

  @Test func aFileCutOffInItsStoreIsNotTakenForOneWithout() throws {
    let studio = try Studio()
    try Disk.write(Data(try Disk.read(studio.signed).prefix(900)), to: studio.scratch("cut.mp4"))
    #expect { try TrainingMining.read(studio.scratch("cut.mp4")) } throws: {
      "\($0)".contains("ends within its credentials")
    }
  }

  /// What nobody knows is passed over, and said.
  @Test func unknownBoxesAreNamed() throws {
    let studio = try Studio(), data = try Disk.read(studio.signed)
    let length = data[32..<36].reduce(0) { $0 << 8 | Int($1) }, start = 32 + 8 + 16 + 4 + 9 + 8
    let store = try JUMBF(data[start..<32 + length], at: "store"), manifest = try #require(store.superboxes.first)
    let more = JUMBF(
      store.type, store.label,
      [.superbox(JUMBF(manifest.type, manifest.label, manifest.content + [.leaf(type: "what", bytes: [1, 2, 3])]))])
    try Disk.write(
      Data(data.prefix(32) + box("uuid", Array(data[40..<start]) + more.bytes) + data[(32 + length)...]),
      to: studio.scratch("more.mp4"))
    let report = try #require(try studio.read(studio.scratch("more.mp4")))
    // The film's own boxes moved, so the binding does not hold; everything that was signed does.
    #expect(
      report.failures == ["assertion.bmffHash.mismatch"]
        && report.findings.contains { $0.code == .unknownBox && $0.explanation.contains("what") })
  }

  @Test func riffIsSaidNotToBeSupported() throws {
    let scratch = try Scratch()
    try Disk.write(
      Data(Array("RIFF".utf8) + [20, 0, 0, 0] + Array("AVI ".utf8) + Array("C2PA".utf8) + [4, 0, 0, 0, 1, 2, 3, 4]),
      to: scratch("x.avi"))
    #expect { try TrainingMining.read(scratch("x.avi")) } throws: { "\($0)".contains("not supported here") }
    try Disk.write(
      Data(Array("RIFF".utf8) + [20, 0, 0, 0] + Array("AVI ".utf8) + Array("LIST".utf8) + [4, 0, 0, 0, 1, 2, 3, 4]),
      to: scratch("y.avi"))
    #expect(try TrainingMining.read(scratch("y.avi")) == nil)
  }

  @Test(arguments: [0, 1, 7, 8, 11, 12, 20]) func shortFilesHaveNone(_ count: Int) throws {
    let scratch = try Scratch()
    for head in [
      [0, 0, 0, 20] + Array("ftypisom".utf8), [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
      [0xFF, 0xD8, 0xFF, 0xEB], Array("RIFF".utf8),
    ] as [[UInt8]] {
      try Disk.write(Data((head + [UInt8](repeating: 0xEB, count: 20)).prefix(count)), to: scratch("short"))
      #expect(try TrainingMining.read(scratch("short")) == nil)
    }
  }
}
