import Files

/// What somebody wants to do with clips: the other half of every decision.
public struct ConsentRequest: Sendable, Equatable {
  public var action: Action
  /// A `Purpose`, or a word of one's own that begins with `x-`; a grant lists the purposes it covers.
  public var purpose: String
  public var commercial: Bool
  /// ISO 3166 code of where this happens; nil is covered only by a grant for "*".
  public var territory: String?
  /// Who asks; nil is covered only by a grant to "any".
  public var licensee: String?
  /// The model's name; nil is covered only by a grant for "any".
  public var model: String?
  public var time: Moment
  /// The experiment's `consent: {unsigned: […]}`: bases it takes on the licensor's bare word.
  public var unsignedBases: Set<Basis>
  /// The experiment's `consent: {unvouched: […]}`: what it conditions a model on although nobody vouched for it.
  public var unvouched: Set<UnvouchedPart> = []
  /// Grants not to be used although they are given: the experiment's `data: [{without: […]}]`.
  public var without: Set<String> = []

  public init(
    action: Action, purpose: String = "research", commercial: Bool = false, territory: String? = nil,
    licensee: String? = nil, model: String? = nil,
    time: Moment = .now(), unsignedBases: Set<Basis> = []
  ) {
    self.action = action
    self.purpose = purpose
    self.commercial = commercial
    self.territory = territory
    self.licensee = licensee
    self.model = model
    self.time = time
    self.unsignedBases = unsignedBases
  }

  /// This request, if its purpose and territory are words of the closed lists: of another spelling nobody could say
  /// what forbids it.
  /// - Throws: `Problem` (usage) with the nearest word.
  public func checked() throws -> ConsentRequest {
    if let objection = Purpose.objection(purpose) { throw Problem.usage(objection, at: "--purpose") }
    if let objection = territory.flatMap(Territory.objection) {
      throw Problem.usage(objection, at: "--territory", expected: "a country's code, such as DE")
    }
    return self
  }
}
