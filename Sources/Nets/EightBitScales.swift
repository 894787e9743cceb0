import Files
import Tensors

/// The scales of eight-bit floats, which stand in tensors beside the weights they belong to.
///
/// Three ways are met: ComfyUI's older one (a tensor `scaled_fp8` marks the file, `X.scale_weight` beside `X.weight`),
/// its newer one (`X.weight_scale`, with `X.comfy_quant` or the file's `_quantization_metadata` naming the format), and
/// musubi-tuner's (`X.scale_weight` of one number, one a row, or one a block of a row). Without any the numbers are what
/// they are.
struct EightBitScales {
  /// Tensors that are not weights.
  let names: Set<String>
  private let file: Safetensors
  private let scales: [String: Safetensors.Entry]

  init(_ file: Safetensors) throws {
    self.file = file
    var names: Set<String> = [], scales: [String: Safetensors.Entry] = [:]
    for entry in file.entries {
      let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
      guard let last = parts.last else { continue }
      let layer = parts.dropLast().joined(separator: ".")
      switch last {
      case "scaled_fp8": names.insert(entry.name)
      case "scale_weight", "weight_scale":
        names.insert(entry.name)
        scales[layer + ".weight"] = entry
      case "scale_input", "input_scale": names.insert(entry.name)
      case "comfy_quant":
        names.insert(entry.name)
        try Self.check(try Self.text(entry, file), of: layer, at: file.path)
      default: break
      }
    }
    if let told = file[metadata: "_quantization_metadata"] {
      let value = try JSON.parse(told, at: file.path + " _quantization_metadata")
      for layer in value["layers"]?.fields ?? [] {
        try Self.check(layer.value["format"]?.string ?? "", of: layer.key, at: file.path)
      }
    }
    (self.names, self.scales) = (names, scales)
  }

  private static func text(_ entry: Safetensors.Entry, _ file: Safetensors) throws -> String {
    let place = file.location(of: entry)
    let bytes = UnsafeRawBufferPointer(start: place.at, count: entry.range.count)
    let value = try JSON.parse([UInt8](bytes), at: file.path + " " + entry.name, depth: 4)
    return value["format"]?.string ?? ""
  }

  private static func check(_ format: String, of layer: String, at path: String) throws {
    guard format.hasPrefix("float8_e4m3") || format.hasPrefix("float8_e5m2") else {
      throw Problem(
        "'\(layer)' is quantised as '\(format.prefix(60))', which is not read here", at: path,
        expected: "float8_e4m3fn or float8_e5m2", fix: "get the bf16, fp8 or GGUF variant of the checkpoint")
    }
  }

  /// - Parameter used: names of the eight-bit weights there are.
  /// - Throws: `Problem` for a scale that belongs to none: left out, it would change what the file means.
  func requireUsed(_ used: Set<String>) throws {
    guard let idle = scales.keys.filter({ !used.contains($0) }).min(), let scale = scales[idle] else { return }
    throw Problem(
      "'\(scale.name)' is the scale of no eight-bit weight: '\(idle)' is "
        + (file.entry(idle).map { "stored as \($0.type.rawValue)" } ?? "not there"), at: file.path,
      expected: "a scale beside each eight-bit weight and nowhere else", fix: "get the file again")
  }

  /// - Throws: `Problem` when there is none where the file says that there are, or it does not fit.
  func scale(of entry: Safetensors.Entry) throws -> StoredMatrix.Scale {
    guard entry.type.isEightBitFloat, let found = scales[entry.name] else {
      guard !entry.type.isEightBitFloat || names.isEmpty else {
        throw Problem(
          "'\(entry.name)' is stored in eight bits, and its scale is not in the file", at: file.path,
          expected: "scale_weight or weight_scale beside it, as its neighbours have", fix: "get the file again")
      }
      return .none
    }
    let values = try file.floats(found.name).values, rows = entry.shape.first ?? 1,
      columns = entry.count / max(1, rows)
    guard values.allSatisfy(\.isFinite) else {
      throw Problem("'\(found.name)' is not finite", at: file.path, fix: "get the file again")
    }
    if values.count == 1 { return .one(values[0]) }
    if values.count == rows { return .rows(values) }
    guard rows > 0, values.count % rows == 0, columns % (values.count / rows) == 0 else {
      throw Problem(
        "'\(found.name)' has \(values.count) numbers for a weight of \(Shape(entry.shape))", at: file.path,
        expected: "one, one a row, or some a row", fix: "get the file again")
    }
    return .blocks(width: columns / (values.count / rows), values)
  }
}
