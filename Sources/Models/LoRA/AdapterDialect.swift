import Files

/// How an adapter's tensors are named: there are five ways in the field, and hardly a program reads two of them.
public enum AdapterDialect: String, CaseIterable, Sendable {
  /// `diffusion_model.` and the original names: what diffusers, ComfyUI and DiffSynth read.
  case comfy
  /// `transformer.` and diffusers' names; rank and α stand in the metadata alone.
  case diffusers
  /// A folder with `adapter_config.json`, as peft writes it.
  case peft
  /// `lora_unet_`, and dots become underscores: kohya's scripts and musubi-tuner.
  case kohya
  /// The original names without a prefix: DiffSynth.
  case bare

  /// Programs that read it, tried with each.
  public var readers: String {
    switch self {
    case .comfy: "diffusers, ComfyUI, DiffSynth"
    case .diffusers: "diffusers"
    case .peft: "peft"
    case .kohya: "diffusers, ComfyUI, musubi-tuner"
    case .bare: "DiffSynth"
    }
  }

  /// What a tensor is to a layer.
  enum Part: Sendable { case down, up, alpha, magnitude }

  private static let endings: [(String, Part)] = [
    (".lora_A.default.weight", .down), (".lora_B.default.weight", .up), (".lora_A.weight", .down),
    (".lora_B.weight", .up), (".lora_down.weight", .down), (".lora_up.weight", .up), (".alpha", .alpha),
    (".lora_magnitude_vector.weight", .magnitude), (".lora_magnitude_vector", .magnitude),
    (".dora_scale", .magnitude),
  ]

  /// The layer, by the model's own name, and the part of a tensor's name in this dialect; nil when it is not one.
  func layer(of name: String, layers: [String: String]) -> (layer: String, part: Part)? {
    guard let (ending, part) = Self.endings.first(where: { name.hasSuffix($0.0) }) else { return nil }
    let stem = String(name.dropLast(ending.count))
    func after(_ prefix: String) -> String? { stem.hasPrefix(prefix) ? String(stem.dropFirst(prefix.count)) : nil }
    let found: String? =
      switch self {
      case .comfy: after("diffusion_model.").flatMap { WanNames.diffusers($0, in: .original) }
      case .diffusers: after("transformer.")
      case .peft: after("base_model.model.")
      case .kohya: after("lora_unet_").flatMap { layers[$0] }
      case .bare: WanNames.diffusers(stem, in: .original)
      }
    return found.map { ($0, part) }
  }

  /// The stem of a layer's tensors. - Parameter layer: by the model's own name.
  func stem(of layer: String) -> String? {
    switch self {
    case .comfy: WanNames.original(layer).map { "diffusion_model." + $0 }
    case .diffusers: "transformer." + layer
    case .peft: "base_model.model." + layer
    case .kohya: WanNames.original(layer).map { "lora_unet_" + Self.underscored($0) }
    case .bare: WanNames.original(layer)
    }
  }

  static func underscored(_ name: String) -> String { name.replacing(".", with: "_") }

  /// Which dialect a file's names are in. - Returns: nil when these are not an adapter's.
  static func of(_ names: [String]) -> AdapterDialect? {
    let prefixes: [(String, AdapterDialect)] = [
      ("diffusion_model.", .comfy), ("transformer.", .diffusers), ("base_model.model.", .peft), ("lora_unet_", .kohya),
    ]
    guard names.contains(where: { name in endings.contains { name.hasSuffix($0.0) } }) else { return nil }
    return prefixes.first { prefix, _ in names.contains { $0.hasPrefix(prefix) } }?.1
      ?? (names.contains { $0.hasPrefix("blocks.") } ? .bare : nil)
  }
}
