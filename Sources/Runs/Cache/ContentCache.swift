import Files
import Foundation

/// What costs more to make than to read, kept by what it was made of: a folder of safetensors files, an entry each.
///
/// An entry's name is the content it belongs to (a clip's hash, so that a withdrawn grant removes it) and a key over
/// everything it follows from. It is checked when it is read, renamed into place when it is whole, and the one that was
/// not read for longest goes first when there is no room.
package struct ContentCache: Sendable {
  package let folder: String
  /// Most bytes all entries may have.
  package let limit: Int

  /// What a runs folder's cache is called.
  package static let name = ".cache"

  package init(runs: String, limit: Int) { (folder, self.limit) = (runs + "/" + Self.name, limit) }

  /// One file of it.
  package struct Entry: Sendable {
    package let path: String, content: String, bytes: Int
    /// Seconds since 1970 of the last time it was read.
    package let read: Double
  }

  /// SHA-256 over parts, each with its length before it.
  package static func key(_ parts: [String]) -> String {
    Hashing.sha256(parts.map { "\($0.utf8.count):\($0)" }.joined())
  }

  private func path(_ content: String, _ key: String) -> String {
    folder + "/" + content.prefix(32) + "-" + key.prefix(48) + ".safetensors"
  }

  /// The tensor that was kept, or nil: none was, or what is there is damaged, and then it is removed.
  package func floats(content: String, key: String) -> (shape: [Int], values: [Float])? {
    let path = path(content, key)
    guard Disk.exists(path) else { return nil }
    guard let file = try? Safetensors(path: path), file[metadata: "key"] == key,
      file[metadata: "sha256"] == file.bufferHash, let tensor = try? file.floats("latents")
    else {
      try? FileManager.default.removeItem(atPath: path)
      return nil
    }
    // When it was read last stands in the file's own time.
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
    return tensor
  }

  /// - Parameters:
  ///   - facts: what people may want to know of it; `key` and `sha256` are added.
  /// - Throws: `Problem` when there is no room on the disk; nothing half-written stays.
  package func keep(
    _ values: UnsafeBufferPointer<Float>, _ shape: [Int], content: String, key: String, _ facts: [(String, String)]
  ) throws {
    let bytes = values.count * 4
    guard bytes < limit else { return }
    try makeRoom(bytes)
    do {
      var hasher = SHA256Hasher()
      hasher.update(UnsafeRawBufferPointer(values))
      let hash = hasher.finish()
      try Safetensors.write(
        [.init("latents", shape, values)], metadata: facts + [("key", key), ("sha256", hash)], to: path(content, key))
    } catch let problem as Problem {
      throw Problem(
        "there is no room for what is kept between runs: \(problem.what)", at: folder,
        expected: "\(Text.bytes(bytes)) more", fix: "free some, or say --cache-gb 0")
    }
  }

  /// Every entry. Files of other names are passed over.
  package func entries() -> [Entry] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
    return names.sorted().compactMap { name in
      let parts = name.split(separator: "-")
      guard parts.count == 2, name.hasSuffix(".safetensors"), parts[0].count == 32 else { return nil }
      let path = folder + "/" + name
      guard let facts = try? FileManager.default.attributesOfItem(atPath: path), let size = facts[.size] as? Int else {
        return nil
      }
      let read = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return Entry(path: path, content: String(parts[0]), bytes: size, read: read)
    }
  }

  /// Removes what belongs to these contents. - Returns: entries removed.
  @discardableResult package func forget(_ contents: some Sequence<String>) -> Int {
    let gone = Set(contents.map { String($0.prefix(32)) })
    guard !gone.isEmpty else { return 0 }
    return remove(entries().filter { gone.contains($0.content) })
  }

  /// Removes what was not read for longest until no more than `bytes` are left. - Returns: entries removed.
  @discardableResult package func prune(to bytes: Int) -> Int {
    var all = entries().sorted { ($0.read, $0.path) < ($1.read, $1.path) }[...], left = all.reduce(0) { $0 + $1.bytes }
    var gone: [Entry] = []
    while left > bytes, let oldest = all.popFirst() {
      left -= oldest.bytes
      gone.append(oldest)
    }
    return remove(gone)
  }

  private func makeRoom(_ bytes: Int) throws {
    try Disk.makeFolder(folder)
    let used = entries().reduce(0) { $0 + $1.bytes }
    if used + bytes > limit { prune(to: limit - bytes) }
  }

  private func remove(_ entries: [Entry]) -> Int {
    entries.count { (try? FileManager.default.removeItem(atPath: $0.path)) != nil }
  }
}
