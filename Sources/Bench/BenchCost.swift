import Diffusion
import Files
import Frames
import Measures
import Models
import Tensors

/// What a bench will take, before it begins: from two short draws of grey clips.
package struct BenchCost: Sendable {
  /// Seconds to sample one clip, all its steps.
  package let seconds: Double
  /// Clips sampled for an instance.
  private let samples: Int

  /// - Parameter hasBase: whether the base is sampled too.
  package init(_ bench: Bench, _ model: WorldModel, hasBase: Bool) throws {
    let asked = bench.asked
    func draw(_ steps: Int) throws -> Double {
      var short = bench.sampler
      short.steps = steps
      let pilot = Bench(asked, short), clock = ContinuousClock.now
      _ = try pilot.sampled(model, [GreyQuestion(asked, model.spec)], Random(seed: 1))
      return ProgressLine.seconds(ContinuousClock.now - clock)
    }
    _ = try draw(1)
    let one = try draw(1), two = try draw(2)
    seconds = one + max(0, two - one) * Double(bench.sampler.steps - 1)
    samples =
      bench.seeds.count + (hasBase ? 1 : 0) + asked.controls.count { BenchControl.ofActions.contains($0) }
  }

  /// Seconds for so many instances, measuring not counted.
  package func total(_ instances: Int) -> Double { seconds * Double(samples * instances) }

  /// How many instances fit. - Throws: `Problem` (usage) where none does.
  package func instances(in hours: Double) throws -> Int {
    let n = Int(min(1e6, hours * 3600 / (seconds * Double(samples))))
    guard n > 1 else {
      throw Problem.usage(
        "two clips take \(ProgressLine.clock(total(2)))", at: "--hours",
        expected: "more than \(Text.short(hours)) hours",
        fix: "allow more, or fewer --steps")
    }
    return n
  }

  /// "about 2:10:00 to sample 64 clips (121 s each); differences of .35 standard deviations are found four times in five".
  package func text(_ instances: Int) -> String {
    "about \(ProgressLine.clock(total(instances))) to sample \(Text.counted(instances, "clip"))"
      + (samples > 1 ? " \(samples) times" : "") + ", \(Text.short(seconds)) s each; a paired difference of "
      + "\(Text.short(DetectableDifference.standardised(instances))) standard deviations is found four times in five"
  }
}

/// A grey clip: what sampling costs does not depend on what is given.
private struct GreyQuestion: BenchQuestion {
  let truth: Frames
  let caption: String? = nil, content: String? = nil
  let embedding: [Float]?

  init(_ asked: any BenchQuestions, _ spec: WorldModel.Spec) {
    truth = Frames(
      count: asked.frames, height: asked.height, width: asked.width,
      pixels: [UInt8](repeating: 128, count: asked.frames * asked.height * asked.width * 3), fps: asked.fps)
    embedding =
      spec.captions.isGiven ? [Float](repeating: 0, count: spec.captions.tokens * spec.captions.width) : nil
  }

  func clip(_ control: BenchControl, from other: Frames?) throws -> Frames? { nil }
  func measure(_ clip: Frames) throws -> [String: Measurement] { [:] }
}
