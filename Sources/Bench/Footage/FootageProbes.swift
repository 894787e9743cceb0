import Clips
import Consent
import Diffusion
import Files
import Frames
import Ledger
import Measures
import Media
import Models
import Provenance
import Runs

/// What can be read out of frames of footage whose dataset says more than pictures: its `state` (where things are), and the
/// action between two frames (inverse dynamics, as Matrix-Game asks of VPT's). The readers are linear, fitted on the run's
/// training clips; every row of a table is read by the same ones, so the truth's row says how well they read.
package struct FootageProbes: Sendable {
  /// Windows fitted on at most, evenly through the training clips, and frames of them together; one window in five is left
  /// out to know how well they read.
  private static let most = 400, mostFrames = 10_000
  /// Pictures are area-averaged to at most so many pixels a side.
  private static let side = 24
  /// A column is measured where so much of its variance is read.
  private static let least = 0.5

  private let shrink: Int
  private let state: LinearProbe?
  /// Names of the state's columns that are read well enough, with their places.
  private let columns: [(place: Int, name: String)]
  /// Of each action space.
  private let inverse: [Int: LinearProbe]

  /// - Parameters:
  ///   - run: whose training clips, through the gate for `evaluate`, it is fitted on.
  ///   - asked: the state's columns of what is benched; other training data have none.
  ///   - ledger: where their use is recorded before they are read.
  /// - Returns: nil where the training data say neither.
  /// - Throws: `Problem` when they cannot be looked at, or are too few.
  package init?(
    _ run: Run, _ spec: WorldModel.Spec, state asked: [String], recordedIn ledger: EvaluationLedger, threads: Int
  ) throws {
    let source = try ClipSource(run.experiment, .evaluate, split: .train, cacheBytes: 64 << 20)
    let stateNames = source.datasets.allSatisfy { $0.stateColumns == asked } ? asked : []
    let acts = spec.takesActions && source.actionNames.contains { $0 != nil }
    guard acts || !stateNames.isEmpty, (source.height, source.width) == (spec.height, spec.width) else { return nil }
    let open = source.items.indices.filter { source.items[$0].admission != nil },
      most = max(5, min(Self.most, Self.mostFrames / source.window)),
      used = open.count <= most ? open : (0..<most).map { open[$0 * open.count / most] }
    try ledger.record(.bench, used.compactMap { i in source.items[i].admission.map { ($0, source.window) } })
    let shrink = (max(spec.height, spec.width) + Self.side - 1) / Self.side
    let windows = try concurrently(used.count, threads: threads) { i -> (Window) in
      let clip = try source.evaluation(used[i])
      return Window(
        looks: (0..<clip.frames.count).map { Self.look(clip.frames, $0, shrink) },
        state: stateNames.isEmpty ? [] : try source.state(used[i]),
        track: acts
          ? try spec.track(clip.actions, frames: clip.frames.count, at: clip.admission.clip) : nil)
    }
    self.shrink = shrink
    let fitted = windows.count - max(1, windows.count / 5)
    func probe(_ rows: (Window) -> [(look: [Float], target: [Float])], _ name: String) throws -> LinearProbe? {
      let parts = windows.map(rows), left = parts[fitted...].reduce(0) { $0 + $1.count }, all = parts.flatMap { $0 }
      guard left > 0, all.count - left >= 8 else { return nil }
      return try LinearProbe(features: all.map(\.look), targets: all.map(\.target), leftOut: left, of: name)
    }
    state = try probe({ zip($0.looks, $0.state).map { ($0, $1) } }, "the state")
    columns = (state?.explained ?? []).enumerated().filter { $0.element >= Self.least }.map {
      ($0.offset, stateNames[$0.offset])
    }
    var inverse: [Int: LinearProbe] = [:]
    for space in spec.actions.indices {
      inverse[space] = try probe(
        { window in
          guard let track = window.track, track.space == space else { return [] }
          return track.rows.indices.dropFirst().compactMap { t in
            track.rows[t].map { (window.looks[t - 1] + window.looks[t], $0) }
          }
        }, "the action")
    }
    self.inverse = inverse.filter { $0.value.explained.contains { $0 >= Self.least } }
  }

  private struct Window {
    let looks: [[Float]], state: [[Float]], track: ActionTrack?
  }

  /// One frame made small: values 0 to 1.
  private static func look(_ frames: Frames, _ t: Int, _ shrink: Int) -> [Float] {
    let h = (frames.height + shrink - 1) / shrink, w = (frames.width + shrink - 1) / shrink
    var out = [Float](repeating: 0, count: h * w * 3), counts = [Float](repeating: 0, count: h * w)
    frames.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<frames.height {
        for x in 0..<frames.width {
          let at = ((t * frames.height + y) * frames.width + x) * 3, to = y / shrink * w + x / shrink
          counts[to] += 255
          for c in 0..<3 { out[3 * to + c] += Float(pixels[at + c]) }
        }
      }
    }
    for i in out.indices { out[i] /= counts[i / 3] }
    return out
  }

  // MARK: what is measured

  private static let deviations = "standard deviations"

  private func horizons(_ frames: Int, _ given: Int) -> [Int] { AtHorizon.horizons(frames: frames, given: given) }

  /// "state_error_pusher_x".
  private static func slug(_ column: String) -> String {
    "state_error_" + column.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
  }

  package func metrics(frames: Int, given: Int) -> [BenchJudge.Metric] {
    let whole =
      columns.isEmpty
      ? []
      : horizons(frames, given).map {
        BenchJudge.Metric(derived: "state_error_h\($0)", unit: Self.deviations, .lower)
      } + columns.map { BenchJudge.Metric(derived: Self.slug($0.name), unit: "", .lower) }
    return whole
      + (inverse.isEmpty ? [] : [BenchJudge.Metric(derived: "inverse_dynamics", unit: Self.deviations, .lower)])
  }

  /// What the readers make of a clip, against what was so.
  /// - Parameters:
  ///   - state: of its frames; empty where there is none.
  ///   - track: the clip's own actions, whatever the model was given.
  func measure(
    _ clip: Frames, state truth: [[Float]], track: ActionTrack?, given: Int
  ) -> [String: Measurement] {
    let looks = (max(0, given - 1)..<clip.count).map { Self.look(clip, $0, shrink) }, first = max(0, given - 1)
    var found: [String: Measurement] = [:]
    if let state, !columns.isEmpty {
      let read = looks.map { state($0) }
      func error(_ t: Int, _ column: Int) -> Double { abs(read[t - first][column] - Double(truth[t][column])) }
      for h in horizons(clip.count, given) {
        let t = given + h - 1
        found["state_error_h\(h)"] =
          truth.indices.contains(t)
          ? .value(
            (columns.reduce(0) { sum, column in
              let e = error(t, column.place) / max(state.deviations[column.place], 1e-12)
              return sum + e * e
            } / Double(columns.count)).squareRoot(), note: "")
          : .notApplicable("the dataset says no state there")
      }
      for column in columns {
        let errors = (given..<clip.count).filter { truth.indices.contains($0) }.map { error($0, column.place) }
        found[Self.slug(column.name)] =
          errors.isEmpty
          ? .notApplicable("the dataset says no state there")
          : .value(errors.reduce(0, +) / Double(errors.count), note: "")
      }
    }
    guard !inverse.isEmpty else { return found }
    guard let track, let probe = inverse[track.space] else {
      found["inverse_dynamics"] = .notApplicable("nothing was fitted to such actions")
      return found
    }
    let errors = (max(1, given)..<clip.count).flatMap { t -> [Double] in
      guard let row = track.rows[t] else { return [] }
      let read = probe(looks[t - 1 - first] + looks[t - first])
      return row.indices.filter { probe.explained[$0] >= Self.least }.map {
        let e = (read[$0] - Double(row[$0])) / max(probe.deviations[$0], 1e-12)
        return e * e
      }
    }
    found["inverse_dynamics"] =
      errors.isEmpty
      ? .notApplicable("no frame has an action")
      : .value((errors.reduce(0, +) / Double(errors.count)).squareRoot(), note: "")
    return found
  }
}
