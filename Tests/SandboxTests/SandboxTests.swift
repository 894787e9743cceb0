import Files
import Foundation
import Sandbox
import TestKit
import Testing

/// A child answers, or the parent says why it did not; whatever the child does, the parent goes on.
@Suite struct SandboxTests {
  let pool = SandboxPool()
  let limits = SandboxLimits(processorSeconds: 2, seconds: 20, memory: 512 << 20)

  private func echo(_ text: String) throws -> (String, Int) {
    var answer = WireReader(try pool.call(.trial, TrialService.request(.echo, text), limits: limits))
    return (try answer.text(), try answer.int())
  }

  private func failure(_ trial: TrialService.Trial, _ limits: SandboxLimits) -> SandboxFailure? {
    do {
      _ = try pool.call(.trial, TrialService.request(trial), limits: limits)
      return nil
    } catch { return error as? SandboxFailure }
  }

  private func errno(_ trial: TrialService.Trial, _ path: String = "") throws -> Int32 {
    var answer = WireReader(try pool.call(.trial, TrialService.request(trial, path), limits: limits))
    return Int32(try answer.int())
  }

  @Test func oneChildServesManyRequests() throws {
    for i in 1...50 { #expect(try echo("word \(i)") == ("word \(i)", i)) }
    #expect(pool.count == 1)
    let long = String(repeating: "ab", count: 1 << 20)
    #expect(try echo(long).0 == long)
  }

  @Test func manyThreadsAsk() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for i in 0..<200 { group.addTask { try echo("\(i)").0 == "\(i)" } }
      for try await same in group { #expect(same) }
    }
  }

  @Test func aCrashIsAProblemAndTheNextRequestIsServed() throws {
    _ = try echo("a")
    guard case .died(let how)? = failure(.crash, limits) else { return #expect(Bool(false), "it did not die") }
    #expect(how.contains("Segmentation"))
    #expect(try echo("b") == ("b", 1))
    let said = SandboxFailure.died(how).problem("the file", at: "a.h5", limits: limits, fix: "copy it again")
    #expect(said.description.contains("a.h5: the file is damaged") && said.exit == .failure)
  }

  @Test func aHangEndsWithinItsLimit() throws {
    let clock = ContinuousClock.now
    #expect(failure(.spin, .init(processorSeconds: 1, seconds: 60, memory: 512 << 20)) == .tooLong(seconds: 1))
    #expect(failure(.sleep, .init(processorSeconds: 1, seconds: 0.5, memory: 512 << 20)) == .tooLong(seconds: 0.5))
    #expect(ContinuousClock.now - clock < .seconds(30))
    #expect(try echo("b") == ("b", 1))
  }

  /// Limits are a request's: one that took all of its time leaves the next its own.
  @Test func eachRequestHasItsOwnTime() throws {
    for _ in 0..<3 { _ = try echo("a") }
    #expect(failure(.spin, .init(processorSeconds: 1, seconds: 60, memory: 512 << 20)) == .tooLong(seconds: 1))
    for i in 1...3 { #expect(try echo("a").1 == i) }
  }

  @Test func memoryIsBounded() throws {
    guard case .died? = failure(.devour, limits) else { return #expect(Bool(false), "it did not die") }
    #expect(try echo("b") == ("b", 1))
  }

  @Test func aRefusalIsPlainTextAndCostsTheChild() throws {
    do {
      _ = try pool.call(.trial, TrialService.request(.refuse), limits: limits)
      Issue.record("nothing was refused")
    } catch let refusal as SandboxRefusal {
      #expect(refusal == SandboxRefusal(code: 7, text: "no [31m thing"))
    }
    #expect(try echo("b") == ("b", 1) && pool.count == 2)
  }

  @Test func descriptorsAndSharedMemoryGoAlong() throws {
    let scratch = try Scratch()
    try Disk.write(Data([1, 2, 3]), to: scratch("a"))
    let file = try Disk.open(scratch("a")), memory = try SharedMemory(count: 5000)
    memory.bytes[4999] = 10
    for expected in [16, 5006, 5006] {
      var answer = WireReader(
        try pool.call(
          .trial, TrialService.request(.sum), descriptors: [file.fileDescriptor, memory.descriptor], limits: limits))
      #expect(try answer.int() == expected)
      #expect(memory.bytes.allSatisfy { $0 == 1 })
    }
    // More requests than a child may have descriptors: it keeps none.
    for _ in 0..<200 {
      _ = try pool.call(
        .trial, TrialService.request(.sum), descriptors: [file.fileDescriptor, memory.descriptor], limits: limits)
    }
    #expect(pool.count == 1)
  }

  /// One child answers in turn; the next request may wait for it, and a request nobody fetched costs nothing.
  @Test func aSessionKeepsItsChild() throws {
    let session = SandboxSession(.trial, in: pool)
    for i in 1...3 {
      try session.send(TrialService.request(.echo, "a"), limits: limits)
      #expect(session.isWaiting)
      var answer = WireReader(try session.answer())
      #expect(try (answer.text(), answer.int()) == ("a", i))
    }
    try session.send(TrialService.request(.echo, "nobody waits"), limits: limits)
    session.end(parting: TrialService.request(.echo, "bye"))
    #expect(try echo("b") == ("b", 6) && pool.count == 1)
    let other = SandboxSession(.trial, in: pool)
    _ = try other.ask(TrialService.request(.echo), limits: limits)
    other.end(isTrusted: false)
    #expect(try echo("c") == ("c", 1) && pool.count == 2)
  }

  /// Processor seconds count from the first request of a session on.
  @Test func aSessionHasOneTime() throws {
    let limits = SandboxLimits(processorSeconds: 3, seconds: 60, memory: 512 << 20)
    let session = SandboxSession(.trial, in: pool)
    var asked = 0
    let failure = #expect(throws: SandboxFailure.self) {
      while asked < 100 {
        _ = try session.ask(TrialService.request(.work, "0.5"), limits: limits)
        asked += 1
      }
    }
    #expect(failure == .tooLong(seconds: 3) && (4...10).contains(asked), "\(asked)")
    #expect(throws: SandboxFailure.self) { try session.ask(TrialService.request(.echo), limits: limits) }
    #expect(try echo("b") == ("b", 1))
  }

  /// Where the kernel has Landlock, nothing opens by path but libraries; nothing is ever written.
  @Test func aChildOpensNothing() throws {
    let scratch = try Scratch()
    try Disk.write("secret", to: scratch("a"))
    let kernel = (try? Disk.readText("/proc/sys/kernel/osrelease")) ?? ""
    let read = try errno(.read, scratch("a"))
    #expect(read == EACCES || !SandboxServer.kernelConfines, "\(kernel)")
    #expect(try errno(.read, "/etc/passwd") == EACCES || !SandboxServer.kernelConfines)
    #expect(try errno(.write, scratch("new")) == EACCES || !SandboxServer.kernelConfines)
    #expect(try errno(.connect) != 0)
    #expect(try scratch.names == ["a"] || !SandboxServer.kernelConfines)
  }

  @Test func whatIsReadIsChecked() throws {
    var out = WireWriter()
    out.put([1, 2, 3])
    out.put("ä")
    out.put(-2.5)
    out.put(true)
    var reader = WireReader(out.bytes)
    #expect(try reader.ints() == [1, 2, 3] && reader.text() == "ä" && reader.double() == -2.5 && reader.bool())
    try reader.end()
    for cut in 0..<out.bytes.count {
      #expect(throws: WireReader.Fault.self, "\(cut)") {
        var reader = WireReader(Array(out.bytes.prefix(cut)))
        _ = (try reader.ints(), try reader.text(), try reader.double(), try reader.bool())
      }
    }
    var huge = WireWriter()
    huge.put(Int.max)
    #expect(throws: WireReader.Fault.self) {
      var reader = WireReader(huge.bytes)
      _ = try reader.ints()
    }
  }
}
