import CHDF5
import Files
import Frames

/// Everything about a native HDF5 file except its pixels, read and cross-checked once.
///
/// Native means columns over frames (`pixels` and friends) and `ep_len`, `ep_offset` over clips; stable-worldmodel
/// writes the same with fewer columns. What such a file leaves out is assumed, and each assumption becomes a note.
package struct NativeTable {
  package var height = 0, width = 0, rows = 0
  package var fps = FrameRate(24)
  package var clips: [ClipRecord] = []
  package var attributes: [String: String] = [:]
  package var stateColumns: [String] = [], actionColumns: [String] = []
  /// Tokens and width of `text_embedding`, when there is one.
  package var embedding: (tokens: Int, width: Int)?
  /// SHA-256 of each run of `hashRows` rows; empty when the file carries none.
  var chunkHashes: [String] = []
  var hashRows = 8
  package var notes: [String] = []

  /// Runs inside `HDF5.locked`.
  package init(_ file: hid_t, at path: String) throws {
    try HDF5.dataset(file, "pixels", at: path) { id in
      let shape = try HDF5.check(id, "pixels", at: path, rank: 4, kind: .bytes)
      guard shape[3] == 3, (1...16384).contains(shape[1]), (1...16384).contains(shape[2]), shape[0] <= 1 << 40 else {
        throw Problem(
          "'pixels' has the shape \(shape)", at: path, expected: "(frames, height, width, 3), sides from 1 to 16384")
      }
      (rows, height, width) = (shape[0], shape[1], shape[2])
    }
    try readAttributes(file, at: path)
    try readClips(file, at: path)
    stateColumns = try floatColumns(file, "state", at: path)
    actionColumns = try floatColumns(file, "action", at: path)
    try readEmbedding(file, at: path)
    try readChunkHashes(file, at: path)
  }

  private mutating func readAttributes(_ file: hid_t, at path: String) throws {
    for name in HDF5.attributeNames(file) {
      if let values = try HDF5.attribute(file, name, at: path), values.count == 1 { attributes[name] = values[0] }
    }
    guard let text = attributes.removeValue(forKey: "fps") else {
      notes.append("the file does not say its frame rate; \(fps) is assumed")
      return
    }
    guard let rate = FrameRate(parsing: text) else {
      throw Problem("the attribute fps is '\(text)'", at: path, expected: "a number or a fraction such as \"24/1\"")
    }
    fps = rate
  }

  private mutating func readClips(_ file: hid_t, at path: String) throws {
    let lengths = try HDF5.integers(file, "ep_len", at: path), offsets = try HDF5.integers(file, "ep_offset", at: path)
    let count = lengths.count
    func inconsistent(_ what: String) -> Problem {
      Problem(what, at: path, fix: "write the file again; its clip table is damaged")
    }
    guard offsets.count == count else { throw inconsistent("ep_len has \(count) rows and ep_offset \(offsets.count)") }
    for i in 0..<count {
      guard lengths[i] >= 0, offsets[i] >= 0, lengths[i] <= rows, offsets[i] <= rows - lengths[i] else {
        throw inconsistent(
          "clip \(i) claims \(lengths[i]) frames from row \(offsets[i]), but 'pixels' has \(rows) rows")
      }
    }
    let order = (0..<count).sorted { offsets[$0] < offsets[$1] }
    for (a, b) in zip(order, order.dropFirst()) where offsets[a] + lengths[a] > offsets[b] {
      throw inconsistent("clips \(a) and \(b) overlap in 'pixels'")
    }
    func texts(_ name: String) throws -> [String]? {
      guard HDF5.has(file, name) else { return nil }
      let values = try HDF5.strings(file, name, at: path)
      guard values.count == count else { throw inconsistent("'\(name)' has \(values.count) rows for \(count) clips") }
      return values
    }
    let ids =
      try texts("clip_id")
      ?? (0..<count).map {
        let digits = String($0); return "episode_" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      }
    guard Set(ids).count == count else {
      let twice = Dictionary(grouping: ids, by: { $0 }).first { $0.value.count > 1 }?.key ?? ""
      throw inconsistent("the clip id '\(twice)' stands twice")
    }
    let splits = try texts("split"), captions = try texts("caption"), hashes = try texts("frames_sha256"),
      origins = try texts("derived_from")
    if !HDF5.has(file, "clip_id") {
      notes.append("clips have no ids; they are named episode_000000, episode_000001, …")
    }
    if splits == nil { notes.append("the file has no split; every clip is for training") }
    if hashes == nil { notes.append("clips carry no content hash; damage cannot be noticed") }
    clips = try (0..<count).map { i in
      guard let split = splits.map({ Split(rawValue: $0[i]) }) ?? .train else {
        throw Problem(
          "the split of clip '\(ids[i])' is '\(splits?[i] ?? "")'", at: path, expected: "train or validation")
      }
      func some(_ texts: [String]?) -> String? { texts.flatMap { $0[i].isEmpty ? nil : $0[i] } }
      return ClipRecord(
        id: ids[i], start: offsets[i], frames: lengths[i], split: split, framesSHA256: hashes?[i] ?? "",
        caption: some(captions), derivedFrom: some(origins))
    }
  }

  /// Names of a `(rows, S)` column's S numbers: its attribute `columns` (a list, or one text with commas), else name0,
  /// name1, …
  private mutating func floatColumns(_ file: hid_t, _ name: String, at path: String) throws -> [String] {
    guard HDF5.has(file, name) else { return [] }
    return try HDF5.dataset(file, name, at: path) { id in
      let shape = try HDF5.check(id, name, at: path, rank: 2, kind: .floats)
      guard shape[0] == rows, (1...65536).contains(shape[1]) else {
        throw Problem(
          "'\(name)' has the shape \(shape)", at: path, expected: "(\(rows), S), one row a frame of 'pixels'")
      }
      var names = try HDF5.attribute(id, "columns", at: path) ?? []
      if names.count == 1, shape[1] > 1 {
        names = names[0].split(separator: ",").map { $0.trimmingPrefix(while: { $0 == " " }) }.map(String.init)
      }
      if names.count == shape[1] { return names }
      if !names.isEmpty {
        notes.append("'\(name)' has \(shape[1]) columns but names \(names.count); they are numbered instead")
      }
      return (0..<shape[1]).map { "\(name)\($0)" }
    }
  }

  private mutating func readEmbedding(_ file: hid_t, at path: String) throws {
    guard HDF5.has(file, "text_embedding") else { return }
    try HDF5.dataset(file, "text_embedding", at: path) { id in
      let shape = try HDF5.check(id, "text_embedding", at: path, rank: 3, kind: .floats)
      guard shape[0] == clips.count, (1...4096).contains(shape[1]), (1...65536).contains(shape[2]) else {
        throw Problem(
          "'text_embedding' has the shape \(shape)", at: path,
          expected: "(\(clips.count), tokens, width), one row a clip")
      }
      embedding = (shape[1], shape[2])
    }
  }

  private mutating func readChunkHashes(_ file: hid_t, at path: String) throws {
    guard HDF5.has(file, "chunk_sha256") else { return }
    chunkHashes = try HDF5.strings(file, "chunk_sha256", at: path)
    try HDF5.dataset(file, "chunk_sha256", at: path) { id in
      if let text = try HDF5.attribute(id, "rows", at: path)?.first { hashRows = Int(text) ?? 0 }
    }
    guard (1...65536).contains(hashRows), chunkHashes.count == (rows + hashRows - 1) / hashRows else {
      throw Problem(
        "'chunk_sha256' has \(chunkHashes.count) hashes of \(hashRows) rows for \(rows) rows of 'pixels'", at: path,
        fix: "write the file again; its hashes do not belong to its pixels")
    }
  }
}
