import Consent
import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a run's ledger: appends only, in memory until `flush` puts it on the disk for good.
///
/// Order around a checkpoint: `append(.exposure, …)`, `flush()`, write the weights with `head` in their header,
/// `append(.checkpoint, …)`, `flush()`. A crash between any two leaves a ledger that says at least what the weights
/// have seen; resuming voids the surplus. One thread uses a writer, and the file is locked against other processes
/// while it lives.
public final class LedgerWriter {
  public let path: String
  public let run: String
  /// The file, open for appending.
  private let lock: FileLock
  private var file: Int32 { lock.descriptor }
  private var state: LedgerState
  private var waiting: [UInt8] = []
  /// Where the file's good lines end; a failed write is cut back to here.
  private var end: Int
  private let key: SigningKey?
  private let clock: () -> Moment

  /// Opens the run's ledger, or begins it. The chain is verified; one unfinished last line, as a crash leaves it, is
  /// removed and the removal recorded.
  /// - Parameter key: signs openings, and what follows an opening it signed. nil writes an unsigned ledger.
  /// - Throws: `Problem` when the ledger is damaged (naming the line), is another run's, is being written by another
  ///   process, or cannot be written.
  public init(path: String, run: String, key: SigningKey? = nil, clock: @escaping () -> Moment = Moment.now) throws {
    guard !run.isEmpty else { throw Problem("a ledger needs its run's name", at: path) }
    let fresh = !Disk.exists(path)
    if !fresh { try Disk.requireFile(path) }
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try Disk.makeFolder(folder) }
    lock = try FileLock(
      file: path, appending: true,
      busy: Problem(
        "another process is writing this ledger", at: path, fix: "wait for the other run to end, or stop it"))
    if fresh { try Disk.sync(folder.isEmpty ? "." : folder) }
    let scan = try LedgerScan(Disk.read(path, largest: LedgerReader.largest), at: path, run: run)
    (state, end) = (scan.state, scan.end)
    (self.path, self.run, self.key, self.clock) = (path, run, key, clock)
    if !scan.tail.isEmpty { try mend(scan.tail) }
  }

  /// Whether another process is writing the ledger just now. It may be free, or taken, a moment later.
  public static func isBusy(_ path: String) -> Bool { FileLock.isHeld(path) }

  /// The last record's hash, unflushed ones included.
  public var head: String { state.head }

  /// The first record's hash, which says which ledger this is, and how many records there are.
  public var beginning: (first: String, records: Int)? { state.first.map { ($0, state.records) } }

  /// Whether the ledger has passed through `head`: a checkpoint names the one it was written under.
  public func holds(_ head: String) -> Bool { state.heads[head] != nil }

  /// Whether what is appended is signed: the last opening names the writer's key.
  public var signs: Bool { key != nil && state.signer == key?.did }

  /// Which clips the run could draw on, step by step.
  public var history: LedgerHistory { state.history }

  /// Steps up to here have their exposures counted.
  public var countedTo: Int { state.countedTo }

  /// Frames taken back that exported weights hold all the same.
  public var handedOn: Exposures { state.handedOn }

  /// Adds a record. It is on the disk after the next `flush`.
  /// - Throws: `Problem` when the body is not what records of its kind say, holds a fraction, or counts steps a second
  ///   time.
  @discardableResult public func append(_ kind: LedgerRecord.Kind, _ body: Value) throws -> LedgerRecord {
    var body = body
    if kind == .open, let key { body.set("key", .string(key.did)) }
    let signs = key != nil && kind != .exposure && kind != .void && (kind == .open || state.signer == key?.did)
    let record =
      try signs
      ? key.map {
        try LedgerRecord(
          seq: state.records, prev: state.head, time: clock(), run: run, kind: kind, body: body, signing: $0)
      } : nil
    return try take(
      record ?? LedgerRecord(seq: state.records, prev: state.head, time: clock(), run: run, kind: kind, body: body))
  }

  private func take(_ record: LedgerRecord) throws -> LedgerRecord {
    let line = try record.line()
    // Read back before it counts: what would not verify (a doubled key, say) must not reach the file.
    _ = try LedgerRecord(line: line.utf8, at: "\(path), record \(record.seq)")
    try state.apply(record, at: "\(path), record \(record.seq)")
    waiting += line.utf8
    waiting.append(0x0A)
    return record
  }

  /// Writes what waits and syncs it. When it returns, a crash cannot take it back.
  /// - Throws: `Problem` with the system's reason (a full disk, say). What waited still waits, and the file ends in a
  ///   whole line.
  public func flush() throws {
    guard !waiting.isEmpty else { return }
    do {
      try waiting.withUnsafeBytes { try Disk.write($0, to: file, path: path) }
      guard fsync(file) == 0 else { throw Disk.writeProblem(path, errno) }
    } catch {
      ftruncate(file, off_t(end))
      throw error
    }
    end += waiting.count
    waiting.removeAll(keepingCapacity: true)
  }

  /// On resume from a checkpoint: exposures of steps from `step` on did not enter the weights that go on, and are
  /// marked void, as are observations that will be made again. Nothing is deleted, and nothing is written when there is
  /// nothing to void.
  /// - Returns: how many records became void.
  @discardableResult public func voidExposures(after step: Int) throws -> Int {
    let later: [Int]
    do { later = try state.later(than: step) } catch var problem as Problem {
      problem.place = path
      throw problem
    }
    guard !later.isEmpty else { return 0 }
    try append(.void, LedgerBody.void(after: step, records: later))
    try flush()
    return later.count
  }

  /// What has been appended so far, flushed or not.
  public func summary() throws -> LedgerSummary { try LedgerSummary(state, tornTail: 0, at: path) }

  /// The same, booked to the grants in force.
  public func usage() throws -> LedgerUsage { try LedgerUsage(state, tornTail: 0, at: path) }

  private func mend(_ tail: [UInt8]) throws {
    // Only the newline is missing: the record is whole and says what happened, so it stays. (A record of another run,
    // or out of the chain, is no crash's work.)
    if let record = try? LedgerRecord(line: tail, at: path) {
      guard record.run == run else {
        throw Problem("the last record is of another run", at: path, fix: "give the ledger of this run")
      }
      try state.apply(record, at: "\(path), last line")
      guard ftruncate(file, off_t(end)) == 0 else { throw Disk.writeProblem(path, errno) }
      waiting = tail + [0x0A]
    } else {
      guard ftruncate(file, off_t(end)) == 0 else { throw Disk.writeProblem(path, errno) }
    }
    try append(.void, LedgerBody.torn(bytes: tail.count))
    try flush()
  }
}
