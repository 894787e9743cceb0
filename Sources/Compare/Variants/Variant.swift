import Diffusion
import Files
import Models
import Runs

/// Runs of one recipe: their resolved configurations differ in nothing but `seed` (and the name). Each is one training
/// seed of it.
public struct Variant: Sendable {
  /// "A", "B", … in tables and charts.
  public let label: String
  public let runs: [ComparedRun]

  /// The one that stands for all where one must: films, samples, configuration.
  public var first: ComparedRun { runs[0] }

  /// Groups runs in the order they were named. Runs with one recipe and one seed are not two draws of anything, so they
  /// stay apart; so do seeds of a single recipe, because then there is nothing else to compare.
  /// - Throws: `Problem` when a run's results cannot be read.
  /// - Parameter base: what the runs adapt, where it is no run; it is the first variant.
  package static func grouped(_ runs: [Run], base: String? = nil, notes: inout [String]) throws -> [Variant] {
    var groups: [(recipe: Value, seeds: Set<Int>, runs: [Run])] = []
    for run in runs {
      let recipe = Self.recipe(run), seed = run.experiment.seed
      if let place = groups.firstIndex(where: { $0.recipe == recipe && !$0.seeds.contains(seed) }) {
        groups[place].runs.append(run)
        groups[place].seeds.insert(seed)
      } else {
        if groups.contains(where: { $0.recipe == recipe }) {
          notes.append(
            "\(run.name) has the configuration and the seed of another run: they differ in data, build or machine only, and are held against each other."
          )
        }
        groups.append((recipe, [seed], [run]))
      }
    }
    if groups.count == 1, base == nil, let only = groups.first {
      notes.append(
        "The runs differ only in seed: they are one variant, and what lies between them is the luck of the seed.")
      groups = only.runs.map { ($0.experiment.value, [], [$0]) }
    }
    let first = try base.map {
      Variant(
        label: ComparedRun.label(0), runs: [try ComparedRun(base: $0, adaptedBy: runs[0], label: ComparedRun.label(0))])
    }
    return try (first.map { [$0] } ?? [])
      + groups.enumerated().map { i, group in
        let letter = ComparedRun.label(i + (base == nil ? 0 : 1))
        return Variant(
          label: letter,
          runs: try group.runs.enumerated().map {
            try ComparedRun($1, label: group.runs.count > 1 ? "\(letter)\($0 + 1)" : letter)
          })
      }
  }

  private static func recipe(_ run: Run) -> Value {
    var value = run.resolved
    value.set("name", .null)
    value.set("seed", .null)
    return value
  }

  /// "quick-1a2b3c4d", or "quick, 6 training seeds".
  public var title: String {
    runs.count == 1 ? first.run.name : "\(first.run.experiment.name), \(runs.count) training seeds"
  }

  /// Names and values of the cost columns: of one run, or the mean of several with their range.
  public var cost: [(name: String, text: String)] {
    guard runs.count > 1 else { return [(name: "training runs", text: "1")] + first.cost }
    func mean(_ name: String, _ value: (ComparedRun) -> Double?, _ text: (Double) -> String) -> (String, String) {
      let found = runs.compactMap(value)
      guard let low = found.min(), let high = found.max(), found.count == runs.count else { return (name, "–") }
      let centre = text(found.reduce(0, +) / Double(found.count))
      return (name, low == high ? centre : "\(centre) (\(text(low)) to \(text(high)))")
    }
    return [
      ("training runs", String(runs.count)),
      mean("wall time", { $0.run.cost.wallSeconds }, ProgressLine.clock),
      mean("processor time", { $0.run.cost.processorSeconds }, ProgressLine.clock),
      mean("steps", { Double($0.run.step) }, { Text.count(Int($0)) }),
      mean("training GFLOP", { $0.trainingFLOPs / 1e9 }, Text.short),
      mean("parameters", { $0.parameters.map(Double.init) }, { Text.count(Int($0)) }),
      mean("peak memory", { $0.run.cost.peakBytes.map(Double.init) }, { Text.bytes(Int($0)) }),
      mean("threads", { $0.run.cost.threads.map(Double.init) }, { Text.count(Int($0)) }),
      mean("energy", { $0.run.cost.kilowattHours }) { Text.short($0) + " kWh" },
    ]
  }

  package var json: Value {
    let energy = runs.compactMap { $0.run.cost.kilowattHours }
    return [
      "label": .string(label), "runs": .array(runs.map { .string($0.label) }),
      "training_seeds": .array(runs.map { Value($0.run.experiment.seed) }),
      "kwh": energy.count == runs.count ? .number(energy.reduce(0, +)) : .null,
      "training_gflop": .number(runs.reduce(0) { $0 + $1.trainingFLOPs } / 1e9),
    ]
  }
}

extension ComparedRun {
  /// Of matrix products, forward and backward (3 × forward), over the steps done; of an autoencoder nobody counted them.
  var trainingFLOPs: Double {
    guard let spec = run.product.world else { return .nan }
    let patch = spec.transformer.patchSize, train = run.experiment.training
    let tokens = spec.groups * (spec.height / spec.codec.space / patch[1]) * (spec.width / spec.codec.space / patch[2])
    return 3
      * spec.transformer.forwardFLOPs(batch: train.batch * train.accumulate, tokens: tokens, text: spec.captions.tokens)
      * Double(run.step)
  }
}
