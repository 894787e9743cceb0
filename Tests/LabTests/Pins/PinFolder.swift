import Files
import Foundation

/// Folders and safetensors files as texts.
enum PinFolder {
  /// Files below a folder, sorted, a line each.
  static func names(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { !Disk.isFolder("\(folder)/\($0)") }.sorted()
  }

  /// Metadata, tensors, and SHA-256 of the numbers. The file's own hash would hang on the version in its metadata.
  /// - Parameter keys: of metadata, blanked.
  static func safetensors(_ path: String, without keys: Set<String> = [], _ blank: PinBlank) throws -> String {
    let file = try Safetensors(path: path)
    let metadata = file.metadata.map { key, text in
      // JSON in a text is shown as what it says.
      let isJSON = text.hasPrefix("{") || text.hasPrefix("["), value = isJSON ? try? JSON.parse(text, at: path) : nil
      let shown = value.flatMap { JSON.line($0) == text ? $0 : nil } ?? .string(text)
      return Value.Field(key, keys.contains(key) ? "<blank>" : blank.value(shown, key))
    }
    let tensors = file.entries.map { Value.Field($0.name, .string("\($0.type.rawValue) \($0.shape)")) }
    return JSON.pretty([
      "file": .string((path as NSString).lastPathComponent), "metadata": .object(metadata), "tensors": .object(tensors),
      "numbers": .string(file.bufferHash),
    ])
  }
}
