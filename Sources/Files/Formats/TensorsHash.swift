/// The identity of weights, whatever they lie in: SHA-256 over "orrery-tensors-1\n" and then every tensor in the order
/// of its name's bytes, each as `name ‖ 0 ‖ dtype ‖ 0 ‖ shape ‖ 0 ‖ bytes`, with shape as "2,3" and bytes little-endian.
///
/// The order in a file, its header, and whether it is one file or several shards make no difference; another element
/// type does, since those are other numbers.
public enum TensorsHash {
  private static let domain = "orrery-tensors-1\n"

  /// - Parameter files: one file, or the shards of one model.
  /// - Throws: `Problem` when two of them hold a tensor of the same name: then which one counts is not known.
  public static func sha256(_ files: [Safetensors]) throws -> String {
    var tensors = files.flatMap { file in file.entries.map { (file: file, entry: $0) } }
    tensors.sort { $0.entry.name.utf8.lexicographicallyPrecedes($1.entry.name.utf8) }
    for (one, next) in zip(tensors, tensors.dropFirst()) where one.entry.name == next.entry.name {
      throw Problem(
        "the tensor '\(one.entry.name)' stands in more than one shard", at: next.file.path,
        expected: "each tensor once", fix: "get the shards again from one place")
    }
    var hasher = SHA256Hasher()
    hasher.update(domain)
    for (file, entry) in tensors {
      hasher.update(
        "\(entry.name)\u{0}\(entry.type.rawValue)\u{0}\(entry.shape.map(String.init).joined(separator: ","))\u{0}")
      file.hash(entry, into: &hasher)
    }
    return hasher.finish()
  }
}
