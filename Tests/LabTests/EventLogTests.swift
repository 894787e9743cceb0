import Files
import Frames
import Lab
import Runs
import TestKit
import Testing

/// `events.jsonl` as a file: one object a line, cut back on a resume, and mended or refused where it is damaged.
@Suite struct EventLogTests {
  private static let events: [Value] = [
    ["kind": "held_out", "step": 0, "loss": 2.5], ["kind": "step", "step": 0, "loss": 1.25, "note": "é \"quoted\""],
    ["kind": "step", "step": 1, "loss": .number(.nan)], ["kind": "held_out", "step": 2, "losses": [1, 0.5]],
    ["kind": "step", "step": 2, "loss": 1e-7],
  ]
  private static let lines = [
    #"{"kind":"held_out","step":0,"loss":2.5}"#, #"{"kind":"step","step":0,"loss":1.25,"note":"é \"quoted\""}"#,
    #"{"kind":"step","step":1,"loss":null}"#,
    #"{"kind":"held_out","step":2,"losses":[1,0.5]}"#, #"{"kind":"step","step":2,"loss":1e-07}"#,
  ]

  private func write(_ path: String) throws {
    let log = try EventLog(path, keepingBelow: 0)
    for event in Self.events { try log.append(.other(event)) }
  }

  @Test func linesAreTheseBytesAndReadBack() throws {
    let scratch = try Scratch()
    try write(scratch("e"))
    #expect(try Disk.readText(scratch("e")) == Self.lines.map { $0 + "\n" }.joined())
    let read = try EventLog.read(scratch("e"))
    #expect(read.map { $0.value["step"] } == Self.events.map { $0["step"] })
  }

  /// Steps that will be run again go, and what was observed after them; at 0 nothing stays.
  @Test(arguments: [(0, [Int]()), (1, [0, 1]), (2, [0, 1, 2, 3]), (3, [0, 1, 2, 3, 4])]) func aResumeCutsBack(
    done: Int, kept: [Int]
  ) throws {
    let scratch = try Scratch()
    try write(scratch("e"))
    do {
      let log = try EventLog(scratch("e"), keepingBelow: done)
      try log.append(.other(["kind": "step", "step": 9]))
    }
    #expect(
      try Disk.readText(scratch("e")) == kept.map { Self.lines[$0] + "\n" }.joined()
        + "{\"kind\":\"step\",\"step\":9}\n")
  }

  @Test func aTornEndIsDroppedAndOtherDamageIsNamed() throws {
    let scratch = try Scratch(), whole = Self.lines.map { $0 + "\n" }.joined()
    for cut in 1...Self.lines[4].utf8.count {
      try Disk.write(String(decoding: whole.utf8.dropLast(cut + 1), as: UTF8.self), to: scratch("e"))
      #expect(try EventLog.read(scratch("e")).count == 4, "\(cut)")
    }
    try Disk.write(whole.replacing("\"step\":0,\"loss\":2.5}", with: "\"step\":0,\"loss\":2.5"), to: scratch("e"))
    let damaged = problem { try EventLog.read(scratch("e")) }
    #expect(damaged.contains("line 1") && damaged.place == scratch("e"))
    problem { try EventLog(scratch("e"), keepingBelow: 2) }
    // What cannot be read is not cut either.
    #expect(try Disk.readText(scratch("e")).count == whole.count - 1)
  }
}
