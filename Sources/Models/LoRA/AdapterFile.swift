import Files
import Nets
import Tensors

/// A LoRA as a file, in any of the field's dialects, read for a model: every tensor is applied or refused by name.
public struct AdapterFile {
  /// Where it is; of a peft folder, the file in it.
  public let path: String
  public let dialect: AdapterDialect
  /// The settings that fit it: its rank, and α as its rank (the scale is in `B`).
  public let lora: LoRA
  let layers: [String: Layer]

  struct Layer {
    let a: [Float], b: [Float]
    /// s, which B has not been multiplied by yet.
    let scale: Float
    /// Of DoRA: the length of each row of the adapted weight.
    let magnitude: [Float]?
  }

  /// The file itself, or the one in a folder: of peft's or diffusers' name, or the only one.
  public static func file(_ path: String) -> String {
    guard Disk.isFolder(path) else { return path }
    let names = ["adapter_model.safetensors", "pytorch_lora_weights.safetensors"]
    let there = Disk.names(path).filter { $0.hasSuffix(".safetensors") }
    return path + "/" + (names.first(where: there.contains) ?? (there.count == 1 ? there[0] : names[0]))
  }

  /// - Parameter config: of the model it is for.
  /// - Throws: `Problem` when it is no adapter, or one for another model, or holds what cannot be applied.
  public init(_ place: String, for config: WorldTransformerConfig, on compute: Compute) throws {
    path = Self.file(place)
    let file = try Safetensors(path: path), names = file.entries.map(\.name), path = path
    func refuse(_ what: String, _ fix: String = "get an adapter for this model") -> Problem {
      Problem(
        what, at: path, expected: "a LoRA for a Wan transformer of \(config.layers) blocks of \(config.dim)", fix: fix)
    }
    guard let dialect = AdapterDialect.of(names) else {
      throw refuse("there is no adapter in it" + (names.first.map { " (it begins with '\($0)')" } ?? ""))
    }
    var shapes: [String: Shape] = [:]
    for (name, shape) in WorldTransformer.shapes(config, on: compute) where name.hasSuffix(".weight") && shape.rank == 2
    {
      shapes[String(name.dropLast(7))] = shape
    }
    let underscored = Dictionary(
      shapes.keys.compactMap { name in WanNames.original(name).map { (AdapterDialect.underscored($0), name) } },
      uniquingKeysWith: { first, _ in first })
    var parts: [String: [AdapterDialect.Part: Safetensors.Entry]] = [:], strangers: [String] = []
    for entry in file.entries {
      guard let (layer, part) = dialect.layer(of: entry.name, layers: underscored), shapes[layer] != nil else {
        strangers.append(entry.name)
        continue
      }
      if let other = parts[layer, default: [:]].updateValue(entry, forKey: part) {
        throw refuse("'\(entry.name)' and '\(other.name)' are the same part of '\(layer)'", "get the file again")
      }
    }
    if let first = strangers.first {
      throw refuse(
        "'\(first)' belongs to no linear layer of this model"
          + (strangers.count > 1 ? ", and \(strangers.count - 1) more do not" : ""))
    }
    let told = try Self.told(dialect, file, path)
    var layers: [String: Layer] = [:], rank = 0
    for (layer, found) in parts {
      guard let down = found[.down], let up = found[.up], let shape = shapes[layer] else {
        throw refuse("'\(layer)' has one half of an adapter, and not the other", "get the file again")
      }
      let r = down.shape.first ?? 0
      guard down.shape == [r, shape[1]], up.shape == [shape[0], r], r > 0 else {
        throw refuse("'\(layer)' is \(shape), and its adapter \(Shape(down.shape)) and \(Shape(up.shape))")
      }
      let alpha = try found[.alpha].map { entry in
        guard entry.count == 1 else { throw refuse("'\(entry.name)' is not one number", "get the file again") }
        return try file.floats(entry.name).values[0]
      }
      let s = alpha.map { $0 / Float(r) } ?? told.map { $0.scale(r) } ?? 1
      guard s.isFinite else { throw refuse("the scale of '\(layer)' is not a number", "get the file again") }
      let magnitude = try found[.magnitude].map { entry in
        guard entry.count == shape[0] else {
          throw refuse("'\(entry.name)' has \(entry.count) lengths for the \(shape[0]) rows of '\(layer)'")
        }
        return try file.floats(entry.name).values
      }
      layers[layer] = Layer(
        a: try file.floats(down.name).values, b: try file.floats(up.name).values, scale: s, magnitude: magnitude)
      rank = max(rank, r)
    }
    (self.dialect, self.layers) = (dialect, layers)
    var lora = LoRA()
    lora.isDoRA = layers.values.contains { $0.magnitude != nil }
    if lora.isDoRA, let plain = layers.filter({ $0.value.magnitude == nil }).keys.min() {
      throw refuse("'\(plain)' has no lengths of its rows, as the other layers of this DoRA have", "get the file again")
    }
    (lora.rank, lora.targets) = (rank, layers.keys.sorted())
    self.lora = lora
  }

  /// What stands beside the tensors: α, and whether it is rank-stabilised.
  private struct Told {
    let alpha: Double, isRankStabilised: Bool
    func scale(_ rank: Int) -> Float {
      Float(isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
    }
  }

  private static func told(_ dialect: AdapterDialect, _ file: Safetensors, _ path: String) throws -> Told? {
    let config: Value?, prefix: String
    switch dialect {
    case .peft:
      let place =
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/adapter_config.json"
      guard Disk.exists(place) else {
        throw Problem(
          "adapter_config.json is missing, so nobody knows the adapter's alpha", at: path,
          expected: "it beside the weights, as peft writes it", fix: "copy the whole folder")
      }
      config = try JSON.parse(Disk.readText(place), at: place)
      prefix = ""
    default:
      config = try file[metadata: "lora_adapter_metadata"].map {
        try JSON.parse($0, at: path + " lora_adapter_metadata")
      }
      prefix = "transformer."
    }
    guard let config, let alpha = config[prefix + "lora_alpha"]?.double else { return nil }
    let patterns = config[prefix + "alpha_pattern"]?.fields ?? []
    guard patterns.isEmpty else {
      throw Problem("its layers have alphas of their own (alpha_pattern), which is not read here", at: path)
    }
    return Told(alpha: alpha, isRankStabilised: config[prefix + "use_rslora"]?.bool ?? false)
  }

  /// Layers that are adapted, by the model's own names.
  public var layerNames: [String] { layers.keys.sorted() }

  /// Fills adapters declared with `lora` (or with a larger rank); what the file does not adapt stays zero.
  /// - Parameter strength: what the adapter counts.
  public func load(into parameters: Parameters, strength: Float = 1) {
    guard let lora = parameters.lora else { preconditionFailure("parameters without adapters") }
    for (name, layer) in layers {
      guard let a = parameters.tensor(name + ".lora_A.weight"), let b = parameters.tensor(name + ".lora_B.weight")
      else { preconditionFailure("'\(name)' was not declared as adapted") }
      let rank = layer.a.count / a.shape[1], width = b.shape[1], factor = strength * layer.scale / lora.scale
      if let magnitude = layer.magnitude, let m = parameters.tensor(name + ".lora_magnitude_vector.weight") {
        m.withElements { to in for i in magnitude.indices { to[i] = magnitude[i] } }
      }
      a.withElements { to in for i in layer.a.indices { to[i] = layer.a[i] } }
      b.withElements { to in
        for i in layer.b.indices { to[i / rank * width + i % rank] = factor * layer.b[i] }
      }
    }
  }
}
