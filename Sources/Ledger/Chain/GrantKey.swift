import Consent

/// One grant of one manifest.
public struct GrantKey: Hashable, Sendable {
  public let licensor: String
  /// SHA-256; empty in a ledger that does not say.
  public let manifest: String
  public let grant: String

  package init(licensor: String, manifest: String, grant: String) {
    (self.licensor, self.manifest, self.grant) = (licensor, manifest, grant)
  }

  package init(_ terms: ClipTerms) {
    licensor = terms.licensor
    manifest = Hex.sha256(terms.manifestSHA256) ?? ""
    grant = terms.grant
  }

  package init(_ key: LedgerUsage.Key) {
    licensor = key.licensor
    manifest = key.manifest
    grant = key.grant
  }
}
