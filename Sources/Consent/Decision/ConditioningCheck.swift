import Files
import Frames

/// What an experiment may condition a model on although no manifest vouches for it. Captions, actions and state need no
/// leave: they are words and numbers beside the frames. An embedding is a door as wide as frames.
public enum UnvouchedPart: String, Sendable, CaseIterable { case textEmbedding = "text_embedding" }

/// Holds what conditions a model on a clip against what the manifest lists of it.
package struct ConditioningCheck {
  private(set) var vetoes: [Reason] = []
  /// Parts that the clip has and nobody vouched for.
  private(set) var unvouched: [ClipConditioning.Part] = []
  private(set) var found: ClipConditioning?

  package init(_ clip: ClipFacts, _ match: ListedContent, _ request: ConsentRequest) {
    switch clip.conditioning {
    case nil: return
    case .unreadable(let why):
      vetoes.append(
        Reason(
          .contentChanged, "what conditions a model on it cannot be read: \(why)",
          fix: "restore the file from its source, or import the footage again"))
    case .read(let found):
      self.found = found
      compare(found, clip, match)
      embedding(request)
    }
  }

  private mutating func compare(_ found: ClipConditioning, _ clip: ClipFacts, _ match: ListedContent) {
    // A clip made on import has captions and numbers of its own; what the manifest lists are its source's.
    guard !match.isDerived else {
      unvouched = found.parts.filter { $0 != .rate }
      guard case .derived(let derivation) = clip.origin, let stated = derivation.rate, stated != found[.rate] else {
        return
      }
      vetoes.append(
        Reason(
          .derivationMismatch, "its frames are played at \(found[.rate] ?? "no rate"), its origin says \(stated)",
          fix: "import the footage again; the rate was changed since"))
      return
    }
    guard let listed = match.asset.conditioning else {
      unvouched = found.parts.filter { $0 != .rate || match.asset.fps == nil }
      if let rate = match.asset.fps, rate != found[.rate] { differs(.rate, rate, found[.rate]) }
      return
    }
    // The list is whole: what it does not name, the clip did not have.
    for part in ClipConditioning.Part.allCases where listed[part] != found[part] {
      differs(part, listed[part], found[part])
    }
  }

  private mutating func differs(_ part: ClipConditioning.Part, _ listed: String?, _ found: String?) {
    let name = part.rawValue
    let sentence =
      switch (listed, found) {
      case (nil, _): "it has a \(name), and had none when it was granted"
      case (_, nil): "it has no \(name) any more, and had one when it was granted"
      case (let listed?, let found?): "its \(name) is \(found.prefix(12)), the manifest says \(listed.prefix(12))"
      }
    vetoes.append(
      Reason(
        .contentHashMismatch, sentence,
        fix: "restore the dataset the licensor agreed to, or ask for a manifest that lists this one"
      ))
  }

  private mutating func embedding(_ request: ConsentRequest) {
    guard unvouched.contains(.textEmbedding), [.pretrain, .fineTune, .evaluate].contains(request.action),
      !request.unvouched.contains(.textEmbedding)
    else { return }
    vetoes.append(
      Reason(
        .conditioningNotVouched, "its text_embedding conditions the model, and no manifest lists it",
        fix: "ask for a manifest that lists it ('orrery consent init' does); or, if you can answer for it: "
          + "consent: {unvouched: [text_embedding]} in the experiment, --unvouched text_embedding on the command line"))
  }
}
