import Files
import Foundation
import Glibc

/// The program as a user calls it: a process a call, under a limit of time.
struct FuzzedProgram: FuzzRunner, Sendable {
  let path: String
  /// The home of the user who calls.
  let home: String
  /// Seconds a call may take on a machine with nothing else to do.
  var patience = 10.0

  func run(_ words: [String], in folder: String) throws -> FuzzOutcome {
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
    let clock = ContinuousClock.now, allowed = FuzzOutcome.allowed(patience)
    let failed = posix_spawn(&child, "/bin/sh", &actions, nil, arguments, environment)
    guard failed == 0 else {
      throw Problem("the program does not start: \(String(cString: strerror(failed)))", at: path)
    }
    var status: Int32 = 0, usage = rusage()
    func seconds() -> Double { (ContinuousClock.now - clock) / .seconds(1) }
    var endedAfter: Double?
    while wait4(child, &status, WNOHANG, &usage) == 0 {
      if seconds() > allowed {
        endedAfter = allowed
        kill(child, SIGKILL)
        wait4(child, &status, 0, &usage)
        break
      }
      usleep(1000)
    }
    let signal = status & 0x7F
    return FuzzOutcome(
      status: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal == 0 ? nil : signal, seconds: seconds(),
      bytes: usage.ru_maxrss * 1024, output: (try? Data(contentsOf: URL(fileURLWithPath: out))) ?? Data(),
      endedAfter: endedAfter)
  }
}
