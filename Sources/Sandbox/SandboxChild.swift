import CSandbox
import Files
import Foundation
import Glibc

/// A child process, from the parent's side. Used by one thread at a time.
final class SandboxChild: @unchecked Sendable {  // whoever took it from the pool holds it alone
  private let socket: Int32
  let pid: pid_t
  private var ended = false

  /// - Throws: `SandboxFailure.noChild`.
  init(_ program: String, _ environment: [String]) throws {
    var ends: [Int32] = [-1, -1]
    let paired = os_pair(&ends)
    guard paired == 0 else { throw SandboxFailure.noChild(String(cString: strerror(-paired))) }
    defer { close(ends[1]) }
    var pid: pid_t = -1
    let arguments = Self.strings(["orrery", SandboxProgram.word]), variables = Self.strings(environment)
    defer { for text in arguments + variables { free(text) } }
    let started = os_start(program, arguments, variables, ends[1], &pid)
    guard started == 0 else {
      close(ends[0])
      throw SandboxFailure.noChild("\(program): \(String(cString: strerror(-started)))")
    }
    // A child that reads nothing cannot keep us writing.
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    (socket, self.pid) = (ends[0], pid)
  }

  deinit { _ = end() }

  private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }

  /// Whether it still waits for a request.
  var isIdle: Bool {
    guard !ended else { return false }
    var look = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&look, 1, 0) == 0
  }

  /// - Parameter goesOn: whether processor seconds count from an earlier request on.
  /// - Throws: `SandboxFailure`, after which the child is gone.
  func send(
    _ kind: SandboxKind, _ payload: [UInt8], _ descriptors: [Int32], _ limits: SandboxLimits, goesOn: Bool = false
  ) throws {
    precondition(descriptors.count <= SandboxMessage.mostDescriptors)
    var request = SandboxMessage()
    request.fields = (Int(kind.rawValue), limits.processorSeconds, limits.memory, goesOn ? 1 : 0)
    (request.payload, request.descriptors) = (payload, descriptors)
    if request.send(socket) < 0 { throw failure(.ended, limits) }
  }

  /// What it answers to the request sent last; waits for it from now on.
  /// - Returns: the answer, and whether the child can be asked again.
  /// - Throws: `SandboxFailure`, after which the child is gone; `SandboxRefusal`.
  func answer(_ limits: SandboxLimits) throws -> (answer: [UInt8], isFresh: Bool) {
    let end = ContinuousClock.now + .seconds(limits.seconds)
    do {
      let answer = try SandboxMessage.receive(socket) { try wait(until: end) }
      for descriptor in answer.descriptors { close(descriptor) }
      guard let outcome = SandboxMessage.Outcome(rawValue: answer.fields.0) else {
        throw SandboxMessage.Missing.nonsense
      }
      guard outcome == .done else {
        throw SandboxRefusal(code: answer.fields.1, text: Self.harmless(answer.payload))
      }
      return (answer.payload, answer.fields.2 == 0)
    } catch let missing as SandboxMessage.Missing {
      throw failure(missing, limits)
    }
  }

  /// Ends it. - Returns: why no answer came.
  private func failure(_ missing: SandboxMessage.Missing, _ limits: SandboxLimits) -> SandboxFailure {
    let how = self.end()
    switch missing {
    case .ended where how.signal == SIGXCPU: return .tooLong(seconds: Double(limits.processorSeconds))
    case .ended where how.signal == SIGKILL: return .killed
    case .ended where how.status == SandboxServer.unconfined: return .noChild("it could not be confined")
    case .ended: return .died(how.name)
    case .tooLong: return .tooLong(seconds: limits.seconds)
    case .nonsense: return .nonsense
    }
  }

  private func wait(until end: ContinuousClock.Instant) throws {
    while true {
      let left = (end - ContinuousClock.now).components
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
      var look = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      if poll(&look, 1, Int32(max(0, min(milliseconds, 60_000)))) > 0 { return }
      guard milliseconds > 0 else { throw SandboxMessage.Missing.tooLong }
    }
  }

  /// Text from the child, as far as a message may carry it.
  private static func harmless(_ bytes: [UInt8]) -> String {
    String(
      String.UnicodeScalarView(
        String(decoding: bytes.prefix(400), as: UTF8.self).unicodeScalars.map {
          $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? " " : $0
        }))
  }

  /// Ends it, if it has not ended. - Returns: how it ended.
  private func end() -> (signal: Int32, status: Int32, name: String) {
    guard !ended else { return (0, 0, "it had ended before") }
    ended = true
    close(socket)
    // One that died is a zombie still: its own status is what comes of waiting, not our signal.
    var status: Int32 = 0, got: pid_t = 0
    for _ in 0..<50 {
      got = waitpid(pid, &status, WNOHANG)
      if got != 0 { break }
      usleep(200)
    }
    if got == 0 {
      kill(pid, SIGKILL)
      repeat { got = waitpid(pid, &status, 0) } while got < 0 && errno == EINTR
    }
    let signal = status & 0x7F
    if got < 0 { return (0, 0, "its status is not known") }
    let code = (status >> 8) & 0xFF
    return signal == 0 ? (0, code, "exit status \(code)") : (signal, 0, String(cString: strsignal(signal)))
  }
}
