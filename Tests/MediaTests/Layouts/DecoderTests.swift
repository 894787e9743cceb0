import Files
import Foundation
import Media
import TestKit
import Testing

/// Decoders of strangers' bytes: whatever is cut or changed gives an answer or a problem, never a trap.
@Suite struct DecoderTests {
  /// Each file of the folder fixtures, cut and with bytes changed.
  @Test func damagedTablesAndTarsAreRefusedOrRead() throws {
    let scratch = try Scratch()
    var random = SplitMix64(11)
    let files = [
      "lerobot_v3/data/chunk-000/file-000.parquet", "lerobot_v21/data/chunk-000/episode_000000.parquet",
      "lerobot_v3/meta/episodes/chunk-000/file-000.parquet", "webdataset/shard-000.tar",
    ]
    for name in files {
      let top = String(name.split(separator: "/")[0]), inner = String(name.dropFirst(top.count + 1))
      for round in 0..<60 {
        let folder = scratch("\(top)-\(round)-\(inner.count)")
        try FileManager.default.copyItem(atPath: Fixture.path("layouts/" + top), toPath: folder)
        var bytes = [UInt8](try Disk.read(folder + "/" + inner))
        if round % 3 == 0 {
          bytes.removeLast(random.below(bytes.count))
        } else {
          for _ in 0..<1 + round % 5 { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
        }
        try Disk.write(Data(bytes), to: folder + "/" + inner)
        _ = try problemIfAny {
          _ = try DatasetLook(folder, Reading()).table.value(hash: false, actions: true, threads: 1)
        }
        try FileManager.default.removeItem(atPath: folder)
      }
    }
  }
}
