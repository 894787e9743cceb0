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
///
/// What will be measured is known before a training clip is looked at; `fitted` looks.
package struct FootageProbes: Sendable {
  /// Windows fitted on at most, evenly through the training clips, and frames of them together.
  private static let most = 400, mostFrames = 10_000
  /// Pictures are area-averaged to at most so many pixels a side.
  private static let side = 24
  /// A column is measured where so much of its variance is read.
  private static let least = 0.5
  /// Columns of the state with a row of their own.
  private static let mostNamed = 24

  private let source: ClipSource
  private let spec: WorldModel.Spec
  /// Items of the source that are looked at.
  private let used: [Int]
  /// Of the state; empty where it is not read.
  private let columns: [String]
  /// What maps the training clips' actions to the model's; nil where they are not read, or mean something else.
  private let actions: FootageActions?
  private var acts: Bool { actions != nil }
  private let ledger: EvaluationLedger

  /// - Parameters:
  ///   - training: on whose training clips, through the gate for `evaluate`, the readers are fitted.
  ///   - asked: the state's columns of what is benched; other training data have none.
  ///   - ledger: where their use is recorded before they are read.
  /// - Returns: nil where the training data say neither.
  /// - Throws: `Problem` when they cannot be looked at.
  package init?(
    _ training: Experiment, _ spec: WorldModel.Spec, state asked: [String], recordedIn ledger: EvaluationLedger
  ) throws {
    source = try ClipSource(training, .evaluate, split: .train, cacheBytes: 64 << 20)
    columns = source.datasets.allSatisfy { $0.stateColumns == asked } ? asked : []
    actions = (try? FootageActions(source, spec)) ?? nil
    guard actions != nil || !columns.isEmpty, (source.height, source.width) == (spec.height, spec.width) else {
      return nil
    }
    let open = source.items.indices.filter { [source] in source.items[$0].admission != nil },
      most = max(5, min(Self.most, Self.mostFrames / source.window))
    used = open.count <= most ? open : (0..<most).map { open[$0 * open.count / most] }
    (self.spec, self.ledger) = (spec, ledger)
  }

  /// Identity of what the readers of the state are fitted on; nil where it is not read. Whether a model takes actions has no
  /// part in it, so that one that does and one that does not are compared.
  var hash: String? { columns.isEmpty ? nil : windowsHash }

  /// Identity of what they are fitted on.
  var windowsHash: String {
    let windows = used.map { i -> String in
      let item = source.items[i], beside = item.admission?.conditioning
      return [
        item.admission?.framesSHA256 ?? "", "\(item.range.lowerBound)", beside?[.state] ?? "",
        beside?[.action] ?? "",
      ].joined(separator: "\u{0}")
    }
    return Hashing.sha256(([columns.joined(separator: "\u{0}")] + windows).joined(separator: "\n"))
  }

  // MARK: what is measured

  private static let deviations = "standard deviations"
  private static let inverseName = "inverse_dynamics"

  private static func horizonName(_ h: Int) -> String { "state_error_h\(h)" }

  /// "state_error_pusher_x" of every column that has a row, each another.
  private var names: [String] {
    var taken: Set<String> = []
    return columns.prefix(Self.mostNamed).map { column in
      let slug = column.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
      // "h4" would be a horizon.
      let isHorizon = slug.first == "h" && slug.dropFirst().allSatisfy(\.isNumber)
      let name = "state_error_" + (isHorizon ? "column_" : "") + slug
      let free = taken.contains(name) ? (2...).lazy.map { "\(name)_\($0)" }.first { !taken.contains($0) } ?? name : name
      taken.insert(free)
      return free
    }
  }

  /// Of data that have actions, whoever is asked.
  static let inverse = BenchJudge.Metric(derived: inverseName, unit: deviations, .lower)

  /// Of the state.
  package func metrics(frames: Int, given: Int) -> [BenchJudge.Metric] {
    let state = AtHorizon.horizons(frames: frames, given: given).map {
      BenchJudge.Metric(derived: Self.horizonName($0), unit: Self.deviations, .lower)
    }
    return columns.isEmpty ? [] : state + names.map { BenchJudge.Metric(derived: $0, unit: "", .lower) }
  }

  // MARK: fitting

  private struct Window {
    let item: ClipSource.Item, looks: [[Float]], state: [[Float]], track: ActionTrack?
  }

  private func look(_ frames: Frames, _ t: Int) -> [Float] {
    let shrink = (max(spec.height, spec.width) + Self.side - 1) / Self.side
    return frames.shrunk(t, by: shrink) { Float($0) / Float(255 * $1) }
  }

  /// The readers, fitted. That the training clips are used is in the ledger before they are.
  package func fitted(threads: Int) throws -> Fitted {
    try ledger.record(.bench, used.compactMap { i in source.items[i].admission.map { ($0, source.window) } })
    let windows = try concurrently(used.count, threads: threads) { i in
      let clip = try source.evaluation(used[i])
      return Window(
        item: source.items[used[i]], looks: (0..<clip.frames.count).map { look(clip.frames, $0) },
        state: columns.isEmpty ? [] : try source.state(used[i]),
        // What the model cannot be told was not learnt from.
        track: (try? actions?.track(clip.actions, used[i], in: source)) ?? nil)
    }
    let (fit, left) = Self.parted(windows)
    func probe(_ rows: (Window) -> [(look: [Float], target: [Float])], _ name: String) throws -> LinearProbe? {
      let rest = left.flatMap(rows), all = fit.flatMap(rows) + rest
      guard !rest.isEmpty, all.count - rest.count >= 8 else { return nil }
      return try LinearProbe(features: all.map(\.look), targets: all.map(\.target), leftOut: rest.count, of: name)
    }
    let state = try probe({ zip($0.looks, $0.state).map { ($0, $1) } }, "the state")
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
    return Fitted(probes: self, state: state, inverse: inverse)
  }

  /// The windows that are fitted, and the last fifth, which says how well the readers read: of other clips, or of one clip
  /// other frames.
  private static func parted(_ windows: [Window]) -> (fit: [Window], left: [Window]) {
    let cut = windows.count - max(1, windows.count / 5)
    guard cut > 0 else { return ([], windows) }
    let first = windows[cut].item
    let apart = windows[..<cut].filter { $0.item.dataset != first.dataset || $0.item.clip != first.clip }
    return (
      apart.isEmpty ? windows[..<cut].filter { $0.item.range.upperBound <= first.range.lowerBound } : apart,
      Array(windows[cut...])
    )
  }

  /// The readers at work.
  package struct Fitted: Sendable {
    fileprivate let probes: FootageProbes
    fileprivate let state: LinearProbe?
    /// Of each action space.
    fileprivate let inverse: [Int: LinearProbe]

    /// What the readers make of a clip, against what was so: a value of every metric, or why there is none.
    /// - Parameters:
    ///   - state: of its frames; empty where there is none.
    ///   - track: the clip's own actions, whatever the model was given.
    func measure(
      _ clip: Frames, state truth: [[Float]], track: ActionTrack?, given: Int
    ) -> [String: Measurement] {
      let first = max(0, given - 1), looks = (first..<clip.count).map { probes.look(clip, $0) }
      var found: [String: Measurement] = [:]
      if !probes.columns.isEmpty {
        let read = state.map { probe in looks.map { probe($0) } }
        measureState(read, truth, first, given..<clip.count, &found)
      }
      if probes.acts {
        found[FootageProbes.inverseName] = inverseDynamics(
          looks, track, first, max(1, given)..<clip.count)
      }
      return found
    }

    private static let silent = Measurement.notApplicable("the dataset says no state there")
    private static let few = Measurement.notApplicable("the training clips are too few to fit what reads it")

    /// - Parameters:
    ///   - read: the state of the frames from `first` on; nil where nothing reads it.
    ///   - made: frames that were not given.
    private func measureState(
      _ read: [[Double]]?, _ truth: [[Float]], _ first: Int, _ made: Range<Int>, _ found: inout [String: Measurement]
    ) {
      let horizons = AtHorizon.horizons(frames: made.upperBound, given: made.lowerBound)
      guard let state, let read else {
        for name in horizons.map(FootageProbes.horizonName) + probes.names { found[name] = Self.few }
        return
      }
      func error(_ t: Int, _ column: Int) -> Double { abs(read[t - first][column] - Double(truth[t][column])) }
      let legible = probes.columns.indices.filter { state.explained[$0] >= FootageProbes.least }
      for h in horizons {
        let t = made.lowerBound + h - 1
        guard !legible.isEmpty else {
          found[FootageProbes.horizonName(h)] = .notApplicable("no column can be read out of frames")
          continue
        }
        found[FootageProbes.horizonName(h)] =
          truth.indices.contains(t)
          ? .value(
            (legible.reduce(0) { sum, column in
              let e = error(t, column) / max(state.deviations[column], 1e-12)
              return sum + e * e
            } / Double(legible.count)).squareRoot(), note: "") : Self.silent
      }
      for (column, name) in probes.names.enumerated() {
        guard legible.contains(column) else {
          found[name] = .notApplicable(Self.illegible(state.explained[column]))
          continue
        }
        let errors = made.filter { truth.indices.contains($0) }.map { error($0, column) }
        found[name] = errors.isEmpty ? Self.silent : .value(errors.reduce(0, +) / Double(errors.count), note: "")
      }
    }

    private static func illegible(_ explained: Double) -> String {
      "it cannot be read out of frames well enough: \(Text.short(max(0, explained))) of its variance on clips left out, and "
        + "\(Text.short(FootageProbes.least)) is asked"
    }

    private func inverseDynamics(
      _ looks: [[Float]], _ track: ActionTrack?, _ first: Int, _ made: Range<Int>
    ) -> Measurement {
      guard let track, let probe = inverse[track.space] else { return Self.few }
      let legible = probe.explained.indices.filter { probe.explained[$0] >= FootageProbes.least }
      guard !legible.isEmpty else { return .notApplicable(Self.illegible(probe.explained.max() ?? 0)) }
      let errors = made.flatMap { t -> [Double] in
        guard let row = track.rows[t] else { return [] }
        let read = probe(looks[t - 1 - first] + looks[t - first])
        return legible.map {
          let e = (read[$0] - Double(row[$0])) / max(probe.deviations[$0], 1e-12)
          return e * e
        }
      }
      return errors.isEmpty
        ? .notApplicable("no frame has an action")
        : .value((errors.reduce(0, +) / Double(errors.count)).squareRoot(), note: "")
    }
  }
}
