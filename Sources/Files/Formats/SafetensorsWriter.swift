import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a safetensors file a tensor at a time, of any element type, so that nothing larger than one tensor, or a part
/// of one, need be in memory. Aside and renamed when whole.
public struct SafetensorsWriter {
  /// One tensor that will be written.
  public struct Item: Sendable {
    public let name: String
    public let type: Safetensors.ElementType
    public let shape: [Int]
    public init(_ name: String, _ type: Safetensors.ElementType, _ shape: [Int]) {
      (self.name, self.type, self.shape) = (name, type, shape)
    }
    public var byteCount: Int { shape.reduce(type.size, *) }
  }

  /// Writes `items` in the order given; `"format": "pt"` is added to the metadata, as other readers expect.
  /// - Parameter bytes: called once an item, with a function that takes the next of its bytes.
  /// - Returns: SHA-256 of the data buffer.
  /// - Throws: `Problem` when it cannot be written; then nothing stands at `path` that was not there.
  @discardableResult
  public static func write(
    _ items: [Item], metadata: [(String, String)] = [], to path: String,
    _ bytes: (Item, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws -> String {
    let format = metadata.contains { $0.0 == "format" } ? [] : [("format", "pt")]
    var fields = [Value.Field("__metadata__", .object((format + metadata).map { Value.Field($0.0, .string($0.1)) }))]
    var offset = 0
    for item in items {
      let end = offset + item.byteCount
      fields.append(
        Value.Field(
          item.name,
          [
            "dtype": .string(item.type.rawValue), "shape": .array(item.shape.map { Value($0) }),
            "data_offsets": [Value(offset), Value(end)],
          ]))
      offset = end
    }
    var header = Array(JSON.line(.object(fields)).utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var hasher = SHA256Hasher()
    try Disk.replace(path) { aside in
      let file = Glibc.open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw Disk.writeProblem(path, errno) }
      defer { close(file) }
      let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
      try (length + header).withUnsafeBytes { try Disk.write($0, to: file, path: path) }
      for item in items {
        var written = 0
        try bytes(item) { part in
          hasher.update(part)
          try Disk.write(part, to: file, path: path)
          written += part.count
        }
        precondition(written == item.byteCount, "\(item.name): \(written) of \(item.byteCount) bytes")
      }
    }
    return hasher.finish()
  }

  /// Gives `write` floats as elements of `type`: F32, BF16 or F16, rounded to nearest, ties to even.
  public static func floats(
    _ values: UnsafeBufferPointer<Float>, as type: Safetensors.ElementType,
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    switch type {
    case .F32: try write(UnsafeRawBufferPointer(values))
    case .BF16: try values.map { $0.bfloat16.littleEndian }.withUnsafeBytes(write)
    case .F16: try values.map { Float16($0).bitPattern.littleEndian }.withUnsafeBytes(write)
    default: preconditionFailure("floats are not written as \(type.rawValue)")
    }
  }
}
