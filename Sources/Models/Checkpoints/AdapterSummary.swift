import Files
import Tensors

/// What an adapter's file holds, seen without the model it is for.
public struct AdapterSummary: Sendable, Equatable {
  /// Ranks there are, and what alphas stand beside them.
  public let ranks: [Int], alphas: [Double]
  /// Ends of the paths of the layers that are adapted, by the model's own names, and how many there are.
  public let targets: [String], layers: Int
  public let isDoRA: Bool
  /// Tensors that belong to no layer of the family.
  public let strangers: [String]

  init(_ file: Safetensors, on compute: Compute) {
    // More blocks than any published model, so that every name is known.
    var config = WanPreset.flf2v14.config
    config.layers = 64
    let known = WorldTransformer.shapes(config, on: compute).filter {
      $0.name.hasSuffix(".weight") && $0.shape.rank == 2
    }
    .map { String($0.name.dropLast(7)) }
    let layersByName = Set(known),
      underscored = Dictionary(
        known.compactMap { name in WanNames.original(name).map { (AdapterDialect.underscored($0), name) } },
        uniquingKeysWith: { first, _ in first })
    let dialect = AdapterDialect.of(file.entries.map(\.name))
    var layers: Set<String> = [], ranks: Set<Int> = [], alphas: Set<Double> = [], strangers: [String] = [],
      isDoRA = false
    for entry in file.entries {
      guard let (layer, part) = dialect?.layer(of: entry.name, layers: underscored), layersByName.contains(layer) else {
        strangers.append(entry.name)
        continue
      }
      layers.insert(layer)
      switch part {
      case .down: if let rank = entry.shape.first { ranks.insert(rank) }
      case .alpha:
        if entry.count == 1, let alpha = try? file.floats(entry.name).values.first { alphas.insert(Double(alpha)) }
      case .magnitude: isDoRA = true
      case .up: break
      }
    }
    (self.ranks, self.alphas, self.strangers, self.isDoRA) = (ranks.sorted(), alphas.sorted(), strangers, isDoRA)
    self.layers = layers.count
    targets = Set(
      layers.map { layer in
        let parts = layer.split(separator: ".")
        return parts.first == "blocks" ? parts.dropFirst(2).joined(separator: ".") : layer
      }
    ).sorted()
  }

  var value: Value {
    [
      "ranks": .array(ranks.map { Value($0) }), "alphas": .array(alphas.map { .number($0) }), "layers": Value(layers),
      "targets": .array(targets.map { .string($0) }), "dora": .bool(isDoRA),
      "unknown": .array(strangers.map { .string($0) }),
    ]
  }
}
