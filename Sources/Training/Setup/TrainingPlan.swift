import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Models
import Nets
import Runs
import Tensors

/// What a training will do, before it does it: clips, consent, parameters, memory, disk, time.
public struct TrainingPlan {
  public let value: Value
  public let text: String

  /// - Parameter measuring: runs two steps that are thrown away, to know memory and time.
  public init(_ training: Training, measuring: Bool) throws {
    let e = training.experiment, source = training.source, run = training.run
    let clips = Set(source.items.filter { $0.admission != nil }.map { "\($0.dataset)/\($0.clip)" }).count
    let admitted = source.gates.reduce(0) { $0 + $1.decisions.count - $1.refused.count },
      refused = source.gates.reduce(0) { $0 + $1.refused.count }
    let short = source.gates.flatMap(\.decisions).filter {
      $0.decision.isAdmitted && $0.split == .train && $0.frames < e.window
    }.count
    let disk = (4 * e.recording.keep + 1) * training.parameters.count * 4
    let size = TrainingSize(training)
    var lines = [
      "run \(run.name): " + (run.step == 0 ? "new" : "continues at step \(run.step)"),
      "clips: \(Text.counted(clips, "admitted training clip")), \(Text.counted(source.items.count, "window")) of \(Text.counted(e.window, "frame")) at \(source.width)×\(source.height), \(source.fps.spoken) fps"
        + (short == 0
          ? "" : "; \(Text.counted(short, "clip")) shorter than the window \(short == 1 ? "is" : "are") left out"),
      "consent: \(Text.counted(admitted, "clip")) admitted, \(refused) refused (\(e.consent.purpose)\(e.consent.commercial ? ", commercial" : ""))",
    ]
    for gate in source.gates where !gate.refused.isEmpty {
      lines.append(ConsentTable(gate.refused, request: gate.request).text)
    }
    lines.append(
      "model: \(training.sizeWords), \(size.words), batch \(e.training.batch)×\(e.training.accumulate)\(size.cost)"
    )
    var fields: [Value.Field] = [
      .init("run", .string(run.name)), .init("step", Value(run.step)), .init("steps", Value(run.steps)),
      .init("clips", Value(clips)),
      .init("windows", Value(source.items.count)), .init("admitted", Value(admitted)), .init("refused", Value(refused)),
      .init("consent", .array(source.gates.map { ConsentTable($0).value })),
      .init("parameters", Value(training.parameters.count)),
    ]
    fields += size.fields + [.init("disk_bytes", Value(disk))]
    if measuring {
      let (seconds, memory) = try training.trial()
      let total = seconds * Double(run.steps - run.step)
      // Two steps decode little of what is kept for later ones.
      let decoded = source.decodedBytes
      lines.append(
        "memory: \(Text.bytes(memory)) resident, measured over two steps; decoded clips are kept, up to "
          + "\(Text.bytes(decoded)) more")
      fields.append(.init("decoded_bytes", Value(decoded)))
      lines.append(
        "time: \(Text.short(seconds)) s a step here, so about \(ProgressLine.clock(total)) for \(Text.counted(run.steps - run.step, "step")) (evaluation and samples not counted)"
      )
      fields += [
        .init("memory_bytes", Value(memory)), .init("seconds_per_step", .number(seconds)),
        .init("seconds", .number(total)),
      ]
    }
    if let jump = training.rateJump {
      lines.append("rate: \(jump.text)")
      fields.append(
        .init("rate_jump", ["step": Value(jump.step), "before": .number(jump.before), "after": .number(jump.after)]))
    }
    lines.append("disk: about \(Text.bytes(disk)) in \(run.folder)")
    (value, text) = (.object(fields), lines.joined(separator: "\n"))
  }
}

extension Training {
  /// How much is trained, and beside what.
  fileprivate var sizeWords: String {
    let trained = Text.counted(parameters.count, "parameter")
    guard let lora = parameters.lora, let frozen = parameters.frozen else { return trained }
    return "\(trained) in adapters of rank \(lora.rank), beside \(Text.count(frozen.count)) that stay as they are"
  }

  /// Two steps without an update: seconds of the second, and the most memory held.
  package func trial() throws -> (seconds: Double, bytes: Int) {
    let batches = Batches(source, seed: experiment.seed, size: experiment.training.batch, threads: compute.threads)
    var seconds = 0.0
    let subject = subject
    for step in 0..<2 {
      let clock = ContinuousClock.now
      gradients.clear()
      for part in 0..<experiment.training.accumulate {
        let batch: Batches.Batch
        do { batch = try batches.batch(step * experiment.training.accumulate + part) } catch let it as ContentChanged {
          // The training itself would go on without the clip.
          throw it.problem
        }
        _ = try subject.gradient(batch, step: step, part: part)
      }
      seconds = ProgressLine.seconds(ContinuousClock.now - clock)
    }
    return (seconds, Footprint.peakBytes)
  }
}
