import Foundation
import Testing
import Training

@Suite struct InterruptionTests {
  /// A quickstart trains twice in one process: the second training hears of a signal too.
  @Test func whoeverListensNowIsAsked() async throws {
    do {
      let first = Interruption()
      #expect(!first.isAsked)
    }
    let second = Interruption()
    kill(getpid(), SIGTERM)
    for _ in 0..<200 where !second.isAsked { try await Task.sleep(for: .milliseconds(10)) }
    #expect(second.isAsked)
  }
}
