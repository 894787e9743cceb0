import Consent
import Files

extension Experiment {
  /// What the gate is asked, and whose word counts.
  public struct ConsentTerms: Sendable, Equatable {
    public var purpose = "research", commercial = false, licensee: String?, territory: String?
    public var unsigned: Set<Basis> = []
    /// What the model is conditioned on although nobody vouched for it; what it admits is hashed.
    public var unvouched: Set<UnvouchedPart> = []
    /// Seconds between looks at the consent documents.
    public var recheck = 60
    /// Whose signatures are believed and what was revoked; they change what is admitted, and through that alone the
    /// run.
    public var files = ConsentFiles()
  }
}

extension Experiment.ConsentTerms: DocumentSection {
  package static let section = Section(Self()) {
    Field("purpose", \.purpose, .purpose, "what the model is for; docs/CONSENT.md has the list")
    Field("commercial", \.commercial, .flag, "whether it is for profit")
    Field("licensee", \.licensee, .optional(.text), "who trains it")
    Field("territory", \.territory, .optional(.territory), "where it is used")
    Field("unsigned", \.unsigned, .choices(), "bases taken on the licensor's bare word")
    Field(
      "unvouched", \.unvouched, .choices(), hashed: .never, written: .whenNotDefault,
      "what the model is conditioned on although no manifest lists it; hashed is what that admits")
    Field(
      "recheck", \.recheck, .integer(in: 1...86_400), unit: "seconds", hashed: .never, written: .whenNotDefault,
      "how long a withdrawal may go unnoticed; it is looked for at every checkpoint too")
    Field(
      "trust", \.files.trust, .optional(.path), hashed: .never, written: .whenNotDefault,
      "whose signatures count; hashed is what they admit", default: "`trust.json` of the home folder")
    Field(
      "revocations", \.files.revocations, .paths, hashed: .never, written: .whenNotDefault,
      "signed revocation lists; hashed is what they leave")
  }
}
