import Files
import Foundation
import Nets
import Tensors

/// `orrery model inspect`: what a file of weights is, what is in it, what is missing, and who else reads it.
public struct CheckpointInspection: Sendable {
  /// The tensors of one purpose.
  public struct Role: Sendable, Equatable {
    public var tensors = 0, elements = 0
    /// How many tensors there are of each type.
    public var types: [String: Int] = [:]
    /// Square root of the mean of the squares, and the largest magnitude, of what is finite.
    public var rms = 0.0, largest = 0.0
    /// Infinities, and what is not a number.
    public var notFinite = 0
  }

  public let path: String
  public let container: String
  public let found: CheckpointKind.Found
  /// Of a transformer, where it can be told.
  public let config: WorldTransformerConfig?
  /// Published shapes that are this one.
  public let presets: [WanPreset]
  public let adapter: AdapterSummary?
  /// By name, in order of their names.
  public let roles: [(name: String, role: Role)]
  public let bytes: Int
  /// Names the model asks for and does not find; names it has no use for. Nil where no model is known.
  public let missing: [String]?, unknown: [String]?
  /// Why it cannot be used as it is, where something besides stands in the way.
  public let fault: String?
  public let readers: [CheckpointReader]
  /// What its header says of whose it is.
  public let told: [(key: String, value: String)]

  public var notFinite: Int { roles.reduce(0) { $0 + $1.role.notFinite } }
  public var elements: Int { roles.reduce(0) { $0 + $1.role.elements } }
  public var isWhole: Bool {
    fault == nil && notFinite == 0 && missing?.isEmpty != false && unknown?.isEmpty != false && found.kind != .unknown
  }

  private static let toldKeys = [
    "license", "licence", "general.license", "general.name", "modelspec.title", "run", "orrery",
  ]

  /// - Parameter progress: elements looked at so far, and how many there are.
  /// - Throws: `Problem` when there is no such file, or it cannot be read.
  public init(
    _ place: String, on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let file = try Safetensors(path: CheckpointFolder.weights(place)), names = file.entries.map(\.name)
    path = file.path
    found = CheckpointKind.of(names)
    container =
      path.hasSuffix(".json")
      ? "sharded safetensors"
      : file.entries.contains { $0.type.block.elements > 1 }
        || file[metadata: "general.architecture"] != nil ? "GGUF" : "safetensors"
    told = Self.toldKeys.compactMap { key in file[metadata: key].map { (key, $0) } }
    bytes = file.entries.reduce(0) { $0 + $1.range.count }
    var config: WorldTransformerConfig?, missing: [String]?, unknown: [String]?, fault: String?
    if found.kind == .transformer {
      do {
        let (own, weights) = try ModelFolder.frozen(place)
        config = own
        let asked = Set(WorldTransformer.shapes(own, on: compute).map(\.name)), there = Set(weights.names)
        (missing, unknown) = (asked.subtracting(there).sorted(), there.subtracting(asked).sorted())
        if missing?.isEmpty == true, unknown?.isEmpty == true {
          do { _ = try WorldTransformer.parameters(own, over: weights, nil, on: compute) } catch let problem as Problem
          {
            fault = problem.what
          }
        }
      } catch let problem as Problem { fault = problem.what }
    } else if found.kind == .unknown {
      fault = "this is \(found.family)"
    }
    adapter = found.kind == .adapter ? AdapterSummary(file, on: compute) : nil
    if let stranger = adapter?.strangers.first {
      fault = "'\(stranger)' belongs to no linear layer of a Wan transformer"
    }
    let all = config
    (self.config, self.missing, self.unknown, self.fault) = (config, missing, unknown, fault)
    presets = WanPreset.allCases.filter { $0.config == all }
    let scaled = names.contains {
      $0.hasSuffix("scaled_fp8") || $0.hasSuffix("scale_weight") || $0.hasSuffix("weight_scale")
    }
    if let dialect = AdapterDialect(rawValue: found.layout), found.kind == .adapter {
      readers = CheckpointReader.adapter(dialect, file)
    } else if let layout = WanNames.Layout(rawValue: found.layout), found.kind == .transformer {
      readers = CheckpointReader.transformer(layout, file, isScaled: scaled)
    } else {
      readers = []
    }
    roles = try Self.measure(file, on: compute, progress)
  }

  private static func measure(
    _ file: Safetensors, on compute: Compute, _ progress: (Int, Int) -> Void
  ) throws -> [(name: String, role: Role)] {
    // Where scales do not fit, numbers are shown as they are stored: what is wrong has been said.
    let names = Set(file.entries.map(\.name)), weights = try? FrozenWeights(file)
    var roles: [String: Role] = [:], squares: [String: Double] = [:], done = 0
    let all = file.entries.reduce(0) { $0 + $1.count }
    for entry in file.entries {
      let key = CheckpointKind.role(of: entry.name)
      var role = roles[key] ?? Role(), sum = squares[key] ?? 0
      role.tensors += 1
      role.elements += entry.count
      role.types[entry.type.rawValue, default: 0] += 1
      if let weights, names.contains(entry.name) {
        _ = weights.stretches(entry.name, on: compute) { numbers in
          let part = sums(numbers, on: compute)
          sum += part.squares
          role.largest = max(role.largest, part.largest)
          role.notFinite += part.notFinite
          done += numbers.count
          progress(done, all)
        }
        weights.forget(entry.name)
      }
      (roles[key], squares[key]) = (role, sum)
    }
    for (key, sum) in squares {
      let count = roles[key]?.elements ?? 0
      roles[key]?.rms = (sum / Double(max(1, count))).squareRoot()
    }
    return roles.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Runs are added in their order, so threads do not show.
  private static func sums(
    _ numbers: UnsafeBufferPointer<Float>, on compute: Compute
  ) -> (squares: Double, largest: Double, notFinite: Int) {
    let grain = 1 << 15, runs = (numbers.count + grain - 1) / grain, from = numbers.baseAddress
    var parts = [Double](repeating: 0, count: 3 * runs)
    parts.withUnsafeMutableBufferPointer { parts in
      guard let out = parts.baseAddress, let from else { return }
      compute.parallel(over: numbers.count, grain: grain) { r in
        var squares = 0.0, largest: Float = 0, bad = 0.0
        for i in r {
          let x = from[i]
          guard x.isFinite else {
            bad += 1
            continue
          }
          squares += Double(x) * Double(x)
          largest = max(largest, abs(x))
        }
        let at = out + 3 * (r.lowerBound / grain)
        (at[0], at[1], at[2]) = (squares, Double(largest), bad)
      }
    }
    var total = (squares: 0.0, largest: 0.0, notFinite: 0)
    for run in 0..<runs {
      total.squares += parts[3 * run]
      total.largest = max(total.largest, parts[3 * run + 1])
      total.notFinite += Int(parts[3 * run + 2])
    }
    return total
  }
}
