import Files
import Foundation
import Nets
import Tensors

/// `orrery model convert`: a transformer's weights under other names, in another container or type, a tensor at a time.
///
/// What is stored stays as it is unless a type is asked for: the same bytes. Metadata are kept, and so are the files
/// beside the weights that say whose they are. The result has its name once it is whole.
public struct CheckpointConversion: Sendable {
  public enum Target: String, Sendable, CaseIterable {
    /// A folder: config.json and the weights, in shards where asked for.
    case diffusers
    /// The same under the original names, with the original code's config.json.
    case original
    /// One file under the original names.
    case comfyui
  }

  public enum ElementType: String, Sendable, CaseIterable {
    case f32, bf16, f16
    var stored: Safetensors.ElementType {
      switch self {
      case .f32: .F32
      case .bf16: .BF16
      case .f16: .F16
      }
    }
  }

  public struct Result: Sendable {
    public let out: String
    public let files: [String], kept: [String]
    public let tensors: Int, bytes: Int
    /// Numbers that were finite and are too large for the new type.
    public let overflows: Int

    public var value: Value {
      [
        "out": .string(out), "files": .array(files.map { .string($0) }), "kept": .array(kept.map { .string($0) }),
        "tensors": Value(tensors), "bytes": Value(bytes), "overflows": Value(overflows),
      ]
    }
    public var text: String {
      "wrote \(Text.counted(tensors, "tensor")), \(Text.bytes(bytes)), to \(out)"
        + (files.count > 1 ? " in \(files.count - 1) shards" : "")
        + (kept.isEmpty ? "" : "; kept \(kept.joined(separator: ", "))")
        + (overflows > 0 ? "; \(Text.count(overflows)) numbers are too large for the type and became infinite" : "")
    }
  }

  let place: String, out: String
  let target: Target
  let type: ElementType?
  /// Bytes of a shard at most; nil: one file.
  let shard: Int?

  /// - Parameters:
  ///   - place: a folder or file as `ModelFolder.frozen` takes it.
  ///   - type: nil keeps what is stored.
  ///   - shardGB: the size of a shard, 10⁹ bytes each.
  public init(_ place: String, to out: String, _ target: Target, type: ElementType?, shardGB: Double?) throws {
    guard !out.isEmpty else { throw Problem.usage("no place is named", at: "OUT", expected: "a new path") }
    if let shardGB, !(0.001...1000).contains(shardGB) {
      throw Problem.usage("shards of \(shardGB) GB", at: "--shard-gb", expected: "0.001 to 1000")
    }
    guard target != .comfyui || shardGB == nil else {
      throw Problem.usage("ComfyUI reads one file a part", at: "--shard-gb", fix: "leave it out")
    }
    guard target != .comfyui || out.hasSuffix(".safetensors") else {
      throw Problem.usage("'\(out)' is no file's name", at: "OUT", expected: "NAME.safetensors: ComfyUI reads one file")
    }
    (self.place, self.out, self.target, self.type) = (place, Disk.absolute(out), target, type)
    shard = shardGB.map { Int($0 * 1e9) }
  }

  /// One tensor on its way.
  private struct Item {
    let name: String, stored: Safetensors.ElementType
    let item: SafetensorsWriter.Item
  }

  /// - Parameter progress: bytes written so far, and how many there will be.
  /// - Throws: `Problem` when the weights are not a whole transformer of the family, something stands at the new place,
  ///   or
  ///   there is no room; nothing is left behind then.
  public func run(on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }) throws -> Result {
    guard !Disk.exists(out) else {
      throw Problem("something stands there already", at: out, fix: "choose another name, or move it away")
    }
    let source = try Safetensors(path: CheckpointFolder.weights(place)),
      found = CheckpointKind.of(source.entries.map(\.name))
    guard found.kind == .transformer else {
      throw Problem(
        "this is \(found.family) (\(found.kind.rawValue)); transformers are converted here", at: source.path,
        fix: "name the transformer's folder or file")
    }
    let (config, weights) = try ModelFolder.frozen(place)
    _ = try WorldTransformer.parameters(config, over: weights, nil, on: compute)
    let items = try weights.names.map { try item($0, weights) }, all = items.reduce(0) { $0 + $1.item.byteCount }
    var done = 0, overflows = 0
    func write(_ part: [Item], _ path: String) throws {
      var rest = part[...]
      try SafetensorsWriter.write(part.map(\.item), metadata: Self.metadata(source), to: path) {
        item, write in
        guard let next = rest.popFirst() else { return }
        defer { weights.forget(next.name) }
        overflows += try put(next, weights, on: compute) {
          try write($0)
          done += $0.count
          progress(done, all)
        }
      }
    }
    guard target != .comfyui else {
      try Disk.makeFolder((out as NSString).deletingLastPathComponent)
      try write(items, out)
      let kept = try keep(beside: source.path, as: { "\((out as NSString).deletingPathExtension).\($0)" })
      return Result(out: out, files: [out], kept: kept, tensors: items.count, bytes: all, overflows: overflows)
    }
    let folder = try AsideFolder(out)
    do {
      let files = try weightsFiles(items, in: folder.aside, all, write)
      try Disk.write(
        JSON.pretty(target == .diffusers ? config.json : config.originalJSON), to: folder.aside + "/config.json")
      let kept = try keep(beside: source.path, as: { folder.aside + "/" + $0 })
      try source.requireUnchanged()
      try folder.commit()
      return Result(
        out: out, files: files.map { out + "/" + $0 }, kept: kept, tensors: items.count, bytes: all,
        overflows: overflows)
    } catch {
      try? FileManager.default.removeItem(atPath: folder.aside)
      throw error
    }
  }

  /// What the source's header says; of a GGUF's own keys its licence alone.
  private static func metadata(_ source: Safetensors) -> [(String, String)] {
    source.metadata.compactMap { pair in
      if pair.key == "general.license" { return ("license", pair.value) }
      return ["general.", "comfy.gguf.", "tokenizer."].contains { pair.key.hasPrefix($0) }
        ? nil : (pair.key, pair.value)
    }
  }

  private func item(_ name: String, _ weights: FrozenWeights) throws -> Item {
    guard let stored = weights.type(name), let shape = weights.shape(name) else {
      preconditionFailure("'\(name)' is not there")
    }
    guard let new = target == .diffusers ? name : WanNames.original(name) else {
      throw Problem("'\(name)' has no original name", at: weights.path)
    }
    guard type != nil || (stored.block.elements == 1 && !weights.isScaled(name)) else {
      throw Problem.usage(
        "'\(name)' is stored as \(stored.rawValue)\(weights.isScaled(name) ? " with a scale beside it" : ""), "
          + "which \(target.rawValue) has no way to hold",
        at: "--dtype", expected: "bf16, f16 or f32: its numbers are then written out", fix: "say --dtype bf16")
    }
    return Item(name: name, stored: stored, item: .init(new, type?.stored ?? stored, shape))
  }

  /// Writes one tensor. - Returns: how many of its numbers the type cannot hold.
  private func put(
    _ item: Item, _ weights: FrozenWeights, on compute: Compute, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    if item.item.type == item.stored, !weights.isScaled(item.name) {
      try weights.bytes(item.name, write)
      return 0
    }
    var overflows = 0
    _ = try weights.stretches(item.name, on: compute) { numbers in
      if item.item.type != .F32 {
        let most: Float = item.item.type == .F16 ? 65520 : 0x1.FFp127
        for x in numbers where x.isFinite && abs(x) >= most { overflows += 1 }
      }
      try SafetensorsWriter.floats(numbers, as: item.item.type, write)
    }
    return overflows
  }

  /// One file, or shards and their index. - Returns: their names; of several, the index last.
  private func weightsFiles(
    _ items: [Item], in folder: String, _ all: Int, _ write: ([Item], String) throws -> Void
  ) throws -> [String] {
    var parts: [[Item]] = [[]], size = 0
    for item in items {
      if let shard, size > 0, size + item.item.byteCount > shard {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(item)
      size += item.item.byteCount
    }
    guard parts.count > 1 else {
      try write(items, folder + "/" + ModelFolder.weightsName)
      return [ModelFolder.weightsName]
    }
    var names: [String] = [], map: [(String, Value)] = []
    for (i, part) in parts.enumerated() {
      let name = "diffusion_pytorch_model-\(Text.padded(i + 1, 5))-of-\(Text.padded(parts.count, 5)).safetensors"
      try write(part, folder + "/" + name)
      names.append(name)
      map += part.map { ($0.item.name, .string(name)) }
    }
    let index: Value = [
      "metadata": ["total_size": Value(all)],
      "weight_map": .object(map.sorted { $0.0 < $1.0 }.map { Value.Field($0.0, $0.1) }),
    ]
    let name = ModelFolder.weightsName + ".index.json"
    try Disk.write(JSON.pretty(index), to: folder + "/" + name)
    return names + [name]
  }

  /// Files that say whose weights they are, and on what terms.
  private static let origins = ["license", "licence", "notice", "readme", "usage", "optin", "spdx", "croissant"]

  /// Copies them from beside the weights, or from the pipeline's folder above. - Returns: their names.
  private func keep(beside path: String, as new: (String) -> String) throws -> [String] {
    let folder = (path as NSString).deletingLastPathComponent, above = (folder as NSString).deletingLastPathComponent
    var kept: [String] = []
    let isPart = Disk.exists(above + "/model_index.json") || Disk.exists(above + "/world.json")
    for place in [folder.isEmpty ? "." : folder] + (isPart ? [above] : []) {
      for name in Disk.names(place) where !kept.contains(name) && FileKind(place + "/" + name) == .regular {
        guard Self.origins.contains(where: { name.lowercased().hasPrefix($0) }) else { continue }
        try Disk.write(Disk.read(place + "/" + name), to: new(name))
        kept.append(name)
      }
    }
    return kept
  }
}

extension WorldTransformerConfig {
  /// config.json as the original code has it.
  var originalJSON: Value {
    let kind = imagePositions != nil ? "flf2v" : imageDim != nil || inChannels != outChannels ? "i2v" : "t2v"
    return [
      "_class_name": "WanModel", "model_type": .string(inChannels == 48 ? "ti2v" : kind), "dim": Value(dim),
      "eps": .number(eps), "ffn_dim": Value(ffnDim), "freq_dim": Value(freqDim), "in_dim": Value(inChannels),
      "num_heads": Value(heads), "num_layers": Value(layers), "out_dim": Value(outChannels),
      "text_len": Value(WanPreset.textTokens),
    ]
  }
}
