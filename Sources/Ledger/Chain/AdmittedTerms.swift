/// A clip the gate admitted, as records are written from it: its name, and the terms it may be used under.
public struct AdmittedTerms: Sendable, Equatable {
  public let clip: String
  /// Where the clip was found: for messages, the ledger does not keep it.
  public let datasetPath: String
  public let terms: ClipTerms

  public init(clip: String, datasetPath: String, terms: ClipTerms) {
    self.clip = clip
    self.datasetPath = datasetPath
    self.terms = terms
  }
}
