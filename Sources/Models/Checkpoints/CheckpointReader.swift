import Files

/// Which programs read a file of weights, and what they make of it: tried with diffusers 0.42.1 and peft 0.21.2, and
/// read in the sources of ComfyUI, DiffSynth-Studio and musubi-tuner.
public struct CheckpointReader: Sendable, Equatable {
  public enum Verdict: String, Sendable {
    case yes, no
    /// It raises no error, and does nothing or something else.
    case wrongly
  }

  public let program: String
  public let verdict: Verdict
  public let note: String

  init(_ program: String, _ verdict: Verdict, _ note: String = "") {
    (self.program, self.verdict, self.note) = (program, verdict, note)
  }

  /// Of an adapter.
  static func adapter(_ dialect: AdapterDialect, _ file: Safetensors) -> [CheckpointReader] {
    let names = file.entries.map(\.name), hasDoRA = names.contains { $0.hasSuffix(".dora_scale") },
      alphas = names.filter { $0.hasSuffix(".alpha") }
    let isTold = file[metadata: "lora_adapter_metadata"] != nil
    switch dialect {
    case .comfy:
      let outside = alphas.contains { !$0.contains(".blocks.") } || names.contains { $0.contains("patch_embedding") }
      return [
        hasDoRA
          ? .init("diffusers", .no, "dora_scale raises a ValueError")
          : outside
            ? .init("diffusers", .no, "an alpha outside the blocks raises a ValueError") : .init("diffusers", .yes),
        .init("peft", .no), .init("ComfyUI", .yes), .init("DiffSynth", hasDoRA ? .no : .yes),
        .init("musubi-tuner", .no, "after its converter"),
      ]
    case .diffusers:
      return [
        isTold
          ? .init("diffusers", .yes)
          : .init("diffusers", .wrongly, "without its metadata alpha is lost: it counts once"),
        .init("peft", .wrongly, "loads nothing, and says nothing"), .init("ComfyUI", .no), .init("DiffSynth", .no),
        .init("musubi-tuner", .no),
      ]
    case .peft:
      return [
        .init("diffusers", .wrongly, "loads without effect, and says nothing"), .init("peft", .yes),
        .init("ComfyUI", .no),
        .init("DiffSynth", .no), .init("musubi-tuner", .no),
      ]
    case .kohya:
      let isWhole =
        alphas.count == names.count { $0.hasSuffix(".lora_down.weight") }
        && blocks(names).allSatisfy { $0.value >= 10 }
      return [
        isWhole
          ? .init("diffusers", .yes)
          : .init("diffusers", .no, "a KeyError unless all ten linears of every block are there, each with alpha"),
        .init("peft", .no), .init("ComfyUI", .yes), .init("DiffSynth", .no), .init("musubi-tuner", .yes),
      ]
    case .bare:
      return [
        .init("diffusers", .wrongly, "loads without effect, and says nothing"), .init("peft", .no),
        .init("ComfyUI", .no),
        .init("DiffSynth", .yes), .init("musubi-tuner", .no),
      ]
    }
  }

  /// Adapted linears of each block of a kohya file.
  private static func blocks(_ names: [String]) -> [Substring: Int] {
    let stems = names.filter { $0.hasPrefix("lora_unet_blocks_") && $0.hasSuffix(".lora_down.weight") }
    return Dictionary(grouping: stems) { $0.dropFirst(17).prefix { $0 != "_" } }.mapValues(\.count)
  }

  /// Of a transformer.
  static func transformer(_ layout: WanNames.Layout, _ file: Safetensors, isScaled: Bool) -> [CheckpointReader] {
    let isBlocks = file.entries.contains { $0.type.block.elements > 1 }
    if isBlocks {
      return [
        .init("ComfyUI", .yes, "with its GGUF extension"),
        .init("diffusers", .yes, "from_single_file, with its GGUF config"),
      ]
    }
    if isScaled {
      return [
        .init("ComfyUI", .yes), .init("diffusers", .wrongly, "from_single_file leaves out the scales"),
        .init("musubi-tuner", .no),
      ]
    }
    switch layout {
    case .diffusers: return [.init("diffusers", .yes), .init("ComfyUI", .no), .init("original code", .no)]
    case .original:
      return [.init("diffusers", .yes, "from_single_file"), .init("ComfyUI", .yes), .init("original code", .yes)]
    case .comfy:
      return [.init("diffusers", .yes, "from_single_file"), .init("ComfyUI", .yes), .init("original code", .no)]
    }
  }

  var value: Value {
    ["program": .string(program), "reads": .string(verdict.rawValue), "note": .string(note)]
  }

  var text: String {
    let word =
      switch verdict {
      case .yes: "reads it"
      case .no: "does not"
      case .wrongly: "wrongly"
      }
    return "\(program) \(word)" + (note.isEmpty ? "" : " (\(note))")
  }
}
