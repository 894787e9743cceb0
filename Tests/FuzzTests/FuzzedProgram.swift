import Files
import Foundation
import Glibc

/// A call of the program under a limit of time, with what it cost.
struct FuzzedProgram: Sendable {
  struct Outcome {
    /// The exit status; nil when a signal ended it.
    let status: Int32?
    /// The signal that ended it.
    let signal: Int32?
    let seconds: Double
    /// Most memory resident at once.
    let bytes: Int
    let output: Data
  }

  let path: String
  /// The home of the user who calls.
  let home: String
  static let secondsAllowed = 10.0, bytesAllowed = 2 << 30

  /// Runs it with `words` in `folder`; its standard output is kept, its standard error goes to `errors` there.
  func run(_ words: [String], in folder: String) throws -> Outcome {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let out = folder + "/output", errors = folder + "/errors"
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // The shell is replaced by the program, so what is measured is the program.
    let call = ["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, path] + words
    // A trap is a fault however it is printed, and a backtrace takes seconds.
    let settings = ["HOME=" + home, "PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"]
    let arguments: [UnsafeMutablePointer<CChar>?] = call.map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var child = pid_t()
    let clock = ContinuousClock.now
    let failed = posix_spawn(&child, "/bin/sh", &actions, nil, arguments, environment)
    guard failed == 0 else {
      throw Problem("the program does not start: \(String(cString: strerror(failed)))", at: path)
    }
    var status: Int32 = 0, usage = rusage()
    func seconds() -> Double { (ContinuousClock.now - clock) / .seconds(1) }
    while wait4(child, &status, WNOHANG, &usage) == 0 {
      if seconds() > Self.secondsAllowed {
        kill(child, SIGKILL)
        wait4(child, &status, 0, &usage)
        break
      }
      usleep(1000)
    }
    let signal = status & 0x7F
    return Outcome(
      status: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal == 0 ? nil : signal, seconds: seconds(),
      bytes: usage.ru_maxrss * 1024, output: (try? Data(contentsOf: URL(fileURLWithPath: out))) ?? Data())
  }
}

extension FuzzedProgram.Outcome {
  /// Why this is no way to end on a damaged file; nil when it is one.
  var fault: String? {
    if seconds > FuzzedProgram.secondsAllowed { return "not ended after \(Int(FuzzedProgram.secondsAllowed)) s" }
    if let signal { return "ended by signal \(signal)" }
    if let status, ![0, 1, 2, 75].contains(status) { return "exit \(status)" }
    if bytes > FuzzedProgram.bytesAllowed { return "\(bytes >> 20) MB of memory" }
    return nil
  }
}
