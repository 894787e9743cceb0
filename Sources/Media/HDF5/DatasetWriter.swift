import CHDF5
import Files
import Foundation
import Frames

/// Writes a native HDF5 dataset clip by clip, beside its final name; `finish` renames it, so a crash leaves no half
/// file under it.
///
/// Pixels are stored in chunks of 8 whole frames, gzip 4, compressed on all cores and written raw. One thread at a
/// time.
public final class DatasetWriter {
  /// Frames a chunk: short windows waste little, and compression still sees motion.
  static let chunkRows = 8

  public let path: String
  public let height: Int
  public let width: Int
  public let fps: FrameRate
  public let stateColumns: [String]
  /// Names of the numbers in a frame's action.
  public let actionColumns: [String]
  private let actionUnits: [String?]
  /// The rows written so far; what `Dataset.clips` will say.
  public private(set) var clips: [ClipRecord] = []

  private let output: AsideFile
  private var file: hid_t = -1
  /// Remembers the first write the disk refused.
  private var guardian: UnsafeMutablePointer<orrery_h5_guard>?
  private var pixels: hid_t = -1
  private var state: hid_t = -1
  private var action: hid_t = -1
  private var embedding: (id: hid_t, tokens: Int, width: Int)?
  private var ids: Set<String> = []
  /// Rows given so far, those still waiting for their chunk to fill, and the hashes of the chunks written.
  private var rows = 0
  private var pending: [UInt8] = []
  private var chunkHashes: [String] = []

  /// - Parameters:
  ///   - attributes: root text attributes, such as "scenario" or "optin_manifest" (a path beside the file).
  ///   - stateColumns: names of the numbers in a frame's state; with any, every clip must bring its state.
  ///   - actionColumns: names of the numbers in a frame's action; with any, every clip must bring its actions, where a
  ///     row of NaN is no action.
  ///   - actionUnits: what each of them is measured in; empty where nobody says.
  /// - Throws: `Problem` when the sizes are out of range or the file cannot be made.
  public init(
    path: String, height: Int, width: Int, fps: FrameRate, attributes: [String: String] = [:],
    stateColumns: [String] = [], actionColumns: [String] = [], actionUnits: [String?] = []
  ) throws {
    precondition(actionUnits.isEmpty || actionUnits.count == actionColumns.count, "units for other columns")
    guard (1...16384).contains(height), (1...16384).contains(width) else {
      throw Problem("frames of \(width)x\(height) cannot be stored", at: path, expected: "sides from 1 to 16384")
    }
    (self.path, self.height, self.width, self.fps, self.stateColumns) = (path, height, width, fps, stateColumns)
    (self.actionColumns, self.actionUnits) = (actionColumns, actionUnits)
    output = try AsideFile(path, kind: "dataset")
    do { try writing { try begin(attributes) } } catch {
      discard()
      throw error
    }
  }

  deinit { discard() }

  /// A call or several into libhdf5, failing as soon as the disk has refused a byte of this file.
  private func writing(_ body: () throws -> Void) throws {
    try HDF5.locked {
      let outcome = Result { try body() }
      if let code = guardian?.pointee.error, code != 0 { throw Disk.writeProblem(path, code) }
      try outcome.get()
    }
  }

  private func begin(_ attributes: [String: String]) throws {
    guardian = orrery_h5_guard_make()
    guard guardian != nil else {
      throw Problem("libhdf5 refuses a driver of ours", at: path, expected: "HDF5 1.10 as Debian 12 has it")
    }
    file = orrery_h5_create(output.aside, guardian)
    guard file >= 0 else { throw HDF5.writeProblem(path, "the dataset") }
    try HDF5.attribute(file, "fps", [fps.description], at: path)
    try HDF5.attribute(file, "format", ["orrery.dataset/1"], at: path)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where !["fps", "format"].contains(name) {
      try HDF5.attribute(file, name, [value], at: path)
    }
    pixels = try HDF5.create(
      file, "pixels", orrery_h5t_u8(), inner: [height, width, 3], chunkRows: Self.chunkRows, level: 4, at: path)
    if !actionColumns.isEmpty {
      try HDF5.attribute(file, NativeTable.noAction, ["nan"], at: path)
      action = try HDF5.create(
        file, "action", orrery_h5t_f32(), inner: [actionColumns.count], chunkRows: 256, level: 4, at: path)
      try HDF5.attribute(action, "columns", actionColumns, list: true, at: path)
      if actionUnits.contains(where: { $0 != nil }) {
        try HDF5.attribute(action, "units", actionUnits.map { $0 ?? "" }, list: true, at: path)
      }
    }
    guard !stateColumns.isEmpty else { return }
    state = try HDF5.create(
      file, "state", orrery_h5t_f32(), inner: [stateColumns.count], chunkRows: 256, level: 4, at: path)
    try HDF5.attribute(state, "columns", stateColumns, list: true, at: path)
  }

  /// Adds one clip.
  /// - Parameters:
  ///   - state: `[T][S]`, required exactly when the writer has state columns.
  ///   - textEmbedding: `tokens · width` values; either every clip has one, of the same size, or none.
  ///   - derivedFrom: one line of JSON, `{source, transform, result}`.
  /// - Throws: `Problem` when the clip does not fit the dataset or cannot be written. The file is then incomplete:
  ///   don't go on.
  public func append(
    id: String, frames: Frames, split: Split, caption: String? = nil, state: [[Float]]? = nil,
    derivedFrom: String? = nil, actions: [[Float]]? = nil,
    textEmbedding: (tokens: Int, width: Int, values: [Float])? = nil
  ) throws {
    let place = "\(path), clip '\(id)'"
    guard file >= 0 else { throw Problem("the dataset is already finished", at: place) }
    guard !id.isEmpty, !id.utf8.contains(0) else { throw Problem("a clip needs a name", at: path) }
    guard ids.insert(id).inserted else {
      throw Problem("the clip id stands twice", at: place, fix: "give every clip its own name")
    }
    guard frames.height == height, frames.width == width, frames.count > 0 else {
      throw Problem(
        "the clip is \(frames.count) frames of \(frames.width)x\(frames.height)", at: place,
        expected: "at least one frame of \(width)x\(height)")
    }
    guard state?.count ?? 0 == (stateColumns.isEmpty ? 0 : frames.count),
      state?.allSatisfy({ $0.count == stateColumns.count }) ?? true
    else {
      throw Problem(
        "the state is not [\(frames.count)][\(stateColumns.count)]", at: place,
        expected: "one row a frame, one number a column")
    }
    guard actions?.count ?? 0 == (actionColumns.isEmpty ? 0 : frames.count),
      actions?.allSatisfy({ $0.count == actionColumns.count }) ?? true
    else {
      throw Problem(
        "the actions are not [\(frames.count)][\(actionColumns.count)]", at: place,
        expected: "one row a frame, one number a column")
    }
    pending += frames.pixels
    try flush(all: false)
    if let state {
      try writing {
        try HDF5.append(
          self.state, "state", state.flatMap { $0 }, rows: rows, count: frames.count, inner: [stateColumns.count],
          at: path)
      }
    }
    if let actions, action >= 0 {
      try writing {
        try HDF5.append(
          action, "action", actions.flatMap { $0 }, rows: rows, count: frames.count, inner: [actionColumns.count],
          at: path)
      }
    }
    try write(textEmbedding, at: place)
    clips.append(
      ClipRecord(
        id: id, start: rows, frames: frames.count, split: split, framesSHA256: FrameHash.sha256(frames),
        caption: caption, derivedFrom: derivedFrom))
    rows += frames.count
  }

  private func write(_ given: (tokens: Int, width: Int, values: [Float])?, at place: String) throws {
    if let given, embedding == nil, clips.isEmpty {
      guard (1...4096).contains(given.tokens), (1...65536).contains(given.width) else {
        throw Problem("the text embedding is [\(given.tokens), \(given.width)]", at: place)
      }
      try writing {
        let id = try HDF5.create(
          file, "text_embedding", orrery_h5t_f32(), inner: [given.tokens, given.width], chunkRows: 1, level: 4, at: path
        )
        embedding = (id, given.tokens, given.width)
      }
    }
    guard given?.tokens == embedding?.tokens, given?.width == embedding?.width,
      given.map({ $0.values.count == $0.tokens * $0.width }) ?? true
    else {
      throw Problem(
        "the text embedding differs in size from the other clips'", at: place,
        expected: "one of the same size for every clip, or none at all")
    }
    guard let given, let embedding else { return }
    try writing {
      try HDF5.append(
        embedding.id, "text_embedding", given.values, rows: clips.count, count: 1, inner: [given.tokens, given.width],
        at: path)
    }
  }

  /// Changes what the clip table will say about a clip already appended: an import knows some of it only at a file's
  /// end.
  package func amend(_ clip: Int, split: Split? = nil, derivedFrom: String? = nil) {
    guard clips.indices.contains(clip) else { return }
    if let split { clips[clip].split = split }
    if let derivedFrom { clips[clip].derivedFrom = derivedFrom }
  }

  /// Compresses and writes every full chunk that waits, and with `all` the last, padded with zeros.
  private func flush(all: Bool) throws {
    let row = height * width * 3, size = Self.chunkRows * row
    var full = pending.count / size
    let valid = pending.count
    if all, valid % size > 0 {
      full += 1
      pending += [UInt8](repeating: 0, count: full * size - valid)
    }
    guard full > 0 else { return }
    let first = chunkHashes.count
    let blocks = try Deflate.compress(pending, pieces: full, of: size)
    for i in 0..<full {
      var hasher = SHA256Hasher()
      pending.withUnsafeBytes {
        hasher.update(UnsafeRawBufferPointer(rebasing: $0[i * size..<min((i + 1) * size, valid)]))
      }
      chunkHashes.append(hasher.finish())
    }
    let held = first * Self.chunkRows + min(valid / row, full * Self.chunkRows)
    try writing {
      guard H5Dset_extent(pixels, [hsize_t(held), hsize_t(height), hsize_t(width), 3]) >= 0 else {
        throw HDF5.writeProblem(path, "'pixels'")
      }
      for (i, block) in blocks.enumerated() {
        let offset = [hsize_t((first + i) * Self.chunkRows), 0, 0, 0]
        guard H5Dwrite_chunk(pixels, HDF5.defaults, 0, offset, block.count, block) >= 0 else {
          throw HDF5.writeProblem(path, "'pixels'")
        }
      }
    }
    pending.removeFirst(full * size)
  }

  /// Writes what is left and the clip table, syncs, and renames the file to its name.
  /// - Throws: `Problem` when there is no clip or the disk refuses; nothing then stands under the final name but what
  ///   stood there before.
  public func finish() throws {
    guard file >= 0 else { throw Problem("the dataset is already finished", at: path) }
    guard !clips.isEmpty else { throw Problem("the dataset would have no clips", at: path) }
    try flush(all: true)
    try writing {
      try HDF5.write(file, "ep_len", clips.map(\.frames), at: path)
      try HDF5.write(file, "ep_offset", clips.map(\.start), at: path)
      try HDF5.write(file, "clip_id", clips.map(\.id), at: path)
      try HDF5.write(file, "split", clips.map(\.split.rawValue), at: path)
      try HDF5.write(file, "frames_sha256", clips.map(\.framesSHA256), at: path)
      if clips.contains(where: { $0.caption != nil }) {
        try HDF5.write(file, "caption", clips.map { $0.caption ?? "" }, at: path)
      }
      if clips.contains(where: { $0.derivedFrom != nil }) {
        try HDF5.write(file, "derived_from", clips.map { $0.derivedFrom ?? "" }, at: path)
      }
      try HDF5.write(file, "chunk_sha256", chunkHashes, at: path)
      try HDF5.dataset(file, "chunk_sha256", at: path) { try HDF5.attribute($0, "rows", Self.chunkRows, at: path) }
      guard H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0, H5Fclose(file) >= 0 else {
        throw HDF5.writeProblem(path, "the dataset")
      }
      file = -1
    }
    try output.commit()
  }

  /// Closes and removes the temporary file, if there still is one.
  private func discard() {
    HDF5.locked {
      if file >= 0 { H5Fclose(file) }
      orrery_h5_guard_free(guardian)
    }
    (file, guardian) = (-1, nil)
    output.discard()
  }
}
