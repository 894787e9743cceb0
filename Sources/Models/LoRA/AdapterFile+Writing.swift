import Files
import Nets
import Tensors

extension AdapterFile {
  /// Writes the adapters of `parameters` in a dialect; s is folded into B, so that α is the rank and no reader can get it
  /// wrong.
  /// - Parameters:
  ///   - flat: values laid out as the parameters' (an average, say); nil takes theirs.
  ///   - isHalf: bf16 instead of f32; the output then moves by about 5e-4.
  ///   - metadata: what else stands in the header: whose base, which run.
  ///   - path: of the file; of a folder for peft and diffusers.
  /// - Returns: the file that was written.
  @discardableResult
  public static func write(
    _ parameters: Parameters, _ flat: Tensor? = nil, as dialect: AdapterDialect, isHalf: Bool = false,
    metadata: [(String, String)] = [], to path: String
  ) throws -> String {
    guard let lora = parameters.lora else { preconditionFailure("parameters without adapters") }
    let flat = flat ?? parameters.values, type: Safetensors.ElementType = isHalf ? .BF16 : .F32
    var items: [(item: SafetensorsWriter.Item, values: [Float])] = []
    func values(_ entry: Parameters.Entry) -> [Float] {
      flat.withElements { Array($0[entry.offset..<entry.offset + entry.shape.count]) }
    }
    let ending: (a: String, b: String) =
      dialect == .kohya ? (".lora_down.weight", ".lora_up.weight") : (".lora_A.weight", ".lora_B.weight")
    let alphas = dialect == .kohya || dialect == .comfy
    guard !lora.isDoRA || dialect != .bare else {
      throw Problem(
        "DiffSynth reads no DoRA", at: path, expected: "comfy, kohya, peft or diffusers", fix: "choose another dialect")
    }
    for entry in parameters.entries where !ActionEmbedderFolder.holds(entry.name) {
      if entry.name.hasSuffix(magnitude) {
        items.append(try lengths(entry, dialect, type, values(entry), path))
        continue
      }
      let isDown = entry.name.hasSuffix(".lora_A.weight"), layer = String(entry.name.dropLast(14))
      guard let stem = dialect.stem(of: layer) else {
        throw Problem(
          "'\(layer)' has no name in the dialect \(dialect.rawValue)", at: path,
          fix: "write it in diffusers' or peft's")
      }
      let name = stem + (isDown ? ending.a : ending.b), numbers = values(entry)
      items.append(
        (.init(name, type, entry.shape.sizes), isDown ? numbers : numbers.map { $0 * lora.scale }))
      // diffusers refuses an alpha outside the blocks.
      if isDown, alphas, layer.hasPrefix("blocks.") {
        items.append((.init(stem + ".alpha", .F32, []), [Float(lora.rank)]))
      }
    }
    var more = metadata
    var file = path
    switch dialect {
    case .diffusers:
      file = path.hasSuffix(".safetensors") ? path : path + "/pytorch_lora_weights.safetensors"
      more.append(("lora_adapter_metadata", JSON.line(config(lora, prefix: "transformer."))))
    case .peft:
      file = path + "/adapter_model.safetensors"
      try Disk.makeFolder(path)
      try Disk.write(JSON.pretty(config(lora, prefix: "")), to: path + "/adapter_config.json")
    case .kohya:
      more += [
        ("ss_network_module", "networks.lora_wan"), ("ss_network_dim", String(lora.rank)),
        ("ss_network_alpha", String(lora.rank)), ("ss_base_model_version", "wan"),
      ]
    case .comfy, .bare: break
    }
    var next = 0
    try SafetensorsWriter.write(items.map(\.item), metadata: more, to: file) { item, write in
      let numbers = items[next].values
      next += 1
      try numbers.withUnsafeBufferPointer { try SafetensorsWriter.floats($0, as: item.type, write) }
    }
    return file
  }

  /// What the model calls the lengths of a layer's rows.
  private static let magnitude = ".lora_magnitude_vector.weight"

  /// The lengths of a DoRA's rows: a vector in peft and diffusers, a column called dora_scale in ComfyUI.
  private static func lengths(
    _ entry: Parameters.Entry, _ dialect: AdapterDialect, _ type: Safetensors.ElementType, _ values: [Float],
    _ path: String
  ) throws -> (item: SafetensorsWriter.Item, values: [Float]) {
    let layer = String(entry.name.dropLast(magnitude.count))
    guard let stem = dialect.stem(of: layer) else {
      throw Problem("'\(layer)' has no name in the dialect \(dialect.rawValue)", at: path)
    }
    return dialect == .comfy || dialect == .kohya
      ? (.init(stem + ".dora_scale", type, [values.count, 1]), values)
      : (.init(stem + ".lora_magnitude_vector", type, [values.count]), values)
  }

  /// peft's LoraConfig, of an adapter whose scale is in B.
  private static func config(_ lora: LoRA, prefix: String) -> Value {
    let targets = lora.targets.map { $0.contains("*") ? ".*" : $0 }.distinct()
    let fields: [(String, Value)] = [
      ("peft_type", "LORA"), ("task_type", .null), ("base_model_name_or_path", .null), ("inference_mode", .bool(true)),
      ("r", Value(lora.rank)), ("lora_alpha", Value(lora.rank)), ("lora_dropout", .number(0)), ("bias", "none"),
      ("use_rslora", .bool(false)), ("use_dora", .bool(lora.isDoRA)), ("fan_in_fan_out", .bool(false)),
      ("init_lora_weights", .bool(true)), ("target_modules", .array(targets.map { .string($0) })),
    ]
    return .object(fields.map { Value.Field(prefix + $0.0, $0.1) })
  }
}
