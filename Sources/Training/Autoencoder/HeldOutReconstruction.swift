import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Measures
import Models
import Nets
import Runs
import Tensors

/// How well an autoencoder gives validation clips back: its loss without noise in the latents, and PSNR.
struct HeldOutReconstruction {
  private struct Clip {
    let index: Int, clip: EvaluationClip
    var admission: Admission
  }
  private var clips: [Clip]
  private let source: ClipSource
  var count: Int { clips.count }

  /// - Parameter limit: most windows used.
  init(_ source: ClipSource, limit: Int) throws {
    self.source = source
    clips = try Self.spread(limit, over: source.items.count).map {
      let clip = try source.evaluation($0)
      return Clip(index: $0, clip: clip, admission: clip.admission)
    }
  }

  /// Windows from all over a set: those of one clip are much alike.
  static func spread(_ limit: Int, over count: Int) -> [Int] {
    let few = min(limit, count)
    return (0..<few).map { $0 * count / few }
  }

  func gates(_ experiment: Experiment, at time: Moment) throws -> [Gate] {
    try ConsentDocuments(experiment, source.datasets).gates(.evaluate, at: time)
  }

  /// Leaves out clips whose grant has ended, or is not in `gates`. - Returns: names of those that left.
  mutating func keep(_ gates: [Gate]?, at time: Moment) -> [String] {
    let now = HeldOutConsent(gates, source, at: time).kept(clips, \.index, \.admission)
    clips = now.clips
    return now.left
  }

  /// Of the first `limit` clips. That they were looked at is in the ledger before they are.
  func loss(
    _ model: Autoencoder, _ losses: AutoencoderLoss, limit: Int, step: Int, recordedIn books: Bookkeeping,
    on compute: Compute
  ) throws -> RunEvent.HeldOutLoss {
    try books.record(
      evaluation: .heldOut, step: step, of: clips.prefix(limit).map { ($0.admission, source.window) })
    var values: [Double] = [], l1: [Double] = [], kl: [Double] = [], psnr: [Double] = []
    for item in clips.prefix(limit) {
      let x = Self.pixels(item.clip, model, on: compute), found = losses.evaluated(model, x)
      values.append(found.loss)
      l1.append(found.l1)
      kl.append(found.kl)
      // Pixels are 2 wide here.
      psnr.append(10 * log10(4 / max(found.squared, 1e-12)))
    }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let ends = Bootstrap.interval(Strata(psnr), draws: 2000)
    return RunEvent.HeldOutLoss(
      step: step, loss: mean(values), losses: values,
      reconstruction: RunEvent.Reconstruction(
        psnr: mean(psnr), low: ends?.low, high: ends?.high, l1: mean(l1), kl: mean(kl)))
  }

  /// Folded pixels of a clip in [−1, 1], [1,T,h,w,C].
  static func pixels(_ clip: EvaluationClip, _ model: Autoencoder, on compute: Compute) -> Tensor {
    let f = clip.frames
    return f.pixels.withUnsafeBufferPointer {
      model.pixels([$0], frames: f.count, height: f.height, width: f.width, on: compute)
    }
  }
}
