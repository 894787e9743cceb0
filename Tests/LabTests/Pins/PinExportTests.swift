import Bench
import Export
import Files
import Foundation
import Ledger
import Runs
import TestKit
import Testing

/// What an export of the pinned run holds.
@Suite struct PinExportTests {
  @Test func anExportWrites() throws {
    let world = try PinnedWorld(), trained = try world.trained(), out = world.scratch("model")
    try retell(trained)
    // The card and the bill of materials tell what it took: here, as if it had been measured so.
    try Disk.edit(trained.path("run.json")) {
      $0.set(
        "cost",
        [
          "wall_seconds": 12.5, "processor_seconds": 20.25, "data_wait_seconds": 0.5, "parameters": 1,
          "peak_rss_bytes": 123_456_789, "threads": 2, "joules": 5400, "kwh": 0.0015, "energy": "measured",
          "co2e_g": 0.045, "grid_g_per_kwh": 30,
        ])
    }
    let run = try Run(folder: trained.folder), home = HomeFolder(world.scratch("another-home"))
    let made = try Export(run, out: out, home: home).write(on: world.compute, world.quiet), blank = try world.blank()
    try Pin.expect(JSON.pretty(blank.value(made.value)), "export/result.json")
    let names = try PinFolder.names(out)
    try Pin.expect(names.map { $0 + "\n" }.joined(), "export/files.txt")
    for name in names {
      let path = out + "/" + name, fixture = "export/model/" + name
      switch (name as NSString).pathExtension {
      case "json": try Pin.expect(try blank.document(path), fixture)
      case "md": try Pin.expect(blank.text(try Disk.readText(path)), fixture)
      case "safetensors": try Pin.expect(try PinFolder.safetensors(path, blank), fixture + ".txt")
      // Signed by this place's key at this time.
      default: #expect(name.hasSuffix(".c2pa"), "\(name) is not pinned")
      }
    }
    // The rest of the ledger is the run's, and the weights name its head.
    try Pin.expect(try #require(blank.ledger(run.path("ledger.jsonl")).last), "export/ledger-last.json")
  }

  /// The ledger as it would be without a key and at a fixed time: what names its head is then the same everywhere. The
  /// headers of the weights name its heads and are told anew with it; the home that remembers the first one is not asked.
  private func retell(_ run: Run) throws {
    let path = run.path("ledger.jsonl")
    let records = try Disk.readText(path).split(separator: "\n").map { try JSON.parse(String($0), at: path) }
    try FileManager.default.removeItem(atPath: path)
    let ledger = try LedgerWriter(path: path, run: run.hash, clock: { Moment(seconds: 1_580_515_200) })
    var heads: [String: String] = [:]
    for record in records {
      let kind = try #require(record["kind"]?.string.flatMap { LedgerRecord.Kind(rawValue: $0) })
      let body = try #require(record["body"])
      heads[try #require(record["hash"]?.string)] =
        try ledger.append(kind, body.removing("key").removing("signature")).hash
    }
    try ledger.flush()
    for name in try PinFolder.names(run.folder) where name.hasSuffix(".safetensors") {
      try Disk.editHeader(run.path(name)) { header in
        var metadata = try #require(header["__metadata__"])
        metadata.set("ledger_head", .string(try #require(metadata["ledger_head"]?.string.flatMap { heads[$0] })))
        header.set("__metadata__", metadata)
      }
    }
  }
}
