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
  private static let mostIdle = 4

  package init() {}

  /// How many were started so far.
  package var count: Int { started.withLock { $0 } }

  /// One request to whichever child is free.
  /// - Throws: `SandboxFailure` when no answer came, `SandboxRefusal` when the child declined.
  package func call(
    _ kind: SandboxKind, _ payload: [UInt8], descriptors: [Int32] = [], limits: SandboxLimits
  ) throws -> [UInt8] {
    let session = SandboxSession(self)
    return try session.call(kind, payload, descriptors: descriptors, limits: limits)
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

/// A child of one's own for several requests that belong together: what it keeps stays between them. Given back to the
/// pool at the end. One thread at a time.
package final class SandboxSession {
  private let pool: SandboxPool
  private var child: SandboxChild?

  package init(_ pool: SandboxPool = .shared) { self.pool = pool }

  deinit { if let child { pool.give(child) } }

  /// Whether the next request begins with a child that knows nothing of the ones before.
  package var isFresh: Bool { child == nil }

  /// A child that died, passed a limit or declined is replaced: a file that misled it may have changed it.
  /// - Throws: `SandboxFailure` when no answer came, `SandboxRefusal` when the child declined.
  package func call(
    _ kind: SandboxKind, _ payload: [UInt8], descriptors: [Int32] = [], limits: SandboxLimits
  ) throws -> [UInt8] {
    let asked = try child ?? pool.take()
    child = nil
    let (answer, isFresh) = try asked.ask(kind, payload, descriptors, limits)
    if isFresh { child = asked }
    return answer
  }
}
