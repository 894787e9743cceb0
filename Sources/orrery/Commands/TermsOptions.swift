import ArgumentParser
import Consent
import Lab
import Runs

/// Under which terms footage is asked for where no run says it.
struct TermsOptions: ParsableArguments {
  @Option(help: "Consent manifest. Default: as the dataset names it.") var manifest: String?
  @Option(help: "A basis accepted unsigned, such as own-work; repeat for several.") var unsigned: [Basis] = []
  @Option(help: "What may condition the model although no manifest lists it: text_embedding.")
  var unvouched: [UnvouchedPart] = []
  @Option(help: "Purpose, such as research or film; docs/CONSENT.md has the list.") var purpose = "research"
  @OptionGroup var trust: TrustOptions

  /// What may look at footage under them. - Throws: `Problem` for a purpose nobody knows.
  func request() throws -> ConsentRequest {
    var request = try ConsentRequest(action: .evaluate, purpose: purpose, unsignedBases: Set(unsigned)).checked()
    request.unvouched = Set(unvouched)
    return request
  }

  var footage: LooseFootage {
    var footage = LooseFootage()
    (footage.manifest, footage.purpose, footage.unsigned) = (manifest, purpose, unsigned)
    (footage.unvouched, footage.trust, footage.revocations) = (unvouched, trust.trust, trust.revocations)
    return footage
  }
}
