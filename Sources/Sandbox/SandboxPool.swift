import Files
import Foundation
import Synchronization

/// The children of this process: started when first needed, kept for the next file. As many work at once as threads
/// ask; a few wait.
package final class SandboxPool: Sendable {
  /// A process has one, so that starting a child is paid once a command.
  package static let shared = SandboxPool()

  private let idle = Mutex<[SandboxChild]>([])
  private let started = Mutex(0)
  /// As many as threads may read at once.
  private static let mostIdle = max(4, ProcessInfo.processInfo.activeProcessorCount)

  package init() {}

  /// How many were started so far.
  package var count: Int { started.withLock { $0 } }

  /// One request to whichever child is free; once more where the child was ended from outside.
  /// - Throws: `SandboxFailure` when no answer came, `SandboxRefusal` when the child declined.
  package func call(
    _ kind: SandboxKind, _ payload: [UInt8], descriptors: [Int32] = [], limits: SandboxLimits
  ) throws -> [UInt8] {
    do { return try ask(kind, payload, descriptors, limits) } catch SandboxFailure.killed {
      return try ask(kind, payload, descriptors, limits)
    }
  }

  /// A child that died, passed a limit or declined is replaced: a file that misled it may have changed it.
  private func ask(
    _ kind: SandboxKind, _ payload: [UInt8], _ descriptors: [Int32], _ limits: SandboxLimits
  ) throws -> [UInt8] {
    let child = try take()
    try child.send(kind, payload, descriptors, limits)
    let (answer, isFresh) = try child.answer(limits)
    if isFresh { give(child) }
    return answer
  }

  /// The one used last, so that one thread's requests find what the child keeps.
  func take() throws -> SandboxChild {
    while let child = idle.withLock({ $0.popLast() }) {
      if child.isIdle { return child }
    }
    started.withLock { $0 += 1 }
    return try SandboxChild(SandboxProgram.find(), SandboxProgram.environment)
  }

  func give(_ child: SandboxChild) {
    idle.withLock { if $0.count < Self.mostIdle { $0.append(child) } }
  }
}
