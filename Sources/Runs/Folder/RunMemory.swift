import Consent
import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What this person's machine remembers of the runs it trained: for each folder the ledger's head and counts, a line
/// whenever they were signed. Files `seen/runs/<run>.jsonl` in the home folder, only ever appended to; deleting one
/// forgets.
///
/// A run's folder can be cut down as a whole, ledger, weights and all, and still fit together; what stands elsewhere
/// cannot be cut with it.
package struct RunMemory {
  package let home: HomeFolder

  package init(_ home: HomeFolder) { self.home = home }

  package struct Entry: Sendable, Equatable {
    /// Absolute.
    package let folder: String
    /// The ledger's first record, its last then, and how many there were; nil where a training began anew.
    package let ledger: (first: String, head: String, records: Int)?
    package let step: Int, seen: Int

    package init(folder: String, ledger: (first: String, head: String, records: Int)?, step: Int, seen: Int) {
      (self.folder, self.ledger, self.step, self.seen) = (folder, ledger, step, seen)
    }

    package static func == (a: Entry, b: Entry) -> Bool {
      (a.folder, a.step, a.seen) == (b.folder, b.step, b.seen) && a.ledger?.first == b.ledger?.first
        && a.ledger?.head == b.ledger?.head && a.ledger?.records == b.ledger?.records
    }
  }

  package func path(_ run: String) -> String { home.file("seen/runs/\(run).jsonl") }

  /// Bytes of a run's memory: some hundred thousand checkpoints.
  private static let largest = 256 << 20

  /// The last that was noted of a run in a folder; nil for a run that was never trained there by this person.
  /// - Throws: `Problem` when what is remembered cannot be read.
  package func last(_ run: String, in folder: String) throws -> Entry? {
    let path = path(run), folder = Self.resolved(folder)
    guard Disk.exists(path) else { return nil }
    let lines = try Disk.readText(path, largest: Self.largest).split(separator: "\n", omittingEmptySubsequences: true)
    var last: Entry?
    for (i, line) in lines.enumerated() {
      guard let entry = (try? JSON.parse(String(line), at: path)).flatMap(Self.entry) else {
        // A crash tears a line before its last byte.
        if line.last != "}" { continue }
        throw Problem(
          "line \(i + 1) of what is remembered of this run cannot be read", at: path,
          fix: "restore the file; removing it forgets what was seen of the run")
      }
      if Self.resolved(entry.folder) == folder { last = entry }
    }
    return last
  }

  /// Every folder a run was trained in, as far as it is still there.
  /// - Throws: `Problem` when what is remembered cannot be read.
  package func folders() throws -> [String] {
    let place = home.file("seen/runs")
    var found: [String] = []
    for name in Disk.names(place) where name.hasSuffix(".jsonl") {
      var own: [Substring] = []
      for line in try Disk.readText(place + "/" + name, largest: Self.largest).split(separator: "\n") {
        // A line begins with its folder, and most say the same one.
        let head = line.range(of: "\",\"step\":").map { line[..<$0.lowerBound] } ?? line
        guard !own.contains(head) else { continue }
        own.append(head)
        if let entry = (try? JSON.parse(String(line), at: place)).flatMap(Self.entry) { found.append(entry.folder) }
      }
    }
    return found.distinct().filter { Disk.isFolder($0) }
  }

  /// One folder, whatever links lead to it.
  private static func resolved(_ folder: String) -> String {
    URL(fileURLWithPath: Disk.absolute(folder)).resolvingSymlinksInPath().path
  }

  private static func entry(_ line: Value) -> Entry? {
    guard let folder = line["folder"]?.string, let step = line["step"]?.integer, let seen = line["seen"]?.integer else {
      return nil
    }
    guard let first = line["first"]?.string else { return Entry(folder: folder, ledger: nil, step: step, seen: seen) }
    guard let head = line["head"]?.string, let records = line["records"]?.integer else { return nil }
    return Entry(folder: folder, ledger: (first, head, records), step: step, seen: seen)
  }

  /// Appends a line.
  package func note(_ run: String, _ entry: Entry) throws {
    var line: Value = [
      "folder": .string(Self.resolved(entry.folder)), "step": Value(entry.step), "seen": Value(entry.seen),
      "time": .string(Moment.now().description),
    ]
    if let ledger = entry.ledger {
      line.set("first", .string(ledger.first))
      line.set("head", .string(ledger.head))
      line.set("records", Value(ledger.records))
    }
    let path = path(run)
    try Disk.makeFolder((path as NSString).deletingLastPathComponent)
    let lock = try FileLock(
      file: path, mode: 0o600, appending: true, patience: .seconds(60),
      busy: Problem("another process has been writing this for a minute", at: path, fix: "see whether it hangs"))
    defer { lock.release() }
    // Behind a line that a crash has torn.
    let isTorn = Self.endsTorn(lock.descriptor)
    try Array(((isTorn ? "\n" : "") + JSON.line(line) + "\n").utf8).withUnsafeBytes {
      try Disk.write($0, to: lock.descriptor, path: path)
    }
  }

  private static func endsTorn(_ file: Int32) -> Bool {
    let size = lseek(file, 0, SEEK_END)
    var last: UInt8 = 0
    return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != 0x0A
  }

  /// A training begins in a folder that holds nothing of a run: what was there before is gone, weights and all.
  package func beginAnew(_ run: String, in folder: String) throws {
    guard try last(run, in: folder) != nil else { return }
    try note(run, Entry(folder: folder, ledger: nil, step: 0, seen: 0))
  }
}
