import Frames
import Ledger

extension Admission {
  /// What the ledger states of it.
  public var terms: AdmittedTerms {
    AdmittedTerms(
      clip: clip, datasetPath: datasetPath,
      terms: ClipTerms(
        grant: grant, licensor: licensor, basis: basis, standing: standing, signer: signer,
        manifestSHA256: manifestSHA256, framesSHA256: framesSHA256, action: action, until: expires,
        conditioning: Dictionary(uniqueKeysWithValues: conditioning.values.map { ($0.rawValue, $1) }),
        unvouched: unvouched.map(\.rawValue)))
  }
}
