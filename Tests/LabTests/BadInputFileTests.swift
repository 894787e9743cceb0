import Bench
import Files
import Foundation
import Media
import TestKit
import Testing

/// Every command that reads a file, on files that are not there, not whole, or not files. A new command is one line of
/// `readers`.
@Suite struct BadInputFileTests {
  /// "FILE" is replaced by each of `broken`.
  static let readers = [
    "score FILE", "score film.mp4 --reference FILE", "metrics calibrate --on FILE --out c", "metrics time FILE",
    "metrics distance FILE FILE", "dataset inspect FILE", "dataset import FILE --out i.h5",
    "consent init FILE --licensor me --out m.json", "consent check FILE",
    "consent check worlds.h5 --manifest FILE", "consent ledger FILE", "parity FILE", "sample FILE --out s",
    "bench FILE --out b", "export FILE --out e", "compare FILE RUN",
    "sample RUN --out s --clip FILE --clip-id a --unsigned own-work",
    "sample RUN --out s --video FILE --manifest worlds.optin.json",
    "sample RUN --out s --image FILE --manifest worlds.optin.json", "finetune minute.yaml --set data.0.path=FILE",
    "finetune minute.yaml --set data.0.manifest=FILE",
    "finetune minute.yaml --set from=FILE", "finetune FILE",
  ]
  static let broken = ["nope", "folder", "empty", "short.h5"]

  @Test(arguments: readers) func isRefused(_ line: String) throws {
    let room = try Room()
    for file in Self.broken {
      // An experiment is text the user wrote: an empty one is wrong usage.
      try room.refuses(line.replacing("FILE", with: file), line == "finetune FILE" && file == "empty" ? 2 : 1, [file])
    }
  }

  @Test func videosThatAreNone() throws {
    let room = try Room()
    try room.refuses("dataset import short.mp4 --out i.h5", 1, ["short.mp4", "not a video"])
    try room.refuses("score short.mp4", 1, ["short.mp4", "not a video"])
    // A film cut off later is worth what is left of it, with a note.
    let whole = try Disk.read(room("film.mp4"))
    try Disk.write(whole.prefix(whole.count * 4 / 5), to: room("cut.mp4"))
    let told = try room.orrery("dataset import cut.mp4 --out cut.h5")
    #expect(
      told.code == 0
        && told.out.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("may be truncated"),
      "\(told.everything)")
    // The good one is scored, the others are items with their error.
    let scored = try room.orrery("score nope.mp4 film.mp4 short.mp4 --metric luma_flicker_d2 --json")
    let items = try JSON.parse(scored.out.trimmingCharacters(in: .newlines), at: "score").items("items")
    #expect(scored.code == 1 && items.map { $0["error"] == nil } == [false, true, false], "\(scored.everything)")
    #expect(items[1]["metrics"]?["luma_flicker_d2"]?["value"]?.double != nil)
    #expect(scored.everything.contains("2 of 3 files could not be scored"))
    try room.refuses("dataset import film.mp4 --captions nope.csv --out i.h5", 1, ["nope.csv"])
    try room.refuses("dataset import film.mp4 --window 5000 --out i.h5", 1, ["film.mp4", "12 frames", "5000"])
    try room.refuses("dataset inspect short.h5", 1, ["short.h5", "truncated"])
    try room.refuses("dataset inspect minute.yaml", 1, ["minute.yaml", "HDF5"])
  }

  /// Files to write, where they cannot be. "OUT" is a folder that is a file, or cannot be written.
  static let writers = [
    "worlds render --scenario projectile --count 4 --size 32 --frames 12 --out OUT/w.h5",
    "worlds show projectile --size 32 --out OUT/w.png", "dataset import film.mp4 --out OUT/i.h5",
    "consent init worlds.h5 --licensor me --out OUT/m.json", "finetune minute.yaml --runs OUT",
    "sample RUN --count 1 --steps 2 --out OUT/s", "bench RUN --count 1 --out OUT/b",
    "export RUN --out OUT/e",
  ]

  @Test(arguments: writers) func aFileInPlaceOfTheFolder(_ line: String) throws {
    try Room().refuses(line.replacing("OUT", with: "empty"), 1, ["empty", "file"])
  }

  @Test(.mounting) func aFolderThatIsReadOnly() throws {
    let room = try Room(), mount = try Mount(room("disk"), "size=64k,ro")
    for line in Self.writers { try room.refuses(line.replacing("OUT", with: "disk"), 1, ["disk", "ead-only"]) }
    withExtendedLifetime(mount) {}
  }

  @Test(.mounting) func aFullDisk() throws {
    let room = try Room(), mount = try Mount(room("disk"), "size=64k")
    let filler = try #require(fopen(room("disk/filler"), "w"))
    while fwrite([UInt8](repeating: 1, count: 4096), 4096, 1, filler) == 1, fflush(filler) == 0 {}
    fclose(filler)
    // What stays are folders: the run's, and those asked for.
    for line in Self.writers {
      try room.refuses(
        line.replacing("OUT", with: "disk"), 1, ["disk", "No space left"],
        leaving: ["disk/minute-", "disk/s", "disk/b", "disk/e"])
    }
    #expect(
      room.listing.filter { $0.hasPrefix("disk/") }.allSatisfy {
        Disk.isFolder(room($0)) || $0 == "disk/filler" || $0.hasSuffix(".lock")
      })
    withExtendedLifetime(mount) {}
  }

  /// Room for a run's first files and not for its checkpoint: the earlier checkpoint stays, and the message names the
  /// file.
  @Test(.mounting) func aDiskThatFillsWhileTraining() throws {
    let room = try Room(), mount = try Mount(room("disk"), "size=600k")
    try room.refuses(
      "finetune minute.yaml --runs disk", 1, ["safetensors", "No space left"], leaving: ["disk/minute-"])
    #expect(!room.listing.contains { $0.hasSuffix(".safetensors") })
    withExtendedLifetime(mount) {}
  }

  @Test func whatStandsThereIsKept() throws {
    let room = try Room(owning: ["worlds.h5", "worlds.optin.json"]), manifest = try Disk.read(room("worlds.optin.json"))
    try room.refuses("consent init worlds.h5 --licensor me", 1, ["worlds.optin.json", "already there"])
    #expect(try Disk.read(room("worlds.optin.json")) == manifest)
    try room.refuses("worlds show projectile --size 32 --out folder", 1, ["folder"])
    try room.refuses("worlds render --scenario projectile --count 4 --out folder", 1, ["folder"])
    try room.refuses("dataset import film.mp4 --out folder", 1, ["folder"])
  }
}
