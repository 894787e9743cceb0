import Ledger

extension Admission {
  /// What the ledger states of it.
  public var terms: AdmittedTerms {
    AdmittedTerms(
      clip: clip, datasetPath: datasetPath, framesSHA256: framesSHA256, action: action, grant: grant,
      licensor: licensor, basis: basis,
      standing: standing, signer: signer, manifestSHA256: manifestSHA256, expires: expires)
  }
}
