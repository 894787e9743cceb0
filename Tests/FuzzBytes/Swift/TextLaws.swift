import Credentials
import Files

/// Documents: what was read and written is read again as the same.
enum TextLaws {
  static func json(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    let value = try JSON.parse(bytes, at: "text")
    let line = JSON.line(value)
    law(try JSON.line(JSON.parse(line, at: "text")) == line)
    if let canonical = try? JSON.canonical(value, at: "text") {
      law(try JSON.canonical(JSON.parse(canonical, at: "text"), at: "text") == canonical)
    }
  }

  static func yaml(_ text: String) throws { _ = try YAML.parse(text, at: "text") }

  static func cbor(_ bytes: [UInt8]) throws {
    let item = try CBOR(bytes, at: "item"), encoded = item.encoded
    law(try CBOR(encoded, at: "item").encoded == encoded)
  }

  static func safetensors(_ path: String) throws {
    let file = try Safetensors(path: path)
    for entry in file.entries.prefix(64) where entry.count <= 1 << 16 {
      let values = try? file.floats(entry.name).values
      law(values.map { $0.count == entry.count } ?? true)
    }
    _ = file.bufferHash
  }
}
