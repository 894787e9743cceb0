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
    /// Its own; another window's in their place, where there is one; one that says nothing throughout.
    let own: ActionTrack, shuffled: ActionTrack?, zero: ActionTrack
  }

  private let spec: WorldModel.Spec
  /// The model's space of each dataset.
  private let spaces: [String]

  /// - Returns: nil of a model that takes none, or was not asked to.
  /// - Throws: `Problem` when the data's actions are not what the model knows: names, order, rate.
  init?(_ source: ClipSource, _ spec: WorldModel.Spec) throws {
    guard spec.takesActions else { return nil }
    spaces = try zip(source.datasets, source.actionNames).map { dataset, said in
      // What was said at training holds; another file is told by its columns.
      if let said, spec.actions.contains(where: { $0.name == said }) {
        try spec.space(said, at: dataset.path).require(
          dataset.actionColumns, fps: source.fps.description, at: dataset.path)
        return said
      }
      return try spec.space(
        ofColumns: dataset.actionColumns, fps: source.fps.description, at: dataset.path
      ).name
    }
    self.spec = spec
  }

  /// - Parameters:
  ///   - dataset, otherDataset: places of the two clips' in the source.
  ///   - other: whose actions stand in for the clip's.
  func tracks(
    _ clip: EvaluationClip, of dataset: Int, other: EvaluationClip?, of otherDataset: Int
  ) throws -> Tracks {
    let own = try track(clip, dataset)
    let other = spaces[dataset] == spaces[otherDataset] ? try other.map { try track($0, otherDataset) } : nil
    return Tracks(
      own: own, shuffled: other.map { own.replaced(by: $0) }, zero: own.held(spec.actions[own.space].zero))
  }

  private func track(_ clip: EvaluationClip, _ dataset: Int) throws -> ActionTrack {
    try spec.track(
      clip.actions.map { ClipActions(space: spaces[dataset], rows: $0.rows) }, frames: clip.frames.count,
      at: clip.admission.clip)
  }

  // MARK: whether it follows

  private static let pairs: [(metric: BenchJudge.Metric, control: BenchControl)] = [
    (BenchJudge.Metric(derived: "following_shuffled", unit: "dB", .higher), .shuffledActions),
    (BenchJudge.Metric(derived: "following_zero", unit: "dB", .higher), .zeroActions),
  ]

  /// PSNR given a clip's own actions minus PSNR given others, the noise the same: 0 where actions are ignored.
  static let metrics = pairs.map(\.metric)

  /// Adds them to the model's rows.
  static func follow(_ entries: inout [BenchRecord.Entry]) {
    let score = PSNR.name
    for (metric, control) in pairs {
      let other = entries.first { $0.role == .control(control) }?.values[score]
      for i in entries.indices {
        guard case .model = entries[i].role, let other, let own = entries[i].values[score] else {
          entries[i].notes[metric.name] = .words("of the model's own row alone, given other actions")
          continue
        }
        entries[i].values[metric.name] = own - other
      }
    }
  }
}
