import Consent
import Files
import Frames
import Testing

/// What conditions a model beside the frames is bound like the frames, where a manifest lists it; where none does, it
/// is said so, and an embedding needs leave.
@Suite struct ConditioningCheckTests {
  private let whole = ClipConditioning([
    .caption: digest("caption"), .textEmbedding: digest("embedding"), .action: digest("action"),
    .state: digest("state"), .rate: "24/1",
  ])

  private func decide(
    _ found: ClipConditioning?, listed: Value?, media: Value? = nil, _ change: (inout ConsentRequest) -> Void = { _ in }
  ) throws -> Decision {
    var entry = asset(), content: Value = ["frames_sha256": .string(digest("a"))]
    if let listed { content.set("conditioning", listed) }
    entry.set("content", content)
    if let media { entry.set("media", media) }
    var clip = facts()
    clip.conditioning = found.map { .read($0) }
    return .decide(try manifest(document(assets: [entry])), clip, request(change))
  }

  @Test func whatIsListedMustMatch() throws {
    let all = whole.value
    let terms = try #require(decide(whole, listed: all).terms)
    #expect(terms.unvouched.isEmpty && terms.conditioning == whole)
    for part in ClipConditioning.Part.allCases {
      var changed = whole, gone = whole
      changed.values[part] = part == .rate ? "25/1" : digest("other")
      gone.values[part] = nil
      #expect(codes(try decide(changed, listed: all)) == ["content-hash-mismatch"], "\(part)")
      #expect(codes(try decide(gone, listed: all)) == ["content-hash-mismatch"], "\(part)")
      // Listed without it, the clip had none.
      #expect(codes(try decide(whole, listed: gone.value)) == ["content-hash-mismatch"], "\(part)")
    }
    #expect(codes(try decide(whole, listed: all.with("captoin", "x"))).contains("unknown-field"))
    #expect(codes(try decide(whole, listed: all.with("caption", "x"))).contains("invalid-field"))
    #expect(codes(try decide(whole, listed: "all")).contains("invalid-field"))
  }

  @Test func whatNobodyListsIsSaid() throws {
    var words = whole
    words.values[.textEmbedding] = nil
    let terms = try #require(decide(words, listed: nil).terms)
    #expect(terms.unvouched == [.caption, .action, .state, .rate])
    #expect(try decide(words, listed: nil, media: ["fps": "24/1"]).terms?.unvouched == [.caption, .action, .state])
    #expect(codes(try decide(words, listed: nil, media: ["fps": "25/1"])) == ["content-hash-mismatch"])
    #expect(try decide(nil, listed: nil).terms?.unvouched == [])
  }

  @Test func anEmbeddingNobodyListsNeedsLeave() throws {
    for action in [Action.fineTune, .evaluate] {
      #expect(codes(try decide(whole, listed: nil) { $0.action = action }) == ["conditioning-not-vouched"])
    }
    let terms = try #require(decide(whole, listed: nil) { $0.unvouched = [.textEmbedding] }.terms)
    #expect(terms.unvouched.contains(.textEmbedding))
    // Leave is no word against a manifest that lists another.
    let other = whole.value.with("text_embedding", .string(digest("other")))
    #expect(
      codes(try decide(whole, listed: other) { $0.unvouched = [.textEmbedding] }) == ["content-hash-mismatch"])
  }
}
