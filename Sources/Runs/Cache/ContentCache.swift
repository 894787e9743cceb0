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

  /// Whose an entry is: a clip's own hash, or where it has none, its name and file.
  package static func content(_ hash: String, clip: String, of dataset: String) -> String {
    hash.isEmpty ? key([Disk.absolute(dataset), clip]) : hash
  }

  /// Whether there is no folder yet.
  package var isEmpty: Bool { !Disk.isFolder(folder) }

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
    whole(content, key) { try $0.floats(Self.tensor) }
  }

  /// The bytes that were kept; likewise.
  package func bytes(content: String, key: String) -> [UInt8]? {
    whole(content, key) { try $0.bytes(Self.tensor).values }
  }

  /// What an entry's one tensor is called.
  private static let tensor = "latents"

  private func whole<T>(_ content: String, _ key: String, _ read: (Safetensors) throws -> T) -> T? {
    let path = path(content, key)
    guard Disk.exists(path) else { return nil }
    guard let file = try? Safetensors(path: path), file[metadata: "key"] == key,
      file[metadata: "sha256"] == file.bufferHash, let found = try? read(file)
    else {
      try? FileManager.default.removeItem(atPath: path)
      return nil
    }
    // When it was read last stands in the file's own time.
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
    return found
  }

  /// - Parameters:
  ///   - facts: what people may want to know of it; `key` and `sha256` are added.
  /// - Throws: `Problem` when there is no room on the disk; nothing half-written stays.
  package func keep(
    _ values: UnsafeBufferPointer<Float>, _ shape: [Int], content: String, key: String, _ facts: [(String, String)]
  ) throws {
    try keep(UnsafeRawBufferPointer(values), .F32, shape, content, key, facts)
  }

  package func keep(bytes: [UInt8], content: String, key: String, _ facts: [(String, String)]) throws {
    try bytes.withUnsafeBytes { try keep($0, .U8, [bytes.count], content, key, facts) }
  }

  private func keep(
    _ values: UnsafeRawBufferPointer, _ type: Safetensors.ElementType, _ shape: [Int], _ content: String, _ key: String,
    _ facts: [(String, String)]
  ) throws {
    guard values.count < limit else { return }
    do {
      try makeRoom(values.count)
      var hasher = SHA256Hasher()
      hasher.update(values)
      try SafetensorsWriter.write(
        [.init(Self.tensor, type, shape)], metadata: facts + [("key", key), ("sha256", hasher.finish())],
        to: path(content, key)
      ) { _, write in try write(values) }
    } catch let problem as Problem {
      throw Problem(
        "what was made cannot be kept: \(problem.what)", at: problem.place ?? folder, expected: problem.expected,
        fix: (problem.fix.map { $0 + "; " } ?? "") + "or keep nothing: --cache-gb 0")
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
    sweep()
    var all = entries().sorted { ($0.read, $0.path) < ($1.read, $1.path) }[...], left = all.reduce(0) { $0 + $1.bytes }
    var gone: [Entry] = []
    while left > bytes, let oldest = all.popFirst() {
      left -= oldest.bytes
      gone.append(oldest)
    }
    return remove(gone)
  }

  private func makeRoom(_ bytes: Int) throws {
    if isEmpty {
      try Disk.makeFolder(folder)
      // What was footage is not for everybody on the machine.
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
    }
    let used = entries().reduce(0) { $0 + $1.bytes }
    guard used + bytes > limit else { return }
    // A tenth at once, so that a full folder is not looked through for every entry.
    prune(to: max(0, limit - limit / 10 - bytes))
  }

  /// What a killed process left half written, of an hour ago or more.
  private func sweep() {
    for name in Disk.names(folder) where name.hasPrefix(".") && name.hasSuffix(".part") {
      let path = folder + "/" + name, facts = try? FileManager.default.attributesOfItem(atPath: path)
      guard let written = facts?[.modificationDate] as? Date, written.timeIntervalSinceNow < -3600 else { continue }
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  private func remove(_ entries: [Entry]) -> Int {
    entries.count { (try? FileManager.default.removeItem(atPath: $0.path)) != nil }
  }
}
