/// Names of an autoencoder's weights in the two layouts they are published in: diffusers' own, which are this model's,
/// and those of the original code, which ComfyUI's files have too. No tensor changes shape between them.
public enum AutoencoderNames {
  public enum Layout: Sendable { case diffusers, original }

  /// - Returns: nil when these are not names of the family.
  public static func layout(of names: [String]) -> Layout? {
    if names.contains("decoder.middle.0.residual.0.gamma") { return .original }
    return names.contains("decoder.mid_block.resnets.0.norm1.gamma") ? .diffusers : nil
  }

  /// Whether levels nest, as in Wan 2.2.
  static func isNested(_ names: [String]) -> Bool {
    names.contains { $0.hasPrefix("decoder.upsamples.0.upsamples.") || $0.hasPrefix("decoder.up_blocks.0.upsampler.") }
  }

  /// Layers of a decoder's level in the flat original list: its blocks and what doubles it.
  static func levelLength(_ names: [String]) -> Int {
    let doubling = names.compactMap { name -> Int? in
      let parts = name.split(separator: ".")
      guard parts.count > 3, parts[0] == "decoder", parts[1] == "upsamples", parts[3] == "resample" else { return nil }
      return Int(parts[2])
    }
    return (doubling.filter { (1...64).contains($0) }.min() ?? 3) + 1
  }

  /// The name diffusers has for an original one. - Parameter levelLength: see above; of nested names any.
  public static func diffusers(_ name: String, levelLength: Int) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count >= 2 else { return nil }
    let leaf = parts[parts.count - 1]
    if parts.count == 2 {
      return ["conv1": "quant_conv", "conv2": "post_quant_conv"][parts[0]].map { "\($0).\(leaf)" }
    }
    let half = parts[0]
    guard half == "encoder" || half == "decoder" else { return nil }
    let rest = Array(parts.dropFirst(2))
    switch parts[1] {
    case "conv1": return "\(half).conv_in.\(leaf)"
    case "head":
      guard let layer = ["0": "norm_out", "2": "conv_out"][rest[0]] else { return nil }
      return "\(half).\(layer).\(leaf)"
    case "middle":
      guard let place = ["0": "resnets.0", "1": "attentions.0", "2": "resnets.1"][rest[0]],
        let inner = inside(Array(rest.dropFirst()))
      else { return nil }
      return "\(half).mid_block.\(place).\(inner)"
    case "downsamples", "upsamples":
      guard let i = Int(rest[0]) else { return nil }
      let list = half == "encoder" ? "down_blocks" : "up_blocks",
        doubler = half == "encoder" ? "downsampler" : "upsampler"
      if rest.count > 2, rest[1] == parts[1] {
        guard let r = Int(rest[2]), let inner = inside(Array(rest.dropFirst(3))) else { return nil }
        return "\(half).\(list).\(i)." + (isSampler(rest.dropFirst(3)) ? doubler : "resnets.\(r)") + ".\(inner)"
      }
      guard let inner = inside(Array(rest.dropFirst())) else { return nil }
      guard half == "decoder" else { return "\(half).\(list).\(i).\(inner)" }
      let place = isSampler(rest.dropFirst()) ? "upsamplers.0" : "resnets.\(i % levelLength)"
      return "\(half).\(list).\(i / levelLength).\(place).\(inner)"
    default: return nil
    }
  }

  private static func isSampler(_ parts: ArraySlice<String>) -> Bool {
    parts.first == "resample" || parts.first == "time_conv"
  }

  /// Inside a layer: numbers of a residual block's list have names, the others stay.
  private static func inside(_ parts: [String]) -> String? {
    guard let first = parts.first else { return nil }
    switch first {
    case "residual":
      guard parts.count == 3, let layer = ["0": "norm1", "2": "conv1", "3": "norm2", "6": "conv2"][parts[1]] else {
        return nil
      }
      return "\(layer).\(parts[2])"
    case "shortcut": return "conv_shortcut." + parts.dropFirst().joined(separator: ".")
    default: return parts.joined(separator: ".")
    }
  }
}
