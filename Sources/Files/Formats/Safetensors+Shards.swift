import Foundation

/// A checkpoint over several files: `NAME.safetensors.index.json`, as diffusers and transformers write large models. Its
/// `weight_map` says which file beside it each tensor is in.
extension Safetensors {
  /// Files an index may name.
  private static let mostParts = 10_000

  static func sharded(_ path: String) throws -> Safetensors {
    let index = try JSON.parse(Disk.readText(path), at: path, depth: 8)
    func refuse(_ what: String) -> Problem {
      Problem(
        what, at: path, expected: "the index of a sharded safetensors checkpoint",
        fix: "get the index and its files again, from one place")
    }
    guard let map = index["weight_map"]?.fields, !map.isEmpty else { throw refuse("there is no weight_map") }
    var home: [String: String] = [:], names: Set<String> = []
    for item in map {
      guard let name = item.value.string else { throw refuse("weight_map names no file for '\(item.key)'") }
      // A file beside the index, and nothing else on this machine.
      guard !name.contains("/"), name.hasSuffix(".safetensors") else {
        throw refuse("weight_map names '\(name)', which is no safetensors file beside it")
      }
      home[item.key] = name
      names.insert(name)
    }
    guard names.count <= mostParts else { throw refuse("weight_map names \(names.count) files") }
    let folder = (path as NSString).deletingLastPathComponent
    var entries: [Entry] = [], metadata: [(key: String, value: String)] = [], parts: [Part] = [],
      said: [String: String] = [:]
    for (i, name) in names.sorted().enumerated() {
      let file = try whole((folder as NSString).appendingPathComponent(name))
      for entry in file.entries {
        guard let named = home.removeValue(forKey: entry.name) else {
          throw refuse("'\(entry.name)' of \(name) is not in weight_map, or is there in two files")
        }
        guard named == name else { throw refuse("'\(entry.name)' is in \(name), where weight_map names \(named)") }
        entries.append(Entry(name: entry.name, type: entry.type, shape: entry.shape, range: entry.range, part: i))
      }
      for pair in file.metadata {
        guard let before = said.updateValue(pair.value, forKey: pair.key) else {
          metadata.append(pair)
          continue
        }
        guard before == pair.value else { throw refuse("the headers of two files differ in '\(pair.key)'") }
      }
      parts += file.parts
    }
    if let missing = home.keys.min() {
      throw refuse("'\(missing)' is not in \(home[missing] ?? ""), where weight_map has it")
    }
    return Safetensors(path: path, entries: entries, metadata: metadata, parts: parts)
  }
}
