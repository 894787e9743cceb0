import Files
import Glibc

/// Requests that one child answers in turn, keeping between them what the first one opened. The next may be sent before
/// the last answer is used up, so that both sides work. Processor seconds count from the first request on. Used by one
/// thread at a time.
package final class SandboxSession {
  private let kind: SandboxKind
  private let pool: SandboxPool
  private var child: SandboxChild?
  private var waiting: SandboxLimits?, last: SandboxLimits?
  private var hasAsked = false, isFresh = true
  /// How long an answer that nobody wants is waited for, rather than starting another child.
  private static let patience = 1.0

  package init(_ kind: SandboxKind, in pool: SandboxPool = .shared) { (self.kind, self.pool) = (kind, pool) }

  deinit { end() }

  /// The child's, while there is one.
  package var processID: pid_t? { child?.pid }

  /// A request and its answer; the first one goes to another child where the first was ended from outside.
  /// - Throws: `SandboxFailure` or `SandboxRefusal`, after which the session has no child and is over.
  package func ask(_ payload: [UInt8], descriptors: [Int32] = [], limits: SandboxLimits) throws -> [UInt8] {
    let isFirst = !hasAsked
    do {
      try send(payload, descriptors: descriptors, limits: limits)
      return try answer()
    } catch SandboxFailure.killed where isFirst {
      hasAsked = false
      try send(payload, descriptors: descriptors, limits: limits)
      return try answer()
    }
  }

  /// Sends a request whose answer is fetched later. One at a time.
  package func send(_ payload: [UInt8], descriptors: [Int32] = [], limits: SandboxLimits) throws {
    precondition(waiting == nil)
    guard child != nil || !hasAsked else { throw SandboxFailure.died("it had ended before") }
    let child = try child ?? pool.take()
    self.child = child
    do { try child.send(kind, payload, descriptors, limits, goesOn: hasAsked) } catch {
      self.child = nil
      throw error
    }
    (hasAsked, waiting, last) = (true, limits, limits)
  }

  package func answer() throws -> [UInt8] {
    guard let child, let limits = waiting else { throw SandboxFailure.died("it had ended before") }
    waiting = nil
    do {
      let (answer, isFresh) = try child.answer(limits)
      self.isFresh = isFresh
      return answer
    } catch {
      self.child = nil
      throw error
    }
  }

  /// Whether an answer is still to come.
  package var isWaiting: Bool { waiting != nil }

  /// Gives the child back for other files.
  /// - Parameters:
  ///   - parting: a last request, for a child that goes on with others.
  ///   - isTrusted: false where a file may have misled it.
  package func end(parting: [UInt8]? = nil, isTrusted: Bool = true) {
    defer { (child, waiting) = (nil, nil) }
    guard isTrusted, var limits = waiting ?? last else { return }
    limits.seconds = min(limits.seconds, Self.patience)
    if waiting != nil {
      waiting = limits
      _ = try? answer()
    }
    if child != nil, let parting { _ = try? ask(parting, limits: limits) }
    // One that did not answer is gone.
    if let child, isFresh { pool.give(child) }
  }
}
