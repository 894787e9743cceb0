import CSandbox
import Files
import Foundation
import Glibc

/// One process that calls the program's commands in turn, on whatever it is given: started anew when it ends, hangs or
/// has grown. It is this bundle of tests once more, with `FuzzWorkerTests.serves` as its only test.
final class FuzzWorker: FuzzRunner {
  /// Says to the bundle that it is a worker.
  static let variable = "ORRERY_FUZZ_WORKER"
  /// The worker's end of the conversation: a line of words in, a line of numbers out.
  static let socket: Int32 = 3
  /// A worker that holds more than this between calls is replaced, and so is one that leaves this many files open.
  private static let mostBytes = 700 << 20, mostOpen = 200

  private let home: String
  /// Seconds a call may take on a machine with nothing else to do.
  private let patience: Double
  private var alive: (pid: pid_t, socket: Int32, heard: Data)?
  /// How many were started, and the most files one left open.
  private(set) var started = 0, mostLeftOpen = 0

  init(home: String, patience: Double = 10) { (self.home, self.patience) = (home, patience) }

  deinit { _ = end() }

  func run(_ words: [String], in folder: String) throws -> FuzzOutcome {
    if alive == nil { try start() }
    let request = [Value.Field("folder", .string(folder)), Value.Field("words", .array(words.map { .string($0) }))]
    let line = JSON.line(.object(request)) + "\n"
    let clock = ContinuousClock.now, allowed = FuzzOutcome.allowed(patience)
    func seconds() -> Double { (ContinuousClock.now - clock) / .seconds(1) }
    func outcome(_ status: Int32?, _ signal: Int32?, _ bytes: Int, endedAfter: Double? = nil) -> FuzzOutcome {
      FuzzOutcome(
        status: status, signal: signal, seconds: seconds(), bytes: bytes,
        output: (try? Data(contentsOf: URL(fileURLWithPath: folder + "/output"))) ?? Data(), endedAfter: endedAfter)
    }
    let sent = Array(line.utf8)
    guard let socket = alive?.socket, os_send(socket, sent, sent.count, [], 0) == 0,
      let answer = hear(seconds: allowed)
    else {
      // The wait is in whole milliseconds, and ends up to one early.
      let isSlow = seconds() >= allowed - 0.01, how = end()
      if isSlow { return outcome(nil, SIGKILL, how.bytes, endedAfter: allowed) }
      return outcome(how.signal == 0 ? how.status : nil, how.signal == 0 ? nil : how.signal, how.bytes)
    }
    let numbers = answer.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 4 else { throw Problem("the worker said '\(answer)'", at: folder) }
    let done = outcome(Int32(numbers[0]), nil, numbers[1])
    mostLeftOpen = max(mostLeftOpen, numbers[3])
    if numbers[3] > Self.mostOpen { throw Problem("calls leave files open: \(numbers[3]) by now", at: folder) }
    if numbers[2] > Self.mostBytes { _ = end() }
    return done
  }

  private func start() throws {
    var ends: [Int32] = [-1, -1], pid = pid_t()
    guard os_pair(&ends) == 0 else { throw Problem("no sockets can be made", at: nil) }
    defer { close(ends[1]) }
    let words = [CommandLine.arguments[0], "--testing-library", "swift-testing", "--filter", "FuzzWorkerTests"]
    let kept = ["LD_LIBRARY_PATH", "TMPDIR"].compactMap { name in
      ProcessInfo.processInfo.environment[name].map { name + "=" + $0 }
    }
    let settings = kept + ["HOME=" + home, "PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no", Self.variable + "=1"]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    let failed = os_start("/proc/self/exe", arguments, environment, ends[1], &pid)
    guard failed == 0 else {
      close(ends[0])
      throw Problem("no worker starts: \(String(cString: strerror(-failed)))", at: CommandLine.arguments[0])
    }
    alive = (pid, ends[0], Data())
    started += 1
    guard hear(seconds: 60) == "ready" else {
      let how = end()
      throw Problem("the worker does not get ready: signal \(how.signal), status \(how.status)", at: words[0])
    }
  }

  /// A line from the worker; nil when it ended or said none in time.
  private func hear(seconds: Double) -> String? {
    let end = ContinuousClock.now + .seconds(seconds)
    var room = [UInt8](repeating: 0, count: 256)
    while let (_, socket, heard) = alive {
      if let at = heard.firstIndex(of: 0x0A) {
        alive?.heard = Data(heard[(at + 1)...])
        return String(decoding: heard[..<at], as: UTF8.self)
      }
      let left = Int32((end - ContinuousClock.now) / .milliseconds(1))
      var look = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&look, 1, left) > 0 else { return nil }
      let n = read(socket, &room, room.count)
      guard n > 0 else { return nil }
      alive?.heard.append(contentsOf: room.prefix(n))
    }
    return nil
  }

  /// Ends the worker, if it has not ended. - Returns: how it ended.
  private func end() -> (status: Int32, signal: Int32, bytes: Int) {
    guard let (pid, socket, _) = alive else { return (0, 0, 0) }
    alive = nil
    close(socket)
    var status: Int32 = 0, usage = rusage()
    // What died is waited for; what did not is made to.
    for _ in 0..<100 {
      if wait4(pid, &status, WNOHANG, &usage) != 0 { return told(status, usage) }
      usleep(1000)
    }
    kill(pid, SIGKILL)
    wait4(pid, &status, 0, &usage)
    return told(status, usage)
  }

  private func told(_ status: Int32, _ usage: rusage) -> (status: Int32, signal: Int32, bytes: Int) {
    (status >> 8 & 0xFF, status & 0x7F, usage.ru_maxrss * 1024)
  }
}
