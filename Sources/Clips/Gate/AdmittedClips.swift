import Consent
import Diffusion
import Files
import Frames
import Media

/// Frames a trainer may learn from. The trainer's interface takes these and no other frames, and one cannot be made
/// without an admission for fine-tuning.
public struct TrainingClip: Sendable {
  public let admission: Admission
  /// The frames' place in the clip.
  public let range: Range<Int>
  public let frames: Frames
  public let caption: String?
  /// Of the frames, where they are asked for and the clip has them.
  public let actions: ClipActions?

  /// Reads and verifies `range` of the admitted clip.
  /// - Parameter space: what its actions are called, where they are asked for.
  /// - Throws: `Problem` naming the clip when the admission is for another use or dataset, has ended by `clock`, or the
  ///   frames are not the ones listed.
  public init(
    admission: Admission, from dataset: Dataset, frames range: Range<Int>, actions space: String? = nil,
    clock: () -> Moment = Moment.now
  ) throws {
    frames = try read(admission, for: .fineTune, dataset, range, clock)
    caption = dataset.clips[admission.clipIndex].caption
    actions = try space.flatMap { try read(actions: $0, admission, dataset, range) }
    self.admission = admission
    self.range = range
  }
}

/// Frames a model may be conditioned on or measured against (bench, continuation); needs an admission for evaluating.
public struct EvaluationClip: Sendable {
  public let admission: Admission
  /// The frames' place in the clip.
  public let range: Range<Int>
  public let frames: Frames
  public let caption: String?
  /// Of the frames, where they are asked for and the clip has them.
  public let actions: ClipActions?

  /// As `TrainingClip`, for `evaluate`.
  public init(
    admission: Admission, from dataset: Dataset, frames range: Range<Int>, actions space: String? = nil,
    clock: () -> Moment = Moment.now
  ) throws {
    frames = try read(admission, for: .evaluate, dataset, range, clock)
    caption = dataset.clips[admission.clipIndex].caption
    actions = try space.flatMap { try read(actions: $0, admission, dataset, range) }
    self.admission = admission
    self.range = range
  }
}

/// The one way from an admission to pixels. The dataset verifies each chunk against its listed hash on the first read.
private func read(
  _ admission: Admission, for action: Action, _ dataset: Dataset, _ range: Range<Int>, _ clock: () -> Moment
) throws -> Frames {
  let place = "\(admission.datasetPath), clip \(admission.clip)"
  guard admission.action == action else {
    throw Problem(
      "the clip was admitted for \(admission.action.rawValue), not for \(action.rawValue)", at: place,
      fix: "ask the gate for \(action.rawValue)")
  }
  // The dataset may have been opened anew since the gate looked; the file may not have changed.
  guard dataset.path == admission.datasetPath, dataset.clips.indices.contains(admission.clipIndex),
    case let listed = dataset.clips[admission.clipIndex], listed.id == admission.clip,
    listed.framesSHA256 == admission.framesSHA256
  else {
    throw Problem(
      "this is not the content that was admitted", at: place, expected: "frames \(admission.framesSHA256.prefix(12))…",
      fix: "run the preflight again on this file")
  }
  let now = clock()
  if let end = admission.expires, now >= end {
    throw Problem(
      "the grant '\(admission.grant)' ended on \(end)", at: place,
      fix: "ask the licensor to renew it, or train without the clip")
  }
  // Two minutes of grace: clocks are stepped back a little by time servers, and by hand when someone wants an expired
  // grant alive.
  guard now.seconds >= admission.decided.seconds - 120 else {
    throw Problem(
      "the clock says \(now), before the clip was admitted (\(admission.decided))", at: place,
      fix: "set the machine's clock")
  }
  guard range.lowerBound >= 0, range.upperBound <= listed.frames, !range.isEmpty else {
    throw Problem(
      "frames \(range.lowerBound)..<\(range.upperBound) are not in the clip", at: place,
      expected: "a part of 0..<\(listed.frames)")
  }
  return try dataset.frames(admission.clipIndex, range)
}

/// The actions of admitted frames; nil of a clip that has none.
private func read(
  actions space: String, _ admission: Admission, _ dataset: Dataset, _ range: Range<Int>
) throws -> ClipActions? {
  let rows = try dataset.actions(admission.clipIndex)
  guard !rows.isEmpty else { return nil }
  guard try dataset.conditioning(admission.clipIndex)[.action] == admission.conditioning[.action] else {
    throw Problem(
      "the actions are not the ones that were admitted", at: "\(admission.datasetPath), clip \(admission.clip)",
      fix: "restore the file from its source, and run the preflight again")
  }
  return ClipActions(space: space, rows: Array(rows[range]))
}
