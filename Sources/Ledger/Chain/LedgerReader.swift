import Consent
import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Reads a ledger and believes nothing in it that the chain does not carry.
public enum LedgerReader {
  /// Verifies every line and totals it. An unfinished last line, as a crash leaves it, is reported in `tornTail` and
  /// not counted.
  /// - Parameter run: the run it should be of, when known.
  /// - Throws: `Problem` naming the file and line of the first thing that is wrong.
  public static func verify(_ path: String, run: String? = nil) throws -> LedgerSummary {
    let scan = try written(path, run)
    return try LedgerSummary(scan.state, tornTail: scan.tail.count, at: path)
  }

  /// A whole ledger, read once, for whoever asks several things of it. It may have no record.
  package static func reading(_ path: String, run: String? = nil) throws -> LedgerReading {
    LedgerReading(try scan(path, run), at: path)
  }

  /// Which clips the run could draw on, step by step.
  public static func history(_ path: String, run: String? = nil) throws -> LedgerHistory {
    try scan(path, run).state.history
  }

  /// The records of use, one by one.
  public static func trail(_ path: String, run: String? = nil) throws -> LedgerTrail {
    LedgerTrail(try scan(path, run).state)
  }

  /// A ledger with at least one record.
  static func written(_ path: String, _ run: String?) throws -> LedgerScan {
    let scan = try scan(path, run)
    guard scan.state.records > 0 else {
      throw Problem("the ledger has no records", at: path, fix: "it is written when training begins")
    }
    return scan
  }

  private static func scan(_ path: String, _ run: String? = nil) throws -> LedgerScan {
    let scan = try LedgerScan(Disk.read(path, largest: largest), at: path, run: run)
    try scan.state.requireBelievable(at: path)
    return scan
  }

  /// Bytes of a ledger: some millions of records.
  package static let largest = 4 << 30
}

/// The records of a ledger's complete lines, and what hangs after the last newline.
package struct LedgerScan {
  private(set) var state = LedgerState()
  /// Where the complete lines end.
  private(set) var end = 0
  private(set) var tail: [UInt8] = []

  /// - Throws: `Problem` naming the line.
  package init(_ data: Data, at path: String, run: String?) throws {
    var bytes = [UInt8](data)[...]
    var number = 1
    while let newline = bytes.firstIndex(of: 0x0A) {
      try take(bytes[..<newline], at: "\(path), line \(number)", run)
      bytes = bytes[(newline + 1)...]
      end = newline + 1
      number += 1
    }
    tail = Array(bytes)
    guard Self.isTorn(tail) else {
      throw Problem(
        "the record is damaged: it does not end as the ledger ends a line", at: "\(path), line \(number)",
        expected: "a line as the ledger wrote it", fix: "restore the ledger from a copy; is this a ledger at all?")
    }
  }

  /// A crash leaves a record's beginning, or zeros where the file system had only made room. A foreign text, or a whole
  /// record with something else where its newline belongs, is no crash's work and must not be cut away.
  private static func isTorn(_ tail: [UInt8]) -> Bool {
    let opening = Array(#"{"body":"#.utf8)
    guard tail.starts(with: opening.prefix(tail.count)) || tail.allSatisfy({ $0 == 0 }) else { return false }
    return tail.count < 2 || (try? LedgerRecord(line: tail.dropLast(), at: "")) == nil
  }

  private mutating func take(_ line: ArraySlice<UInt8>, at place: String, _ run: String?) throws {
    let record = try LedgerRecord(line: line, at: place)
    if let run, record.run != run {
      throw Problem(
        "this ledger is of the run '\(FieldReader.shortened(record.run))'", at: place,
        expected: "run '\(FieldReader.shortened(run))'",
        fix: "give the ledger of this run; ledgers cannot be moved between runs")
    }
    try state.apply(record, at: place)
  }
}
