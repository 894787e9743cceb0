import Files

extension Manifest {
  /// Bytes of JSON accepted; larger than any real manifest by far.
  public static let largestJSON = 100_000_000

  /// Reads `optin.json`, or YAML when the name ends in `.yaml` or `.yml`.
  /// - Throws: `Problem` for a missing or unreadable file, one too large, and text that is not strict JSON or YAML.
  public init(path: String) throws {
    try self.init(DocumentFile.read(path, kind: "manifest", largest: Self.largestJSON), at: path)
  }

  /// Writes the document as indented JSON, whole or not at all.
  public func write(to path: String) throws { try Disk.write(JSON.pretty(document), to: path) }
}
