import Clips
import Consent
import Credentials
import Diffusion
import Files
import Frames
import Ledger
import Measures
import Media
import Provenance
import Runs

/// Suite `footage/1`: held-out clips of footage. A model is given the first frames (with the caption, and the last frame,
/// where it takes them), and what it makes of the rest is measured against what followed. Every window passes the gate
/// for `evaluate`, and that it is used stands in the ledger before it is.
package struct FootageSuite: BenchQuestions {
  /// What the command line calls it.
  package static let word = Evaluation.footage
  /// Every suite there is.
  package static let names = SuiteName.names + [word]
  private static let version = 1
  /// Windows unless somebody says otherwise.
  package static let usualCount = 64

  package let name = "\(Self.word)/\(Self.version)"
  package let omitted: [String]
  package let given: Int
  private let source: ClipSource
  /// Items of the source, in its order.
  private let items: [Int]
  /// nil: whoever opens the suite records its use himself.
  private let ledger: EvaluationLedger?
  private let takesLast: Bool
  /// Of a model that takes actions.
  private let acting: FootageActions?
  /// What is read out of frames, where the data say more than pictures; fitted when clips are due.
  private let probes: FootageProbes?
  private var readers: FootageProbes.Fitted?
  private let threads: Int
  private let own: FootageLooks
  /// Whether the use of the windows that may be asked is recorded.
  private var recorded: Set<Int> = []

  /// What clips are asked for, and what of them is given.
  package struct Form: Sendable {
    package let frames: Int, height: Int, width: Int, given: Int
    /// Whether the last frame is given too.
    let takesLast: Bool

    /// As a model takes them.
    package init(_ spec: WorldModel.Spec) {
      (frames, height, width) = (spec.frames, spec.height, spec.width)
      given = max(spec.frames(of: 1), spec.context)
      takesLast = spec.takesPictures && spec.pictures.takesLast
    }

    /// Of clips as they are. - Throws: `Problem` (usage) when nothing would be left to be made.
    package init(frames: Int, height: Int, width: Int, given: Int) throws {
      guard given > 0, given < frames else {
        throw Problem.usage(
          "\(Text.counted(given, "given frame")) of clips of \(frames)", at: "--given",
          expected: "at least 1, and fewer than the clip has")
      }
      (self.frames, self.height, self.width, self.given, takesLast) = (frames, height, width, given, false)
    }
  }

  /// Which windows are asked.
  package struct Choice {
    /// At most so many, evenly through the footage.
    package var count = FootageSuite.usualCount
    /// Content of clips that were trained on, which are left out.
    package var refused: Set<String> = []
    /// Of the source's items; nil: all.
    package var items: Set<Int>?
    package init(count: Int?) { if let count { self.count = count } }
  }

  /// - Parameters:
  ///   - source: what may be looked at.
  ///   - spec: of the model that takes actions, where one is asked.
  ///   - looks: the networks that are asked.
  ///   - probes: what reads state and actions out of frames, or why nothing does.
  ///   - ledger: where the use is recorded; nil: `recorded(by:)` sees to it.
  ///   - threads: that fit what reads.
  /// - Throws: `Problem` when nothing is left, or the clips are not of the form.
  package init(
    _ source: ClipSource, _ form: Form, _ choice: Choice, actions spec: WorldModel.Spec? = nil,
    looks: FootageLooks = FootageLooks(), probes: Result<FootageProbes?, Problem> = .success(nil),
    recordedIn ledger: EvaluationLedger? = nil, threads: Int = 1
  ) throws {
    guard (source.height, source.width) == (form.height, form.width), source.window == form.frames else {
      throw Problem(
        "the clips are \(source.window) frames of \(source.width)×\(source.height); the model makes \(form.frames) of \(form.width)×\(form.height)",
        at: source.datasets[0].path,
        fix: source.datasets[0].resizing(width: form.width, height: form.height))
    }
    let open = source.items.indices.filter {
      source.items[$0].admission != nil && choice.items?.contains($0) ?? true
    }
    let left = open.filter { !choice.refused.contains(source.items[$0].admission?.framesSHA256 ?? "") }
    guard !open.isEmpty else {
      throw Problem(
        "no clip that is asked may be evaluated", at: source.datasets[0].path, expected: "clips with a grant",
        fix: "see why: " + Shell.orrery(["consent", "check", source.datasets[0].path]))
    }
    guard !left.isEmpty else {
      throw Problem(
        "every clip was trained on: what a model makes of them says how well it remembers", at: source.datasets[0].path,
        expected: "clips it never saw", fix: "bench it on other footage, or say --seen")
    }
    // Evenly through the file, so that a few windows are not all of one clip.
    let count = choice.count
    items = left.count <= count ? left : (0..<count).map { left[$0 * left.count / count] }
    (given, takesLast) = (form.given, form.takesLast)
    (self.source, self.ledger, own, self.threads) = (source, ledger, looks, threads)
    var unread: String?
    switch probes {
    case .success(let found): self.probes = found
    case .failure(let problem): (self.probes, unread) = (nil, problem.what)
    }
    acting = try spec.flatMap { try FootageActions(source, $0) }
    let closed = source.gates.reduce(0) { $0 + $1.refused.count }
    omitted = [
      items.count < count && choice.items == nil ? "there are \(items.count) windows, not \(count)" : nil,
      open.count > left.count
        ? "\(Text.counted(open.count - left.count, "window")) of clips that were trained on left out" : nil,
      closed > 0 ? "\(Text.counted(closed, "clip")) may not be evaluated" : nil,
      spec?.takesActions ?? false && acting == nil
        ? "the clips have no actions, so the model is given none" : nil,
      unread.map { "nothing reads state and actions out of frames: \($0)" },
    ].compactMap { $0 }
  }

  /// Every window of the source, and the places of those that are asked among them, in the suite's order.
  package var windows: (all: [FilmPairs.Window], asked: [Int]) { (FilmPairs.Window.all(of: source), items) }

  package var metrics: [BenchJudge.Metric] {
    FootageJudge.metrics(frames: frames, given: given) + own.metrics(frames: frames, given: given)
      + (hasActions ? FootageActions.metrics : []) + (probes?.metrics(frames: frames, given: given) ?? [])
      + (hasActions ? [FootageProbes.inverse] : [])
  }
  /// Whether the clips have actions: those metrics are listed, whether the model takes them or not, so that models that do
  /// and models that do not are compared.
  private var hasActions: Bool { source.datasets.contains { !$0.actionColumns.isEmpty } }
  package var looks: FootageLooks? { own }
  package var primaries: [BenchJudge.Metric] { FootageJudge.primaries }
  package var frames: Int { source.window }
  package var height: Int { source.height }
  package var width: Int { source.width }
  package var fps: FrameRate { source.fps }
  package var strataCount: Int { 1 }
  package var count: Int { items.count }
  package var controls: [BenchControl] {
    BenchControl.ofFootage + (acting == nil ? [] : BenchControl.ofActions)
  }

  package var places: [BenchPlace] {
    items.indices.map { BenchPlace(id: id($0), scenario: "held-out clips", cell: "") }
  }

  private func id(_ place: Int) -> String {
    let item = source.items[items[place]], data = source.datasets.count > 1 ? "\(item.dataset)/" : ""
    return "\(data)\(item.clip)[\(item.range.lowerBound)…\(item.range.upperBound))"
  }

  /// The windows by content, wherever they lie, and whether the last frame is given.
  package var scope: [Value.Field] {
    let windows = items.map { i in
      let item = source.items[i]
      let beside: [ClipConditioning.Part] = [.action, .state]
      return
        (["\(item.admission?.framesSHA256 ?? "")\u{0}\(item.range.lowerBound)"]
        + beside.map { item.admission?.conditioning[$0] ?? "" }).joined(separator: "\u{0}")
    }
    return [.init("clips", .string(Hashing.sha256(windows.joined(separator: "\n"))))]
      + (takesLast ? [.init("last_frame", "given")] : []) + own.scope
      + (probes?.hash.map { [.init("probes", .string($0))] } ?? [])
  }

  package var standing: [Value.Field] { probes.map { [.init("probes", .string($0.windowsHash))] } ?? [] }

  package var shown: [Ingredient] {
    items.compactMap { source.items[$0].admission }.map(\.clip).distinct().prefix(8).map {
      Ingredient("held-out clip \($0)", .componentOf, description: "shown as ground truth and as the frames given")
    }
  }

  /// The windows that will be asked are in the ledger, on disk, when this returns; others cannot be had from it.
  package func opened(for due: [Int]) throws -> any BenchQuestions {
    // The actions of a window's other are asked for with it.
    let due = (acting == nil ? due : Array(Set(due + due.map(other))).sorted()).filter { !recorded.contains($0) }
    guard !due.isEmpty else { return self }
    guard let ledger else { preconditionFailure("nobody records that \(due.count) windows are used") }
    var opened = self
    if opened.readers == nil { opened.readers = try probes?.fitted(threads: threads) }
    try ledger.record(.bench, uses(due))
    opened.recorded.formUnion(due)
    return opened
  }

  /// The same with every window recorded. - Parameter body: records that clips are used, with their frames.
  func recorded(by body: ([(admission: Admission, frames: Int)]) throws -> Void) rethrows -> FootageSuite {
    try body(uses(Array(items.indices)))
    var opened = self
    opened.recorded = Set(items.indices)
    return opened
  }

  private func uses(_ places: [Int]) -> [(admission: Admission, frames: Int)] {
    places.compactMap { place in source.items[items[place]].admission.map { ($0, frames) } }
  }

  package func derive(_ entries: inout [BenchRecord.Entry], first: BenchRecord.Entry) {
    if acting != nil {
      FootageActions.follow(&entries, first: first)
    } else if hasActions {
      FootageActions.leaveOut(&entries)
    }
  }

  package func truth(_ place: Int) throws -> Frames { try clip(place).frames }

  package func question(_ place: Int) throws -> any BenchQuestion {
    let clip = try clip(place)
    return FootageQuestion(
      truth: clip.frames, caption: clip.caption, embedding: try source.textEmbedding(items[place]),
      content: clip.admission.framesSHA256, given: given, id: id(place), looks: own, tracks: try tracks(place, clip),
      state: probes == nil ? [] : try source.state(items[place]), readers: readers)
  }

  /// The window whose actions stand in for a place's: half of them away, so that it is of other footage.
  private func other(_ place: Int) -> Int { (place + max(1, items.count / 2)) % items.count }

  private func tracks(_ place: Int, _ clip: EvaluationClip) throws -> FootageActions.Tracks? {
    guard let acting else { return nil }
    let other = other(place)
    return try acting.tracks(clip, of: items[place], other: other == place ? nil : items[other], in: source)
  }

  private func clip(_ place: Int) throws -> EvaluationClip {
    precondition(recorded.contains(place), "the window \(place) is not among those that were recorded")
    return try source.evaluation(items[place])
  }
}

/// A held-out window.
private struct FootageQuestion: BenchQuestion {
  let truth: Frames
  let caption: String?
  let embedding: [Float]?
  let content: String?
  let given: Int
  let id: String
  let looks: FootageLooks
  let tracks: FootageActions.Tracks?
  let state: [[Float]]
  let readers: FootageProbes.Fitted?

  func track(_ control: BenchControl?) -> ActionTrack? {
    switch control {
    case .shuffledActions: tracks?.shuffled
    case .zeroActions: tracks?.zero
    default: tracks?.own
    }
  }

  func clip(_ control: BenchControl, from other: Frames?) throws -> Frames? {
    switch control {
    case .groundTruth: truth
    case .reencoded: try BenchVideo.reencoded(truth)
    case .constantMotion: try Controls.constantMotion(truth, conditioning: given)
    case .frozen: Controls.frozen(truth, conditioning: given)
    case .shuffled: Controls.shuffled(truth, conditioning: given, key: id)
    case .nearest: other.map { Controls.pasted(truth, conditioning: given, continuation: $0) }
    case .base, .shuffledActions, .zeroActions: other
    case .constantVelocity, .constantAcceleration: nil
    }
  }

  func measure(_ clip: Frames) throws -> [String: Measurement] {
    FootageJudge.measure(clip, truth: truth, given: given).merging(
      looks.measure(clip, truth: truth, given: given)
    ) { $1 }.merging(readers?.measure(clip, state: state, track: tracks?.own, given: given) ?? [:]) { own, _ in own }
  }

  func logits(_ clip: Frames) -> [Float]? { looks.logits(clip) }
}
