import Clips
import Diffusion
import Files
import Frames
import Measures
import Media
import Models

/// What a model that takes actions is given of held-out clips, and whether what it makes depends on it.
struct FootageActions {
  /// Of one window.
  struct Tracks: Sendable {
    /// Its own; another window's in their place, and one that says nothing throughout, where it has any to replace.
    let own: ActionTrack, shuffled: ActionTrack?, zero: ActionTrack?
  }

  private let spec: WorldModel.Spec
  /// The model's space of each dataset; nil of one without actions.
  private let spaces: [String?]

  /// - Returns: nil of a model that takes none.
  /// - Throws: `Problem` when the data's actions are not what the model knows: names, order, rate.
  init?(_ source: ClipSource, _ spec: WorldModel.Spec) throws {
    guard spec.takesActions, source.actionNames.contains(where: { $0 != nil }) else { return nil }
    spaces = try zip(source.datasets, source.actionNames).map { dataset, said in
      guard let said else { return nil }
      let columns = dataset.actionColumns, units = dataset.actionUnits, rate = source.fps.description
      // What was said at training holds; another file is told by its columns.
      guard spec.actions.contains(where: { $0.name == said }) else {
        return try spec.space(ofColumns: columns, units: units, fps: rate, at: dataset.path).name
      }
      try spec.space(said, at: dataset.path).require(
        columns, units: units, fps: rate, at: dataset.path)
      return said
    }
    self.spec = spec
  }

  /// - Parameters:
  ///   - item: the clip's place in the source.
  ///   - other: the item whose actions stand in for the clip's.
  func tracks(_ clip: EvaluationClip, of item: Int, other: Int?, in source: ClipSource) throws -> Tracks {
    let dataset = source.items[item].dataset, own = try track(clip.actions, item, in: source)
    guard own.acts else { return Tracks(own: own, shuffled: nil, zero: nil) }
    let others = try other.flatMap { other in
      spaces[source.items[other].dataset] == spaces[dataset]
        ? try track(source.actions(other), other, in: source) : nil
    }
    return Tracks(
      own: own, shuffled: others.flatMap { $0.acts ? own.replaced(by: $0) : nil },
      zero: own.held(spec.actions[own.space].zero))
  }

  /// An item's actions as the model sees them.
  func track(_ actions: ClipActions?, _ item: Int, in source: ClipSource) throws -> ActionTrack {
    let space = spaces[source.items[item].dataset]
    return try spec.track(
      space.flatMap { space in actions.map { ClipActions(space: space, rows: $0.rows) } }, frames: source.window,
      at: source.items[item].clip)
  }

  // MARK: whether it follows

  private static let pairs: [(metric: BenchJudge.Metric, control: BenchControl)] = [
    (BenchJudge.Metric(derived: "following_shuffled", unit: "dB", .higher), .shuffledActions),
    (BenchJudge.Metric(derived: "following_zero", unit: "dB", .higher), .zeroActions),
  ]

  /// PSNR given a clip's own actions minus PSNR given others, the noise the same: 0 where actions are ignored.
  static let metrics = pairs.map(\.metric)

  /// Says of a model that takes none why they and inverse dynamics are not there.
  static func leaveOut(_ entries: inout [BenchRecord.Entry]) {
    for i in entries.indices {
      for metric in metrics + [FootageProbes.inverse] where entries[i].values[metric.name] == nil {
        entries[i].notes[metric.name] = .words("the model takes no actions")
      }
    }
  }

  /// Adds them to the model's row.
  /// - Parameter first: of the samples, the one whose noise the others share.
  static func follow(_ entries: inout [BenchRecord.Entry], first: BenchRecord.Entry) {
    for (metric, control) in pairs {
      let other = entries.first { $0.role == .control(control) }?.values[PSNR.name]
      for i in entries.indices {
        guard case .model = entries[i].role else {
          entries[i].notes[metric.name] = .words("of the model's own row alone, given other actions")
          continue
        }
        if let other, let own = first.values[PSNR.name] {
          entries[i].values[metric.name] = own - other
        } else {
          entries[i].notes[metric.name] = .words("the clip has no actions, or there are no others to give it")
        }
      }
    }
  }
}
