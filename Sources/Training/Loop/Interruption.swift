import Dispatch
import Foundation

/// SIGTERM and SIGINT, turned into a question the training loop asks between steps. A process listens once, however
/// often it trains: a second listener after a first does not hear of signals on Linux. While it listens, a terminal that
/// goes away (SIGHUP) stops nothing: what trains has nothing to ask there.
public final class Interruption: @unchecked Sendable {  // `asked` is only touched under the lock
  private let lock = NSLock()
  private var asked = false
  private var sources: [any DispatchSourceSignal] = []
  /// What SIGHUP did before: under nohup it did nothing.
  private var hangup: (@convention(c) (Int32) -> Void)?

  public init(listening: Bool = true) {
    guard listening else { return }
    hangup = signal(SIGHUP, SIG_IGN)
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in self?.ask() }
      source.resume()
      sources.append(source)
    }
  }

  /// Asks for a stop at the next step's end.
  public func ask() { lock.withLock { asked = true } }
  public var isAsked: Bool { lock.withLock { asked } }

  deinit {
    if !sources.isEmpty { signal(SIGHUP, hangup) }
    for number in [SIGTERM, SIGINT] where !sources.isEmpty { signal(number, SIG_DFL) }
  }
}
