import Clips
import Consent
import Diffusion
import Files
import Frames
import Ledger
import Media
import Models
import Nets
import Runs
import Tensors

/// An autoencoder being trained: clips in, the same clips out, through latents with noise.
final class AutoencoderSubject: TrainingSubject {
  private unowned let training: Training
  private let spec: AutoencoderSpec, loss: AutoencoderLoss
  private let settings: Experiment.Autoencoder
  private var held: HeldOutReconstruction?
  private var compute: Compute { training.compute }

  init(_ training: Training, _ spec: AutoencoderSpec, _ parts: AutoencoderParts) {
    (self.training, self.spec, held, loss) = (training, spec, parts.held, parts.loss)
    settings = training.experiment.autoencoder ?? Experiment.Autoencoder()
  }

  /// As it stands, to be used.
  private var model: Models.Autoencoder { Models.Autoencoder(spec.config, training.parameters) }

  func gradient(_ batch: Batches.Batch, step: Int, part: Int) throws -> (loss: Double, used: [String: Usage]) {
    let random = Random(seed: UInt64(training.experiment.seed), step: step, lane: part), tape = Tape()
    let model = Models.Autoencoder(spec.config, training.parameters, recording: tape, into: training.gradients)
    let x = Self.pixels(batch.clips.map(\.frames), model, on: compute), moments = model.moments(x)
    let noise = Tensor(
      undefined: Shape(moments.shape.sizes.dropLast() + [spec.config.zDim]), on: compute)
    random.fillNormal(noise, .noise)
    let loss = loss(model.reconstruction(GaussianSample()(moments, noise)), x, moments), value = Double(loss.values[0])
    tape.backward(loss)
    let used = batch.clips.reduce(into: [String: Usage]()) { used, clip in
      used[clip.admission.clip, default: Usage()].seen += clip.range.count
      used[clip.admission.clip, default: Usage()].framesInLoss += clip.range.count
    }
    return (value, used)
  }

  func requireUnchanged() throws {}

  private static func pixels(_ clips: [Frames], _ model: Autoencoder, on compute: Compute) -> Tensor {
    let first = clips[0]
    return WorldModel.withPointers(clips.map(\.pixels)) {
      model.pixels($0, frames: first.count, height: first.height, width: first.width, on: compute)
    }
  }

  // MARK: held-out clips

  var heldOutCount: Int { held?.count ?? 0 }

  func heldOutGates(at time: Moment) throws -> [Gate]? { try held?.gates(training.experiment, at: time) }

  func keepHeldOut(_ gates: [Gate]?, at time: Moment) -> [String] { held?.keep(gates, at: time) ?? [] }

  func heldOutLoss(limit: Int, step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.HeldOutLoss {
    try held?.loss(model, loss, limit: limit, step: step, recordedIn: books, on: compute)
      ?? RunEvent.HeldOutLoss(step: step, loss: .nan, losses: [])
  }

  func isVisited(_ step: Int, of steps: Int) -> Bool { false }
  func visits(_ step: Int, of steps: Int, recordedIn books: Bookkeeping) throws -> [RunEvent] { [] }

  /// Held-out clips above what came back of them.
  func drawSheet(_ step: Int, recordedIn books: Bookkeeping, to path: String) throws {
    let experiment = training.experiment
    guard let source = try? ClipSource(experiment, .evaluate, split: .validation) else { return }
    let clips = try HeldOutReconstruction.spread(experiment.recording.samples, over: source.items.count).map {
      try source.evaluation($0)
    }
    try books.record(evaluation: .samples, step: step, of: clips.map { ($0.admission, spec.frames) })
    let rows = clips.flatMap { clip -> [ContactSheet.Row] in
      let x = HeldOutReconstruction.pixels(clip, model, on: compute),
        y = model.bytes(model.decode(GaussianSample.means(model.encode(x)))), f = clip.frames
      return [
        .init("original", f),
        .init("given back", Frames(count: f.count, height: f.height, width: f.width, pixels: y, fps: f.fps)),
      ]
    }
    try ContactSheet(title: experiment.name, rows: rows, columns: 16, zoom: max(1, min(4, 64 / spec.width))).write(
      to: path)
  }

  // MARK: the end

  /// Mean and deviation of the latents: over windows spread evenly over the training set, each of them seen once more;
  /// where all grants have caps, over the last step's, which were counted.
  func measure(
    _ last: [TrainingClip], of source: ClipSource, recordedIn books: Bookkeeping
  ) throws -> [(String, String)] {
    let free = source.items.indices.filter { i in
      source.items[i].admission.map { $0.remainingExposures == nil } ?? false
    }
    let chosen = HeldOutReconstruction.spread(settings.measured, over: free.count).map { free[$0] }
    var statistics = LatentStatistics(channels: spec.config.zDim), seen: [String: Usage] = [:]
    func add(_ clip: TrainingClip) {
      statistics.add(model.encode(Self.pixels([clip.frames], model, on: compute)))
    }
    for item in chosen {
      let clip: TrainingClip
      // Who leaves is told of at the next look at the documents.
      do { clip = try source.training(item) } catch is GrantEnded { continue } catch is ContentChanged { continue }
      add(clip)
      seen[clip.admission.clip, default: Usage()].seen += clip.range.count
    }
    if seen.isEmpty { last.forEach(add) }
    books.record(exposures: seen)
    return statistics.facts
  }

  /// The run's `vae/`, as diffusers reads it, with what the last checkpoint measured.
  func finish() throws {
    let run = training.run, file = try Safetensors(path: run.path("weights.safetensors"))
    let config = try LatentStatistics.measured(spec.config, in: file)
    var metadata = [("format", "pt")]
    for key in ["orrery", "step", "run", "weights", "ledger_head"] {
      if let word = file[metadata: key] { metadata.append((key, word)) }
    }
    try config.write(
      training.parameters, training.average.values, metadata: metadata, to: run.path(Run.autoencoderName))
  }
}
