import Files
import Models
import Nets
import Tensors

/// Replays what another implementation computed with weights as they are published: bf16 in shards under an index,
/// under the original names in one file, and ComfyUI's eight-bit floats with scales.
///
/// A case is a folder: `sharded/transformer/`, `original.safetensors`, `comfy-fp8-scaled.safetensors`, and
/// `case.safetensors` with the inputs, `output_bf16_weights`, `output_fp8_weights`, and tables of numbers: `every_e4m3fn`,
/// `every_e5m2` [256], and what `half_codes` are as halves and as bfloat16, `half_values` and `bfloat_values`.
struct FormatsParity: ParityKind {
  static func isOne(_ folder: String) -> Bool { Disk.exists(folder + "/comfy-fp8-scaled.safetensors") }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    let file = try Safetensors(path: folder + "/case.safetensors")
    var config = try ModelFolder.config(folder + "/sharded/transformer")
    config.products = products
    let chosen = config
    func tensor(_ name: String) throws -> Tensor {
      let (shape, values) = try file.floats(name)
      return Tensor(values, Shape(shape), on: compute)
    }
    let x = Layout.channelsLast(try tensor("hidden_states")), t = try tensor("timestep"),
      text = try tensor("encoder_hidden_states")
    func row(_ place: String, as theirs: String) throws -> Parity.Row {
      let weights = try ModelFolder.frozen(folder + "/" + place, as: chosen).weights
      let parameters = try WorldTransformer.parameters(chosen, over: weights, nil, on: compute)
      let y = WorldTransformer(chosen, parameters)(x, timesteps: t.reshaped([t.count, 1]), text: text)
      return try Parity.row("output of \(place)", Layout.channelsFirst(y).values, file, as: theirs)
    }
    var rows = [
      try row("sharded/transformer", as: "output_bf16_weights"),
      try row("original.safetensors", as: "output_bf16_weights"),
      try row("comfy-fp8-scaled.safetensors", as: "output_fp8_weights"),
    ]
    guard let halves = file.entry("half_codes"), halves.type.size == 2 else {
      throw Problem("the case has no half_codes of two bytes each", at: file.path, fix: "make the case again")
    }
    let codes = (0..<256).map { UInt8($0) }, place = file.location(of: halves),
      halfCodes = [UInt8](UnsafeRawBufferPointer(start: place.at, count: halves.range.count))
    let tables: [(name: String, kind: StoredMatrix.Kind, codes: [UInt8])] = [
      ("every_e4m3fn", .e4m3, codes), ("every_e5m2", .e5m2, codes), ("half_values", .f16, halfCodes),
      ("bfloat_values", .bf16, halfCodes),
    ]
    for (name, kind, codes) in tables {
      let theirs = try file.floats(name).values
      guard theirs.count * kind.block.bytes == codes.count else {
        throw Problem("'\(name)' has \(theirs.count) numbers for \(codes.count) bytes", at: file.path)
      }
      let ours = StoredMatrix.decoded(codes, as: kind, rows: 1, columns: theirs.count, on: compute)
      // Not a number on both sides is agreement, as is the same infinity.
      let differ = zip(ours, theirs).count { $0.0 != $0.1 && !($0.0.isNaN && $0.1.isNaN) }
      rows.append(Parity.Row(name: name, absolute: Double(differ), relative: Double(differ)))
    }
    return rows
  }
}
