import Clips
import Consent
import Diffusion
import Files
import Frames
import Ledger
import Media
import Models
import Runs
import Tensors

/// The same few held-out clips continued from the same noise at every visit: training seen by eye. Each pair of rows is
/// the truth above the model's continuation.
package enum SampleGrid {
  /// - Parameters:
  ///   - step: steps done.
  ///   - books: which clips the model is given, and how many frames of each, stands there before it is.
  package static func write(
    _ model: WorldModel, _ experiment: Experiment, step: Int, recordedIn books: Bookkeeping, to path: String
  ) throws {
    let spec = model.spec, count = experiment.recording.samples
    var rows: [ContactSheet.Row] = []
    if spec.context > 0, let source = try? ClipSource(experiment, .evaluate, split: .validation) {
      let clips = try (0..<min(count, source.items.count)).map { try source.evaluation($0) },
        takesLast = spec.takesPictures && spec.pictures.takesLast
      try books.record(
        evaluation: .samples, step: step, of: clips.map { ($0.admission, spec.context + (takesLast ? 1 : 0)) })
      let embeddings =
        source.embedding == nil
        ? nil
        : Tensor(
          try clips.indices.flatMap { try source.textEmbedding($0) ?? [] },
          [clips.count, spec.captions.tokens, spec.captions.width], on: model.compute)
      let made = try model.generate(
        prefixes: clips.map {
          $0.frames[0..<spec.context].pixels + (takesLast ? $0.frames[spec.frames - 1..<spec.frames].pixels : [])
        }, captions: clips.map(\.caption),
        embeddings: embeddings,
        experiment.sampler, Random(seed: UInt64(experiment.seed), lane: 1))
      for (clip, video) in zip(clips, made) {
        rows.append(.init("truth", clip.frames))
        rows.append(.init("model", spec.frames(video, fps: clip.frames.fps)))
      }
    } else {
      let made = try model.generate(
        prefixes: [], captions: Array(repeating: nil, count: count), experiment.sampler,
        Random(seed: UInt64(experiment.seed), lane: 1))
      rows = made.enumerated().map { .init("sample \($0)", spec.frames($1, fps: FrameRate(1))) }
    }
    let columns = spec.context > 0 ? Array(0..<spec.frames).map { $0 < spec.context ? "given" : String($0) } : nil
    try ContactSheet(title: experiment.name, rows: rows, zoom: max(1, min(4, 64 / spec.width)), columnLabels: columns)
      .write(to: path)
  }
}
