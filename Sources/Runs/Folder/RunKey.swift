import Consent
import Files

/// The key of this machine that signs the ledgers of runs.
package enum RunKey {
  /// Its name in the key ring.
  package static let name = "run"

  /// That key, if this machine has one already.
  package static func existing() -> SigningKey? { HomeFolder.own.flatMap { try? KeyRing($0).open(name) } }
}
