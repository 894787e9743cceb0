import Files
import Foundation

/// A request without an answer.
package enum SandboxFailure: Error, Sendable, Equatable {
  /// No child could be started.
  case noChild(String)
  /// The child ended by itself or by a signal, named here.
  case died(String)
  /// Somebody ended it: the system, which lacks memory, or a person. The file is not to blame.
  case killed
  /// A limit on time was passed.
  case tooLong(seconds: Double)
  /// The answer is no message, or longer than one may be.
  case nonsense

  /// - Parameters:
  ///   - thing: what was read, as in "the file": "the file is damaged: …".
  ///   - fix: what helps when the file is to blame.
  package func problem(_ thing: String, at place: String?, limits: SandboxLimits, fix: String) -> Problem {
    switch self {
    case .noChild(let why):
      return Problem(
        "no reader can be started: \(why)", at: place,
        expected: "the program orrery, which reads files in a process of its own",
        fix: "set \(SandboxProgram.variable) to the program's path")
    case .died(let how):
      return Problem(
        "\(thing) is damaged: the process that read it died (\(how))", at: place,
        expected: "a file that can be read with \(Text.bytes(limits.memory)) of memory", fix: fix)
    case .killed:
      return Problem(
        "the process that read \(thing) was ended from outside", at: place,
        fix: "see whether the machine has memory left, and try again")
    case .tooLong(let seconds):
      return Problem(
        "\(thing) is damaged: reading it had not ended after \(Text.short(seconds)) s", at: place, fix: fix)
    case .nonsense:
      return Problem("\(thing) is damaged: the process that read it gave no sensible answer", at: place, fix: fix)
    }
  }
}
