import Files
import Frames

/// Everything about a native HDF5 file except its pixels, read and cross-checked once.
///
/// Native means columns over frames (`pixels` and friends) and `ep_len`, `ep_offset` over clips; stable-worldmodel
/// writes the same with fewer columns. What such a file leaves out is assumed, and each assumption becomes a note.
package struct NativeTable {
  package var height = 0, width = 0, rows = 0
  package var fps = FrameRate(24)
  /// Whether the file says its rate.
  package private(set) var isRateSaid = true
  /// Whether another program wrote it: its clips have no names, and an action may be none.
  package private(set) var isBare = false
  /// Whether a row of NaN is a frame without an action, and no mistake.
  package private(set) var mayLackActions = false
  /// The root attribute that says so.
  static let noAction = "no_action"
  package var clips: [ClipRecord] = []
  package var attributes: [String: String] = [:]
  package var stateColumns: [String] = [], actionColumns: [String] = []
  /// What each is measured in, where the file says it; else empty.
  package private(set) var actionUnits: [String?] = []
  /// Tokens and width of `text_embedding`, when there is one.
  package var embedding: (tokens: Int, width: Int)?
  /// SHA-256 of each run of `hashRows` rows; empty when the file carries none.
  var chunkHashes: [String] = []
  var hashRows = 8
  package var notes: [String] = []

  /// How the pixels lie in the file.
  package private(set) var pixels = StoredColumn()

  private static let texts = ["clip_id", "split", "caption", "frames_sha256", "derived_from"]
  private static let names =
    ["pixels", "ep_len", "ep_offset", "chunk_sha256", "state", "action", "text_embedding"] + texts

  package init(_ file: HDF5File) throws { try self.init(file, Self.look(file)) }

  /// What the file says of the columns there may be.
  static func look(_ file: HDF5File) throws -> StoredFile {
    try file.describe(names, lists: ["columns", "rows", "units"], root: true)
  }

  init(_ file: HDF5File, _ stored: StoredFile) throws {
    let columns = stored.columns, path = file.path
    pixels = columns["pixels"] ?? StoredColumn()
    var found = pixels
    if case .elsewhere = pixels.place {
      // A link: it says what it is where it leads.
      pixels = try PixelView.linked(pixels, from: file)
      found = pixels
      found.place = .here
    }
    let shape = try file.shape("pixels", found, rank: 4, .bytes)
    guard shape[3] == 3, (1...16384).contains(shape[1]), (1...16384).contains(shape[2]), shape[0] <= 1 << 40 else {
      throw Problem(
        "'pixels' has the shape \(shape)", at: path, expected: "(frames, height, width, 3), sides from 1 to 16384")
    }
    (rows, height, width) = (shape[0], shape[1], shape[2])
    try readAttributes(stored, at: path)
    try readClips(file, columns)
    stateColumns = try floatColumns(file, "state", columns)
    actionColumns = try floatColumns(file, "action", columns)
    if let units = columns["action"]?.lists["units"], !units.isEmpty {
      if units.count == actionColumns.count {
        actionUnits = units.map { $0.isEmpty ? nil : $0 }
      } else {
        notes.append("'action' has \(actionColumns.count) columns and \(units.count) units, which are left out")
      }
    }
    try readEmbedding(file, columns)
    try readChunkHashes(file, columns)
    noteGaps()
  }

  private mutating func readAttributes(_ stored: StoredFile, at path: String) throws {
    attributes = stored.attributes
    mayLackActions = attributes[Self.noAction] == "nan"
    if stored.attributeCount > attributes.count + 100 {
      notes.append("the file has \(stored.attributeCount) attributes; \(attributes.count) of them are read")
    }
    guard let text = attributes.removeValue(forKey: "fps") else {
      notes.append(Self.noRate(fps))
      isRateSaid = false
      return
    }
    guard let rate = FrameRate(parsing: text) else {
      throw Problem("the attribute fps is '\(text)'", at: path, expected: "a number or a fraction such as \"24/1\"")
    }
    fps = rate
  }

  /// The rate as a person says it.
  mutating func say(_ rate: FrameRate) {
    if !isRateSaid { notes.removeAll { $0 == Self.noRate(fps) } }
    (fps, isRateSaid) = (rate, true)
  }

  private static func noRate(_ assumed: FrameRate) -> String {
    "the file does not say its frame rate; \(assumed) is assumed"
  }

  private mutating func readClips(_ file: HDF5File, _ columns: [String: StoredColumn]) throws {
    let path = file.path
    // A clip has frames, or is one of a few that were begun and left.
    let claimed = columns["ep_len"]?.shape.first ?? 0
    guard claimed <= rows + 4096 else { throw file.tooLarge("ep_len", "\(claimed) clips of \(rows) frames") }
    let lengths = try file.integers("ep_len", columns["ep_len"]),
      offsets = try file.integers("ep_offset", columns["ep_offset"])
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
      guard let column = columns[name], column.isPresent else { return nil }
      let values = try file.strings(
        name, column, most: name == "clip_id" ? HDF5File.mostNameBytes : HDF5File.mostTextBytes)
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
    if columns["clip_id"]?.isPresent != true {
      isBare = attributes["format"] == nil
      mayLackActions = mayLackActions || isBare
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
  private mutating func floatColumns(
    _ file: HDF5File, _ name: String, _ columns: [String: StoredColumn]
  ) throws -> [String] {
    guard let column = columns[name], column.isPresent else { return [] }
    let shape = try file.shape(name, column, rank: 2, .floats)
    guard shape[0] == rows, (1...65536).contains(shape[1]) else {
      throw Problem(
        "'\(name)' has the shape \(shape)", at: file.path, expected: "(\(rows), S), one row a frame of 'pixels'")
    }
    try file.backed(name, column)
    var names = column.lists["columns"] ?? []
    if names.count == 1, shape[1] > 1 {
      names = names[0].split(separator: ",").map { $0.trimmingPrefix(while: { $0 == " " }) }.map(String.init)
    }
    if names.count == shape[1] { return names }
    if !names.isEmpty {
      notes.append("'\(name)' has \(shape[1]) columns but names \(names.count); they are numbered instead")
    }
    return (0..<shape[1]).map { "\(name)\($0)" }
  }

  private mutating func readEmbedding(_ file: HDF5File, _ columns: [String: StoredColumn]) throws {
    guard let column = columns["text_embedding"], column.isPresent else { return }
    let shape = try file.shape("text_embedding", column, rank: 3, .floats)
    guard shape[0] == clips.count, (1...4096).contains(shape[1]), (1...65536).contains(shape[2]) else {
      throw Problem(
        "'text_embedding' has the shape \(shape)", at: file.path,
        expected: "(\(clips.count), tokens, width), one row a clip")
    }
    try file.backed("text_embedding", column)
    embedding = (shape[1], shape[2])
  }

  private mutating func readChunkHashes(_ file: HDF5File, _ columns: [String: StoredColumn]) throws {
    guard let column = columns["chunk_sha256"], column.isPresent else { return }
    chunkHashes = try file.strings("chunk_sha256", column, most: HDF5File.mostNameBytes)
    if let text = column.lists["rows"]?.first { hashRows = Int(text) ?? 0 }
    guard (1...65536).contains(hashRows), chunkHashes.count == (rows + hashRows - 1) / hashRows else {
      throw Problem(
        "'chunk_sha256' has \(chunkHashes.count) hashes of \(hashRows) rows for \(rows) rows of 'pixels'",
        at: file.path,
        fix: "write the file again; its hashes do not belong to its pixels")
    }
  }

  /// Rows that a recorder left unwritten read as black frames: they are named, and reading them is an error.
  private mutating func noteGaps() {
    for gap in pixels.gaps.prefix(8) {
      let hit = clips.filter { $0.start < gap.upperBound && $0.start + $0.frames > gap.lowerBound }
      let names = hit.prefix(3).map { clip in
        let isEmpty = clip.start >= gap.lowerBound && clip.start + clip.frames <= gap.upperBound
        return "clip '\(clip.id)' is \(isEmpty ? "empty" : "incomplete")"
      }
      notes.append(
        "rows \(gap.lowerBound) to \(gap.upperBound) of 'pixels' were never written"
          + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
          + (hit.count > 3 ? " and \(hit.count - 3) clips more" : ""))
    }
    if pixels.gaps.count > 8 { notes.append("\(pixels.gaps.count - 8) more runs of rows were never written") }
  }
}
