import Credentials
import Diffusion
import Files
import Foundation
import Measures
import Media
import Tensors
import Worlds

/// `orrery bench`: a model continues the suite's held-out scenes from their first frames; its clips and those of the controls are
/// measured by the same code. The scenes are drawn here and now by our own renderer, so no licence is asked.
public struct Bench {
  public let suite: Suite
  public let sampler: SamplerSettings
  /// Key of the sampling noise; the same for every model.
  public let seed: Int
  /// Samples drawn together; it does not change them.
  public var batch = 16

  public init(_ suite: Suite, _ sampler: SamplerSettings, seed: Int = 0) { (self.suite, self.sampler, self.seed) = (suite, sampler, seed) }

  /// `motion_ratio` has no better direction: 1 is right, less is static-biased, more is restless.
  public static let metrics: [(name: String, unit: String, better: PairedComparison.Direction?)] = [
    (PhysicsTol5.name, PhysicsTol5.unit, .higher), ("validity", "share", .higher), ("motion_ratio", "share of the true path", nil),
    (LumaFlickerD2.name, LumaFlickerD2.unit, LumaFlickerD2.better), (VBenchTemporalFlickering.name, VBenchTemporalFlickering.unit, VBenchTemporalFlickering.better),
  ]

  /// One clip a subject and scene.
  private struct Clips { let name: String, control: Bool; var clips: [Frames] = []; var instances: [BenchResult.Instance] = [] }

  /// - Parameters:
  ///   - video: where a strip of the first scenes is written (mp4, signed, and png), without extension; nil writes none.
  ///   - subject: what is benched, for the record.
  public func run(_ model: WorldModel, subject: Value, video: (path: String, writer: CredentialedVideo)? = nil, _ console: Console) throws -> BenchResult {
    let instances = try suite.instances(), spec = model.spec
    guard spec.framesPerGroup <= World.conditioning, World.conditioning % spec.framesPerGroup == 0 else {
      throw Problem("the model works on groups of \(spec.framesPerGroup) frames; the suite gives \(World.conditioning)", at: suite.name, fix: "use a smaller codec.time or model.patch[0]")
    }
    var subjects = [Clips(name: "model", control: false), Clips(name: "ground-truth", control: true), Clips(name: "constant-velocity", control: true),
                    Clips(name: "constant-acceleration", control: true), Clips(name: "frozen", control: true)]
    let progress = console.progress("bench \(suite.name)", total: instances.count)
    for start in stride(from: 0, to: instances.count, by: batch) {
      let group = Array(instances[start..<min(start + batch, instances.count)])
      let truths = group.map { $0.render() }
      let made = try model.generate(prefixes: truths.map { $0[0..<World.conditioning].pixels }, captions: group.map(\.caption), sampler,
                                    Random(seed: UInt64(seed), lane: start))
      for (i, instance) in group.enumerated() {
        let truth = truths[i], scene = try instance.scene()
        let judge = try PhysicsTol5(scene, groundTruth: truth)
        func extrapolated(_ fit: MotionFit) throws -> Frames {
          try Controls.extrapolated(fit, scene, groundTruth: truth) { instance.render(positions: $0, radii: $1) }
        }
        let clips = [SampleGrid.frames(made[i], spec, truth.fps), truth, try extrapolated(.constantVelocity), try extrapolated(.constantAcceleration),
                     Controls.frozen(truth, conditioning: World.conditioning)]
        for (s, clip) in clips.enumerated() {
          subjects[s].instances.append(try Self.measure(clip, judge, instance))
          if start + i < 8 { subjects[s].clips.append(clip) }
        }
        progress.update(start + i + 1)
      }
    }
    let strip = try video.map { try self.strip(subjects.map { ($0.name, $0.clips) }, to: $0.path, $0.writer) }
    return BenchResult(
      suite: suite.name, protocolStamp: stamp, subjectStamp: subject,
      subjects: subjects.map { BenchResult.Subject(name: $0.name, isControl: $0.control, instances: $0.instances, video: $0.control ? nil : strip) },
      units: Dictionary(uniqueKeysWithValues: Self.metrics.map { ($0.name, $0.unit) }), better: Dictionary(uniqueKeysWithValues: Self.metrics.compactMap { metric in metric.better.map { (metric.name, $0.rawValue) } }))
  }

  private static func measure(_ clip: Frames, _ judge: PhysicsTol5, _ instance: Instance) throws -> BenchResult.Instance {
    let score = try judge.score(clip)
    var values = [PhysicsTol5.name: score.score, "validity": score.validity]
    if let ratio = score.motionRatio { values["motion_ratio"] = ratio }
    if case .value(let v, _) = LumaFlickerD2.measure(Evidence(clip)) { values[LumaFlickerD2.name] = v }
    if case .value(let v, _) = VBenchTemporalFlickering.measure(Evidence(clip)) { values[VBenchTemporalFlickering.name] = v }
    return BenchResult.Instance(id: instance.id, scenario: instance.scenario.rawValue, cell: instance.cell.description, values: values)
  }

  /// What must agree before two results are compared.
  var stamp: Value {
    [
      "suite": .string(suite.name), "scenarios": .array(suite.scenarios.map { .string($0.rawValue) }), "cells": .array(suite.cells.map { .string($0) }),
      "count": Value(suite.count), "resolution": .string("\(suite.setting.width)x\(suite.setting.height)"), "fps": .string(World.fps.description),
      "frames": Value(suite.setting.frames), "conditioning": Value(World.conditioning), "sampling_seed": Value(seed), "sampler": sampler.value,
      "metrics": .array([PhysicsTol5.name + "/1", LumaFlickerD2.name + "/\(LumaFlickerD2.version)", VBenchTemporalFlickering.name + "/\(VBenchTemporalFlickering.version)"].map { .string($0) }),
    ]
  }

  /// Truth, model and constant velocity side by side for the first scenes: an mp4 to watch and a sheet to look at.
  private func strip(_ subjects: [(name: String, clips: [Frames])], to path: String, _ videos: CredentialedVideo) throws -> String {
    let rows = ["ground-truth", "model", "constant-velocity"].compactMap { name in subjects.first { $0.name == name } }
    let scenes = rows.map(\.clips.count).min() ?? 0
    let sheet = (0..<min(4, scenes)).flatMap { i in rows.map { ContactSheet.Row($0.name, $0.clips[i]) } }
    guard let first = rows.first?.clips.first else { throw Problem("there is nothing to show") }
    try ContactSheet(title: "given: the first \(World.conditioning) frames", rows: sheet, columns: 16, zoom: max(1, 96 / first.width)).write(to: path + ".png")
    // Scenes a program drew stand beside what the model made of them.
    try videos.write(Mosaic.grid(rows.map { Array($0.clips.prefix(scenes)) }), to: path + ".mp4", options: .init(scale: max(1, 128 / first.width), threads: 1), source: .composite,
                     footage: [Ingredient("\(suite.name): rendered scenes", .componentOf, description: "drawn by a program; shown as ground truth and as the frames given")],
                     facts: [.init("seed", Value(seed)), .init("sampler", sampler.value), .init("suite", .string(suite.name)), .init("given_frames", Value(World.conditioning))])
    return (path as NSString).lastPathComponent + ".mp4"
  }
}

/// Clips of one size and length, side by side and above each other.
public enum Mosaic {
  public static func grid(_ rows: [[Frames]], gap: Int = 2) -> Frames {
    guard let first = rows.first?.first else { preconditionFailure("an empty mosaic") }
    let (h, w, t) = (first.height, first.width, first.count), columns = rows.map(\.count).max() ?? 0
    let height = rows.count * (h + gap) - gap, width = columns * (w + gap) - gap
    var pixels = [UInt8](repeating: 255, count: t * height * width * 3)
    for (r, row) in rows.enumerated() {
      for (c, clip) in row.enumerated() {
        for f in 0..<min(t, clip.count) {
          for y in 0..<h {
            let from = (f * h + y) * w * 3, to = ((f * height + r * (h + gap) + y) * width + c * (w + gap)) * 3
            pixels.replaceSubrange(to..<to + w * 3, with: clip.pixels[from..<from + w * 3])
          }
        }
      }
    }
    return Frames(count: t, height: height, width: width, pixels: pixels, fps: first.fps)
  }
}
