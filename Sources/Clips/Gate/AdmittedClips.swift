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
    actions = try space.flatMap { try admission.actions($0, from: dataset, frames: range, clock: clock) }
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
    actions = try space.flatMap { try admission.actions($0, from: dataset, frames: range, clock: clock) }
    self.admission = admission
    self.range = range
  }
}

/// The one way from an admission to pixels. The dataset verifies each chunk against its listed hash on the first read.
private func read(
  _ admission: Admission, for action: Action, _ dataset: Dataset, _ range: Range<Int>, _ clock: () -> Moment
) throws -> Frames {
  try admission.require(for: action, dataset, range, clock)
  return try dataset.frames(admission.clipIndex, range)
}

extension Admission {
  /// The actions of admitted frames, and of no others; nil of a clip that has none.
  /// - Parameter space: what they are called.
  /// - Throws: `Problem` as frames do, and when they are not those that were admitted.
  package func actions(
    _ space: String, from dataset: Dataset, frames range: Range<Int>, clock: () -> Moment = Moment.now
  ) throws -> ClipActions? {
    let rows = try beside(.action, dataset, range, clock) { try dataset.actions(clipIndex, range) }
    return rows.isEmpty ? nil : ClipActions(space: space, rows: rows)
  }

  /// What the dataset says of admitted frames beside their pixels; empty when it says nothing.
  package func state(
    from dataset: Dataset, frames range: Range<Int>, clock: () -> Moment = Moment.now
  ) throws -> [[Float]] {
    try beside(.state, dataset, range, clock) { try dataset.state(clipIndex, range) }
  }

  /// What stands beside frames, as it was admitted.
  private func beside(
    _ part: ClipConditioning.Part, _ dataset: Dataset, _ range: Range<Int>, _ clock: () -> Moment,
    _ read: () throws -> [[Float]]
  ) throws -> [[Float]] {
    try require(for: action, dataset, range, clock)
    guard try dataset.conditioning(clipIndex)[part] == conditioning[part] else {
      throw Problem(
        "its \(part.rawValue) is not the one that was admitted", at: "\(datasetPath), clip \(clip)",
        fix: "restore the file from its source, and run the preflight again")
    }
    return try read()
  }

  /// That frames may be read now, for what they were admitted for.
  /// - Throws: `Problem` naming the clip.
  fileprivate func require(
    for use: Action, _ dataset: Dataset, _ range: Range<Int>, _ clock: () -> Moment
  ) throws {
    let place = "\(datasetPath), clip \(clip)"
    guard action == use else {
      throw Problem(
        "the clip was admitted for \(action.rawValue), not for \(use.rawValue)", at: place,
        fix: "ask the gate for \(use.rawValue)")
    }
    // The dataset may have been opened anew since the gate looked; the file may not have changed.
    guard dataset.path == datasetPath, dataset.clips.indices.contains(clipIndex),
      case let listed = dataset.clips[clipIndex], listed.id == clip, listed.framesSHA256 == framesSHA256
    else {
      throw Problem(
        "this is not the content that was admitted", at: place, expected: "frames \(framesSHA256.prefix(12))…",
        fix: "run the preflight again on this file")
    }
    let now = clock()
    if let expires, now >= expires {
      throw Problem(
        "the grant '\(grant)' ended on \(expires)", at: place,
        fix: "ask the licensor to renew it, or train without the clip")
    }
    // Two minutes of grace: clocks are stepped back a little by time servers, and by hand when someone wants an expired
    // grant alive.
    guard now.seconds >= decided.seconds - 120 else {
      throw Problem(
        "the clock says \(now), before the clip was admitted (\(decided))", at: place,
        fix: "set the machine's clock")
    }
    guard range.lowerBound >= 0, range.upperBound <= listed.frames, !range.isEmpty else {
      throw Problem(
        "frames \(range.lowerBound)..<\(range.upperBound) are not in the clip", at: place,
        expected: "a part of 0..<\(listed.frames)")
    }
  }
}
