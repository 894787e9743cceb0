import Consent
import Files
import Testing

/// Words of closed lists: whatever is misspelt is refused where it stands, and no spelling gets round a prohibition.
@Suite struct VocabularyTests {
  /// Everywhere permitted, forbidden in Germany.
  private func forbidding(_ change: (inout Value) -> Void = { _ in }) throws -> Manifest {
    var forbidden = goodGrant.with("id", "g2").with("deny", ["fine-tune"]).with("territory", ["DE"])
    change(&forbidden)
    return try manifest(document(assets: [asset(grants: ["g1", "g2"])], grants: [goodGrant, forbidden]))
  }

  private func verdict(_ manifest: Manifest, _ change: (inout ConsentRequest) -> Void) -> [String] {
    codes(.decide(manifest, facts(), request(change)))
  }

  @Test func codesAreThoseOfTheStandard() {
    #expect(Territory.isCode("DE") && Territory.isCode("AX") && Territory.isCode("ZW"))
    for (text, hint) in [
      ("de", "'DE', Germany"), ("DE ", "'DE', Germany"), ("Ｄｅ", "'DE', Germany"), ("ＤＥ", "'DE', Germany"),
      ("Germany", "'DE', Germany"), ("germany", "'DE'"), ("Deutschland", "'DE'"), ("Germny", "'DE'"), ("UK", "'GB'"),
      ("USA", "'US'"), ("Åland Islands", "'AX'"), ("DEU", "'DE'"),
    ] {
      #expect(Territory.objection(text)?.contains(hint) == true, "\(text): \(Territory.objection(text) ?? "a code")")
    }
    for text in ["", "XX", "EU", "*", "D\u{200B}E", "DE\u{301}", "D E", "дe", String(repeating: "D", count: 10_000)] {
      #expect(Territory.objection(text) != nil, "\(text)")
    }
    #expect(Territory.grantObjection("*") == nil && Territory.grantObjection("World")?.contains("'*'") == true)
  }

  /// A request that says no code may come from anywhere, so it comes from there.
  @Test(arguments: ["de", "DE ", " DE", "Germany", "ＤＥ", "D\u{200B}E", "", "*", "XX"])
  func noSpellingOfAPlaceGetsRoundAProhibition(_ text: String) throws {
    #expect(verdict(try forbidding(), { $0.territory = "DE" }) == ["denied"])
    #expect(verdict(try forbidding(), { $0.territory = "FR" }) == [])
    #expect(verdict(try forbidding(), { $0.territory = text }) == ["denied"])
    #expect(throws: Problem.self) { try request { $0.territory = text }.checked() }
    // Written so in the prohibition it is no prohibition of nowhere, but a manifest with a fault.
    guard text != "*" else { return }
    let spoilt = try forbidding { $0.set("territory", [.string(text)]) }
    #expect(verdict(spoilt, { $0.territory = "DE" }).contains("invalid-field"))
    #expect(verdict(spoilt, { $0.territory = "FR" }).contains("invalid-field"))
  }

  @Test func noSpellingOfAPurposeGetsRoundAProhibition() throws {
    let film = try forbidding {
      $0.set("territory", ["*"]); $0.set("purpose", ["research"])
    }
    for text in ["Research", "research ", "reserch", "x-research", "any", ""] {
      #expect(verdict(film, { $0.purpose = text }).contains("denied"), "\(text)")
    }
    #expect(verdict(film, { $0.purpose = "film" }) == ["purpose-not-covered", "purpose-not-covered"])
    for word in ["Film", "movies", "x-mine"] {
      let spoilt = try forbidding { $0.set("purpose", [.string(word)]) }
      #expect(verdict(spoilt, { _ in }).contains("invalid-field"), "\(word)")
    }
    #expect(throws: Problem.self) { try request { $0.purpose = "movies" }.checked() }
    #expect(try request { $0.purpose = "x-mine" }.checked().purpose == "x-mine")
  }

  /// A word of one's own permits whoever says it, where nothing is forbidden.
  @Test func wordsOfOnesOwnOnlyPermit() throws {
    let own = try manifest(document(grants: [goodGrant.with("purpose", ["x-mine", "research"])]))
    #expect(
      verdict(own, { $0.purpose = "x-mine" }) == []
        && verdict(own, { $0.purpose = "x-yours" }) == ["purpose-not-covered"])
  }

  /// Names are in no list; who is forbidden is asked with the spelling taken off.
  @Test(arguments: ["Acme Ltd", "acme ltd", "ACME  LTD ", "Ａcme Ltd.", "Acmé Ltd"])
  func noSpellingOfANameGetsRoundAProhibition(_ name: String) throws {
    let them = try forbidding {
      $0.set("territory", ["*"]); $0.set("licensee", "Acme Ltd")
    }
    #expect(verdict(them, { $0.licensee = name }) == ["denied"] && verdict(them, { $0.licensee = "Another" }) == [])
    let model = try forbidding {
      $0.set("territory", ["*"]); $0.set("models", ["Acme Ltd"])
    }
    #expect(verdict(model, { $0.model = name }) == ["denied"] && verdict(model, { $0.model = "another" }) == [])
    // A permission is held to the letter.
    let theirs = try manifest(document(grants: [goodGrant.with("licensee", "Acme Ltd")]))
    #expect(verdict(theirs, { $0.licensee = name }).isEmpty == (name == "Acme Ltd"))
  }

  @Test(arguments: ["territory", "models", "purpose"])
  func aProhibitionOfNothingIsAFault(_ key: String) throws {
    let spoilt = try forbidding { $0.set(key, []) }
    #expect(verdict(spoilt, { $0.territory = "DE" }).contains("invalid-field"))
  }

  @Test func unknownActionsAndUsesAreFaults() throws {
    for key in ["actions", "deny"] {
      let reason = try manifest(document(grants: [goodGrant.with(key, ["finetune"])])).grants[0].faults.first
      #expect(reason?.code == .invalidField && reason?.sentence.contains("fine-tune") == true)
    }
    let spoilt = try manifest(
      document(assets: [asset(likeness: ["p7"])], likeness: [person.with("uses", ["trainning"])]))
    #expect(codes(.decide(spoilt, facts(), request())).contains("invalid-field"))
  }
}
