import Files
import Frames
import LearnedMeasures
import Measures

/// What networks that were trained to see say of held-out clips: LPIPS frame by frame, and the logits on which the
/// distances between sets of clips stand. Every key of the suite is in its result, with or without weights.
package struct FootageLooks: Sendable {
  private let learnt: LearnedFeatures?
  private let trunks: [PerceptualTrunk]

  /// - Parameter hasVGG: whether `lpips_vgg` is asked for.
  package init(_ learnt: LearnedFeatures? = nil, hasVGG: Bool = false) {
    (self.learnt, trunks) = (learnt, hasVGG ? [.alexnet, .vgg16] : [.alexnet])
  }

  private func metric(_ trunk: PerceptualTrunk) -> any ClipMetric.Type {
    trunk == .alexnet ? LPIPS.self : LPIPSVGG.self
  }

  private func horizons(_ trunk: PerceptualTrunk, _ frames: Int, _ given: Int) -> [AtHorizon] {
    AtHorizon.horizons(frames: frames, given: given).map { AtHorizon(metric(trunk), $0) }
  }

  func metrics(frames: Int, given: Int) -> [BenchJudge.Metric] {
    trunks.flatMap { trunk in
      [BenchJudge.Metric(metric(trunk))] + horizons(trunk, frames, given).map { BenchJudge.Metric($0) }
    } + (learnt?.transformerHash == nil ? [] : [BenchJudge.Metric(AppearanceViT.self)])
      + VideoDistance.allCases.map { BenchJudge.Metric($0) }
  }

  /// Where nothing was given, as pictures are.
  func measure(_ clip: Frames, truth: Frames, given: Int) -> [String: Measurement] {
    let own = Evidence(
      clip[given..<clip.count], reference: truth[given..<truth.count], learnt: learnt, threads: 1)
    var others: [String: Measurement] = [:]
    if learnt?.transformerHash != nil {
      others[AppearanceViT.name] = AppearanceViT.measure(Evidence(clip, learnt: learnt, threads: 1))
    }
    return trunks.reduce(into: others) { found, trunk in
      let horizons = horizons(trunk, truth.count, given)
      switch LearntPairs.values(trunk, own) {
      case .success(let values):
        found[metric(trunk).name] = .value(values.reduce(0, +) / Double(values.count), note: "")
        for at in horizons { found[at.name] = .value(values[at.horizon - 1], note: "") }
      case .failure(let obstacle):
        for name in [metric(trunk).name] + horizons.map(\.name) { found[name] = .notApplicable(obstacle.reason) }
      }
    }
  }

  /// Of a whole clip; nil where there are none.
  func logits(_ clip: Frames) -> [Float]? { try? learnt?.logits(clip).get() }

  /// Why clips of so many frames have no logits; nil where they have.
  func obstacle(frames: Int) -> String? {
    guard let learnt else { return FeaturesFolder.Network.i3d.missing.reason }
    return learnt.logitsObstacle(frames: frames)?.reason
  }

  /// What LPIPS on VGG16 will take, from two grey frames; nil where it is not asked for.
  package func cost(_ asked: any BenchQuestions, rows: Int, clips: Int) -> String? {
    guard trunks.contains(.vgg16), let learnt else { return nil }
    let grey = Frames(
      count: 2, height: asked.height, width: asked.width,
      pixels: Array(repeating: 128, count: 6 * asked.height * asked.width), fps: asked.fps)
    _ = learnt.distances(.vgg16, grey, reference: grey)
    let clock = ContinuousClock.now
    guard case .success = learnt.distances(.vgg16, grey, reference: grey) else { return nil }
    // A row's own frames, for what a reference says is kept; the first of the rows made it.
    let frame = ProgressLine.seconds(ContinuousClock.now - clock) / 2
    return
      "lpips_vgg will take about \(ProgressLine.clock(frame * Double((asked.frames - asked.given) * (rows + 1) * clips)))"
  }

  /// What of the networks belongs in the protocol.
  var scope: [Value.Field] {
    guard let hashes = learnt?.hashes, !hashes.isEmpty else { return [] }
    return [.init("features", .object(hashes))]
  }
}

extension BenchJudge.Metric {
  init(_ distance: VideoDistance) {
    self.init(
      distance.rawValue, version: VideoDistance.version, unit: distance.unit, better: distance.better)
  }
}
