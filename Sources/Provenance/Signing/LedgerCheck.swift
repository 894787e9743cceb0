import Consent
import Files
import Foundation
import Ledger
import Runs

/// `consent ledger`: a ledger verified, and held against the run's folder where it lies in one.
public struct LedgerCheck: Sendable {
  public let summary: LedgerSummary
  /// How far the figures go.
  public let notes: [String]
  private let reading: LedgerReading
  private let extended: String?
  private let home: HomeFolder?

  /// - Parameters:
  ///   - run: whose folder is looked at; nil takes the file alone.
  ///   - signer: the did:key that must have signed it, and nobody else.
  ///   - since: an anchor the ledger must go on from.
  /// - Throws: `Problem` when something is wrong with the ledger, or contradicts it.
  public init(
    _ run: Run?, file: String, signer: String? = nil, since: String? = nil, home: HomeFolder? = .own
  ) throws {
    let audit = try run?.audited(home: home)
    let reading = try audit?.reading() ?? LedgerReader.reading(file), summary = try reading.summary()
    if let signer { try summary.requireSigned(by: signer, at: file) }
    let extended = try since.map { try LedgerAnchor(path: $0).requireExtended(by: reading) }
    var notes = [audit?.note].compactMap { $0 }
    if run == nil {
      notes.append("the file alone was read: whether records are missing at its end is told by the run's folder")
    }
    // The average's hash is bound; what lies there now is read whole once, here.
    let weights = run?.path("weights.safetensors")
    if let weights, Disk.exists(weights), let last = summary.checkpoints.last {
      let file = try Safetensors(path: weights), hash = file.bufferHash
      if file[metadata: "step"] == String(last.step), hash != last.weightsSHA256 {
        throw Problem(
          "the weights of step \(last.step) are not those the ledger binds", at: weights,
          expected: "SHA-256 \(last.weightsSHA256) of the data buffer, not \(hash)",
          fix: "restore the file from a copy, or train the run further so that it checkpoints")
      }
    }
    (self.reading, self.summary, self.extended, self.notes, self.home) = (reading, summary, extended, notes, home)
  }

  public var text: String { summary.text + (extended.map { $0 + "\n" } ?? "") }

  public var value: Value {
    var value = summary.value
    if let extended { value.set("since", .string(extended)) }
    return value
  }

  /// Signed by this machine's run key.
  public func anchor() throws -> LedgerAnchor {
    let home = try home ?? HomeFolder(environment: ProcessInfo.processInfo.environment)
    return try LedgerAnchor(reading, signing: KeyRing(home).openOrMake(RunKey.name))
  }
}
