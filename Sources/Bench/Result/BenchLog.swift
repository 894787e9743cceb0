import Files
import Foundation

/// `bench/<name>.jsonl`: one line an instance, appended as it is measured, so that a bench killed at any moment goes on
/// with the next one.
///
/// The first line says what is measured and under which protocol; a file that says otherwise is begun anew. A torn last
/// line is dropped. One process at a time.
package final class BenchLog {
  package let path: String
  /// What an earlier call measured, by instance.
  package private(set) var records: [String: BenchRecord] = [:]
  /// The file, open.
  private let lock: FileLock
  private var file: Int32 { lock.descriptor }

  private static let schema = "bench-instances/1"

  /// - Parameter question: protocol and weights; what must be the same for a file to be continued.
  /// - Throws: `Problem` when another process holds it, a line that is not the last is damaged, or it cannot be
  ///   written.
  package init(_ path: String, question: Value) throws {
    self.path = path
    lock = try FileLock(
      file: path, busy: Problem("another process is benching this", at: path, fix: "wait for it, or stop it"))
    let head: Value = ["orrery": .string(Self.schema), "question": question]
    let kept = try continued(head)
    if kept == 0 {
      guard ftruncate(file, 0) == 0 else { throw Disk.writeProblem(path, errno) }
      try write([head])
    } else {
      guard ftruncate(file, off_t(kept)) == 0, lseek(file, 0, SEEK_END) >= 0 else {
        throw Disk.writeProblem(path, errno)
      }
    }
  }

  /// Instances a scenario and cell of the bench a file was begun for; nil where there is none.
  package static func planned(_ path: String) -> Int? {
    guard let text = try? Disk.readText(path), let line = text.split(separator: "\n").first,
      let head = try? JSON.parse(Array(line.utf8), at: path)
    else { return nil }
    return head["question"]?["protocol"]?["count"]?.integer.flatMap { (1...100_000).contains($0) ? $0 : nil }
  }

  /// Takes up what is there. - Returns: bytes of whole lines that stay; 0 when the file is of another question.
  private func continued(_ head: Value) throws -> Int {
    let bytes = [UInt8](try Disk.read(path)), lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    // What follows the last line feed is torn, or nothing.
    let whole = lines.dropLast()
    guard let first = whole.first, first.elementsEqual(JSON.line(head).utf8) else { return 0 }
    for (i, line) in whole.enumerated().dropFirst() {
      let place = "\(path):\(i + 1)", record = try BenchRecord(try JSON.parse(line, at: place), at: place)
      records[record.id] = record
    }
    return whole.reduce(0) { $0 + $1.count + 1 }
  }

  /// On disk when this returns.
  package func append(_ new: [BenchRecord]) throws {
    try write(new.map(\.value))
    for record in new { records[record.id] = record }
  }

  private func write(_ values: [Value]) throws {
    let text = values.map { JSON.line($0) + "\n" }.joined()
    try Array(text.utf8).withUnsafeBytes { try Disk.write($0, to: file, path: path) }
    guard fdatasync(file) == 0 else { throw Disk.writeProblem(path, errno) }
  }
}
