import Files
import Foundation
import Runs
import TestKit
import Testing
import Training

/// Standard output and error that are full, closed, or gone with their reader.
@Suite(.serialized) struct LostOutputTests {
  /// A shell's line, with the program as `$ORRERY`. - Returns: its exit status.
  private func shell(_ line: String, in folder: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ["ORRERY": try orreryBinary(), "ORRERY_HOME": folder + "/home", "PATH": "/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }

  @Test(
    arguments: [
      ("\"$ORRERY\" metrics list > /dev/full", 1), ("\"$ORRERY\" metrics list --json >&-", 1),
      ("\"$ORRERY\" --help > /dev/full", 1), ("\"$ORRERY\" nothing 2> /dev/full", 2), ("\"$ORRERY\" nothing 2>&-", 2),
      ("\"$ORRERY\" metrics list > /dev/null 2>&-", 0), ("\"$ORRERY\" metrics list <&- > out", 0),
      ("trap '' PIPE; (sleep 1; \"$ORRERY\" metrics list --json) | true; exit ${PIPESTATUS[0]}", 1),
      ("(sleep 1; \"$ORRERY\" metrics list --json) | true; exit ${PIPESTATUS[0]}", 1),
    ] as [(String, Int32)]) func aResultThatIsLostIsAFailure(_ line: String, _ status: Int32) throws
  {
    let scratch = try Scratch()
    #expect(try shell(line, in: scratch.path) == status, "\(line)")
  }

  /// A pipe that is full, and whose reader lives and does not read: progress and notes are dropped, the result is not.
  @Test func aReaderThatDoesNotReadStopsNobody() throws {
    let minute = try Minute(), pipe = Pipe(), end = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(end, F_SETFL, O_NONBLOCK)
    for size in [4096, 1] {
      let filling = [UInt8](repeating: 0x2E, count: size)
      while write(end, filling, size) > 0 {}
    }
    _ = fcntl(end, F_SETFL, 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try orreryBinary())
    process.arguments = ["finetune", "minute.yaml", "--runs", "runs", "--json"]
    process.currentDirectoryURL = URL(fileURLWithPath: minute.scratch.path)
    process.environment = ["ORRERY_HOME": minute.scratch("home"), "PATH": "/usr/bin:/bin"]
    let out = minute.scratch("out")
    try Disk.write("", to: out)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = pipe.fileHandleForWriting
    try process.run()
    let deadline = ContinuousClock.now + .seconds(120)
    while process.isRunning, ContinuousClock.now < deadline { usleep(50_000) }
    #expect(!process.isRunning, "it waits for a reader")
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let run = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    #expect(run.status == .done && run.step == 12)
    let told = try JSON.parse(Disk.readText(out).trimmingCharacters(in: .newlines), at: "out")
    #expect(told["folder"]?.string != nil, "\(told)")
    withExtendedLifetime(pipe) {}
  }

  /// With every way to lose its output it ends with the same weights.
  @Test func trainingGoesOn() throws {
    let minute = try Minute()
    for (name, streams, status) in [
      ("full", "> out 2> /dev/full", 0), ("closed", "<&- >&- 2>&-", 1), ("gone", "2>&1 > out | true", 0),
    ] as [(String, String, Int32)] {
      let line = "\"$ORRERY\" finetune minute.yaml --runs \(name) \(streams); exit ${PIPESTATUS[0]}"
      #expect(try shell(line, in: minute.scratch.path) == status, "\(name)")
    }
    let runs = ["full", "closed", "gone"].flatMap { RunsFolder(path: minute.scratch($0)).runs().runs }
    #expect(runs.map(\.status) == [.done, .done, .done])
    #expect(try Set(runs.map { try minute.hashes($0) }).count == 1)
  }
}
