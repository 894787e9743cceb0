import Files
import Foundation

/// `events.jsonl`: one JSON object a line. On resume, lines of steps that will be run again are dropped.
public final class EventLog {
  public let path: String
  private let handle: FileHandle

  /// - Parameter keepingBelow: steps done. Records of training steps from this one on are removed first, and
  ///   observations made after more steps than this; at 0 everything is.
  public init(_ path: String, keepingBelow step: Int) throws {
    self.path = path
    func stays(_ line: Value) -> Bool {
      let event = RunEvent(line)
      guard step > 0, let at = event.at else { return false }
      return if case .step = event { at < step } else { at <= step }
    }
    // Lines that stay are not written anew from what this version reads in them.
    let kept = try Disk.exists(path) ? EventLog.lines(path).filter(stays) : []
    try Disk.write(kept.map { JSON.line($0) + "\n" }.joined(), to: path)
    guard let handle = FileHandle(forWritingAtPath: path) else { throw Disk.writeProblem(path, errno) }
    handle.seekToEndOfFile()
    self.handle = handle
  }

  public func append(_ event: RunEvent) throws {
    do { try handle.write(contentsOf: Data((JSON.line(event.value) + "\n").utf8)) } catch {
      throw Disk.writeProblem(path, errno)
    }
  }

  deinit { try? handle.close() }

  /// Every whole line; a torn last one (a crash while writing) is left out.
  public static func read(_ path: String) throws -> [RunEvent] { try lines(path).map(RunEvent.init) }

  private static func lines(_ path: String) throws -> [Value] {
    let lines = try Disk.readText(path).split(separator: "\n")
    return try lines.enumerated().compactMap { i, line in
      do { return try JSON.parse(String(line), at: path) } catch {
        if i == lines.count - 1 { return nil }
        throw Problem(
          "line \(i + 1) is damaged: \((error as? Problem)?.what ?? "\(error)")", at: path,
          expected: "one JSON object a line",
          fix: "restore the file, or delete that line: no weight depends on it")
      }
    }
  }
}
