import Files
import Models
import Tensors

/// What a model is given of a clip's actions: for each frame the one that led to it.
public struct ActionTrack: Sendable, Equatable {
  /// Of which of the model's spaces; all frames of the others have neither an action nor its absence.
  public var space: Int
  /// [T], as the model sees them; nil: none is given, which is not the same as one that does nothing. Nothing led to the
  /// first frame.
  public var rows: [[Float]?]

  package init(space: Int, rows: [[Float]?]) { (self.space, self.rows) = (space, rows) }

  /// Without some of its actions: of each frame by `frame`, of the whole clip by `clip`.
  /// - Parameters:
  ///   - frame, clip: shares that are left out, in training; guidance means something by it.
  ///   - sample: its place in the batch.
  package func dropping(frame: Double, clip: Double, _ random: Random, sample: Int) -> ActionTrack {
    guard random.uniform(sample, .actionClip) >= clip else { return without }
    var track = self
    for t in rows.indices where random.uniform(sample * rows.count + t, .action) < frame { track.rows[t] = nil }
    return track
  }

  /// Those of a stretch of frames, whose first nothing leads to; behind the last there are none.
  package func window(from start: Int, count: Int) -> ActionTrack {
    ActionTrack(
      space: space,
      rows: (0..<count).map { $0 > 0 && rows.indices.contains(start + $0) ? rows[start + $0] : nil })
  }

  /// Tells it from others.
  package var identity: String {
    Hashing.sha256(
      "\(space) " + rows.map { $0.map { $0.map { "\($0)" }.joined(separator: ",") } ?? "-" }.joined(separator: ";"))
  }

  /// Whether there is any action.
  package var acts: Bool { rows.contains { $0 != nil } }

  /// The same frames, and no action.
  package var without: ActionTrack { ActionTrack(space: space, rows: rows.map { _ in nil }) }

  /// Every action a frame later than it was; nothing leads to the first two frames.
  package var shifted: ActionTrack { ActionTrack(space: space, rows: [nil] + rows.dropLast()) }

  /// With one action throughout. - Parameter row: as the model sees it.
  package func held(_ row: [Float]?) -> ActionTrack {
    ActionTrack(space: space, rows: rows.map { $0 == nil ? nil : row })
  }

  /// Those of other frames in this clip's places: what is there is replaced, in a cycle where there is less.
  package func replaced(by other: ActionTrack) -> ActionTrack {
    let rows = other.rows.dropFirst().compactMap { $0 }
    guard !rows.isEmpty else { return without }
    return ActionTrack(
      space: space, rows: self.rows.enumerated().map { t, row in row == nil ? nil : rows[(t - 1) % rows.count] })
  }
}

extension WorldModel.Spec {
  /// A clip's actions as the model sees them.
  /// - Parameters:
  ///   - actions: of its frames; nil: none is given.
  ///   - frames: of the clip.
  /// - Throws: `Problem` when they are of no space it knows, or hold a value a column cannot have.
  package func track(_ actions: ClipActions?, frames: Int, at place: String) throws -> ActionTrack {
    guard let actions else { return ActionTrack(space: 0, rows: Array(repeating: nil, count: frames)) }
    guard let i = self.actions.firstIndex(where: { $0.name == actions.space }) else {
      throw unknownSpace(actions.space, at: place)
    }
    // A row more than frames is an action whose frame was not kept.
    precondition(actions.rows.count + 1 >= frames, "\(actions.rows.count) actions for \(frames) frames")
    return ActionTrack(
      space: i,
      rows: try (0..<frames).map { t in
        t == 0 ? nil : try self.actions[i].encoded(actions.rows[t - 1], at: "\(place), action \(t - 1)")
      })
  }

  /// What the transformer takes of the actions of a batch: [B,G,width] for each of its spaces.
  ///
  /// A group holds, for each of its frames in order, what the space has of the action that led to it, then 1 and 0, or
  /// zeros, 0 and 1 where there is none. Groups that cover fewer frames (the first, of a causal codec) have them at their
  /// end.
  package func actionInputs(_ tracks: [ActionTrack], on compute: Compute) -> [Tensor] {
    guard !actions.isEmpty, let frames = tracks.first?.rows.count else { return [] }
    let groups = groups(of: frames), slots = framesPerGroup
    return actions.enumerated().map { s, space in
      let width = space.width + 2, per = slots * width
      var values = [Float](repeating: 0, count: tracks.count * groups * per)
      for (b, track) in tracks.enumerated() where track.space == s {
        for g in 0..<groups {
          let from = self.frames(of: g), count = self.frames(of: g + 1) - from
          for slot in 0..<slots {
            let at = ((b * groups + g) * slots + slot) * width, t = slot - (slots - count)
            guard t >= 0, let row = track.rows[from + t] else {
              values[at + space.width + 1] = 1
              continue
            }
            for (i, x) in row.enumerated() { values[at + i] = x }
            values[at + space.width] = 1
          }
        }
      }
      return Tensor(values, [tracks.count, groups, per], on: compute)
    }
  }

  /// With these action spaces, and what the transformer takes of them.
  package mutating func take(_ spaces: [ActionSpace]) {
    actions = spaces
    transformer.actions = spaces.map { ActionInput($0, framesPerGroup: framesPerGroup) }
  }
}
