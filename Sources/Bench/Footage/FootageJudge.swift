import Frames
import Measures

/// Measures clips of held-out footage: every clip metric of the catalogue that needs no exact scene, with the truth as
/// reference, and how the picture holds by horizon. Pictures are compared where nothing was given: a model's given frames
/// went through its codec, a control's did not. What runs in time sees the whole clip, and so the seam.
enum FootageJudge {
  /// Closeness frame by frame, and of motion. No total is made of them.
  static let primaries: [BenchJudge.Metric] = [.init(PSNR.self), .init(SSIM.self), .init(TOFFarneback.self)]

  /// Frame by frame, without regard to time.
  private static let pictures: [any ClipMetric.Type] = [PSNR.self, SSIM.self, MSSSIM.self]

  private static let clipMetrics = ClipMetrics.all.filter { !$0.needs.contains(.scene) }

  private static func horizons(_ frames: Int, _ given: Int) -> [AtHorizon] {
    let images: [any ClipMetric.Type] = [PSNR.self, SSIM.self],
      horizons = AtHorizon.horizons(frames: frames, given: given)
    return images.flatMap { metric in horizons.map { AtHorizon(metric, $0) } }
  }

  static func metrics(frames: Int, given: Int) -> [BenchJudge.Metric] {
    let first = Set(primaries.map(\.name)), others = clipMetrics.filter { !first.contains($0.name) }
    return primaries + horizons(frames, given).map { BenchJudge.Metric($0) } + others.map { BenchJudge.Metric($0) }
  }

  static func measure(_ clip: Frames, truth: Frames, given: Int) -> [String: Measurement] {
    var found: [String: Measurement] = [:]
    // The bench itself is what runs on several threads.
    let evidence = Evidence(clip, reference: truth, threads: 1)
    let own = Evidence(clip[given..<clip.count], reference: truth[given..<truth.count], threads: 1)
    for metric in clipMetrics {
      found[metric.name] = metric.measure(pictures.contains { $0 == metric } ? own : evidence)
    }
    for metric in horizons(truth.count, given) {
      found[metric.name] = metric.measure(clip, reference: truth, given: given)
    }
    return found
  }
}
