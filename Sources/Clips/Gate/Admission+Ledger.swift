import Frames
import Ledger

extension Admission {
  /// Whose cap it draws on: one for all clips of one content under one grant.
  package struct Cap: Hashable, Sendable { let licensor: String, grant: String, content: String }

  package var cap: Cap { Cap(licensor: licensor, grant: grant, content: content) }

  /// What the ledger states of it.
  public var terms: AdmittedTerms {
    AdmittedTerms(
      clip: clip, datasetPath: datasetPath,
      terms: ClipTerms(
        grant: grant, licensor: licensor, basis: basis, standing: standing, signer: signer,
        manifestSHA256: manifestSHA256, framesSHA256: framesSHA256,
        sourceSHA256: content == framesSHA256 ? "" : content, entry: entry == clip ? nil : entry, action: action,
        until: expires, conditioning: Dictionary(uniqueKeysWithValues: conditioning.values.map { ($0.rawValue, $1) }),
        unvouched: unvouched.map(\.rawValue)))
  }
}
