import Consent
import Files
import Frames
import Media

/// Permission to read one clip for one use, made by the gate and by nothing else.
///
/// It has no initialiser outside this file, so code that asks for an `Admission` (a `TrainingClip` does) can only be
/// given one that `Gate.admissions` made from a decision. Try `Admission(…)` anywhere else: it does not compile.
public struct Admission: Sendable, Equatable {
  /// Position in `Dataset.clips`.
  public let clipIndex: Int
  public let clip: String
  public let split: Split
  /// Frames in the clip.
  public let frames: Int
  public let datasetPath: String
  /// Hash of the clip's frames as the dataset lists them and the manifest confirms.
  public let framesSHA256: String
  /// What a model may be given of the clip beside its frames.
  public let conditioning: ClipConditioning
  /// What of it nobody vouched for.
  public let unvouched: [ClipConditioning.Part]
  /// Content of the manifest's entry that admitted it, and that entry's name: what caps are counted by. The clip's own
  /// where it is listed itself.
  public let content: String
  public let entry: String
  public let action: Action
  public let grant: String
  public let basis: Basis
  public let standing: Standing
  /// The trusted key that signed for the licensor; nil when self-declared.
  public let signer: String?
  public let licensor: String
  public let manifestSHA256: String
  /// The first second it no longer holds.
  public let expires: Moment?
  /// Frames that could still be seen under the grant's cap when the gate decided.
  public let remainingExposures: Int?
  /// When the gate decided; a clock that has run back well behind it is not believed.
  public let decided: Moment

  fileprivate init(_ entry: ClipDecision, _ terms: Decision.Terms, _ gate: Gate) {
    clipIndex = entry.index
    clip = entry.clip
    split = entry.split
    frames = entry.frames
    datasetPath = gate.dataset.path
    framesSHA256 = gate.dataset.clips[entry.index].framesSHA256
    (conditioning, unvouched) = (terms.conditioning ?? ClipConditioning([:]), terms.unvouched)
    content = terms.content
    self.entry = terms.source ?? clip
    action = gate.request.action
    grant = terms.grant
    basis = terms.basis
    standing = terms.standing
    signer = terms.signer
    licensor = gate.manifest.licensor.id
    manifestSHA256 = gate.manifest.sha256
    expires = terms.expires
    remainingExposures = terms.remainingExposures
    decided = gate.request.time
  }
}

extension Gate {
  /// The clips that may be used, in the dataset's order. The only place admissions are made.
  public func admissions(split: Split? = nil) -> [Admission] {
    decisions.compactMap { entry in
      guard split == nil || entry.split == split, let terms = entry.decision.terms else { return nil }
      return Admission(entry, terms, self)
    }
  }
}
