import Files
import Foundation
import Glibc
import Testing
import orrery

/// The worker's side of `FuzzWorker`: commands one after another, in one process with limits.
@Suite struct FuzzWorkerTests {
  /// Address space: what asks for more than this is refused by the system before the machine suffers.
  private static let addressSpace = rlim_t(8 << 30)

  /// Words that no command has, so that whoever watches a worker can be seen to notice.
  static let trap = "__trap", hang = "__hang", hold = "__hold"

  @Test(.enabled(if: ProcessInfo.processInfo.environment[FuzzWorker.variable] != nil, "this process is no worker"))
  func serves() {
    var limit = rlimit(rlim_cur: Self.addressSpace, rlim_max: Self.addressSpace)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    signal(SIGPIPE, SIG_IGN)
    _ = fcntl(FuzzWorker.socket, F_SETFD, FD_CLOEXEC)
    let ended = DispatchSemaphore(value: 0)
    // As deep as the program's own thread.
    let thread = Thread {
      FuzzTally.beAsNice()
      Self.serve()
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    ended.wait()
    exit(0)
  }

  private static func serve() {
    guard let requests = fdopen(FuzzWorker.socket, "r") else { return }
    var line: UnsafeMutablePointer<CChar>?, room = 0
    answer("ready")
    while getline(&line, &room, requests) > 0, let line {
      guard let request = try? JSON.parse(Data(String(cString: line).utf8), at: "request"),
        let folder = request["folder"]?.string, let words = request["words"]?.array?.compactMap(\.string)
      else { return }
      chdir(folder)
      lead(1, to: folder + "/output")
      lead(2, to: folder + "/errors")
      forgetPeak()
      let status = status(words)
      fflush(nil)
      let (peak, now) = memory()
      answer("\(status) \(peak) \(now) \(openFiles())")
    }
  }

  private static func status(_ words: [String]) -> Int32 {
    switch words.first {
    case trap: abort()
    case hang: while true { sleep(1000) }
    case hold:
      let held = [UInt8](repeating: 1, count: (words.last.flatMap { Int($0) } ?? 0) << 20)
      return held.last == 1 ? 0 : 1
    default: return OrreryCall.status(words)
    }
  }

  private static func answer(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(FuzzWorker.socket, bytes, bytes.count)
  }

  private static func lead(_ descriptor: Int32, to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    dup2(file, descriptor)
    close(file)
  }

  /// Lets the kernel count the peak from here on (proc(5), clear_refs).
  private static func forgetPeak() {
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    _ = write(file, "5", 1)
    close(file)
  }

  /// Bytes resident: the most since `forgetPeak`, and now.
  private static func memory() -> (peak: Int, now: Int) {
    let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
    func kilobytes(_ name: String) -> Int {
      lines.first { $0.hasPrefix(name) }?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    }
    return (kilobytes("VmHWM:") << 10, kilobytes("VmRSS:") << 10)
  }

  private static func openFiles() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
  }
}
