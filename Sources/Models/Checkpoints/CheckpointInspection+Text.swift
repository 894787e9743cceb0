import Files

extension CheckpointInspection {
  /// Names of a list that are printed.
  private static let shown = 10

  public var value: Value {
    func list(_ names: [String]?) -> Value { names.map { .array($0.map { .string($0) }) } ?? .null }
    return [
      "path": .string(path), "container": .string(container), "kind": .string(found.kind.rawValue),
      "family": .string(found.family), "layout": .string(found.layout), "whole": .bool(isWhole),
      "like": .array(presets.map { .string($0.rawValue) }), "config": config?.json ?? .null,
      "adapter": adapter?.value ?? .null, "parameters": Value(elements), "bytes": Value(bytes),
      "not_finite": Value(notFinite), "missing": list(missing), "unknown": list(unknown),
      "fault": fault.map { .string($0) } ?? .null,
      "roles": .object(
        roles.map { name, role in
          Value.Field(
            name,
            [
              "tensors": Value(role.tensors), "parameters": Value(role.elements),
              "dtypes": .object(role.types.sorted { $0.key < $1.key }.map { Value.Field($0.key, Value($0.value)) }),
              "rms": .number(role.rms), "largest": .number(role.largest), "not_finite": Value(role.notFinite),
            ])
        }),
      "readers": .array(readers.map(\.value)),
      "metadata": .object(told.map { Value.Field($0.key, .string($0.value)) }),
    ]
  }

  public var text: String {
    var lines = ["\(path): \(found.family), \(found.kind.rawValue), \(found.layout) names, \(container)"]
    if let config {
      let like = presets.isEmpty ? "" : ", the shape of \(presets.map(\.rawValue).joined(separator: " or "))"
      lines.append(
        "\(config.layers) blocks of \(config.dim) (\(config.heads) heads), feed-forward \(config.ffnDim), "
          + "\(config.inChannels) → \(config.outChannels) channels, text \(config.textDim)"
          + (config.imageDim.map { ", pictures \($0)" } ?? "") + like)
    }
    if let adapter {
      lines.append(
        "\(adapter.isDoRA ? "DoRA" : "LoRA") of rank \(adapter.ranks.map(String.init).joined(separator: ", ")), alpha "
          + (adapter.alphas.isEmpty ? "not in the tensors" : adapter.alphas.map(Text.short).joined(separator: ", "))
          + ", \(adapter.layers) layers: \(adapter.targets.joined(separator: " "))")
    }
    lines.append("\(Text.count(elements)) parameters, \(Text.bytes(bytes))")
    let head = ["role", "tensors", "parameters", "dtypes", "rms", "largest", "not finite"]
    lines.append(
      TextTable.text(
        [head]
          + roles.map { name, role in
            [
              name, String(role.tensors), Text.count(role.elements),
              role.types.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
              Text.short(role.rms), Text.short(role.largest), String(role.notFinite),
            ]
          }))
    for (what, names) in [("missing", missing), ("unknown", unknown)] {
      guard let names, !names.isEmpty else { continue }
      let more = names.count > Self.shown ? ", and \(names.count - Self.shown) more" : ""
      lines.append("\(what): " + names.prefix(Self.shown).joined(separator: ", ") + more)
    }
    if let fault { lines.append("not usable as it is: \(fault)") }
    if missing?.isEmpty == true, unknown?.isEmpty == true, fault == nil {
      lines.append("every tensor is there, and no other")
    }
    for reader in readers { lines.append(reader.text) }
    for (key, value) in told { lines.append("\(key): \(value)") }
    return lines.joined(separator: "\n")
  }
}
