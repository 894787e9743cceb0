import Files
import Foundation
import Frames
import Synchronization

/// A dataset of clips, opened for reading: native HDF5, or a file of another layout read as it lies (`ClipTable`).
///
/// Pixels are checked before they are handed out: on a clip's first read, all of it against its own `framesSHA256`, the
/// hash a consent manifest grants; where a file has none, each run of rows against `chunk_sha256`. Safe to use from
/// many threads. Decoded chunks are kept for a while, so windows that overlap cost little; what is read again is held
/// against what was hashed (`RowTags`).
public final class Dataset: Sendable {
  public let path: String
  public let height: Int
  public let width: Int
  public let fps: FrameRate
  public let clips: [ClipRecord]
  /// Root attributes other than `fps`: "scenario", "optin_manifest", …
  public let attributes: [String: String]
  /// Names of the numbers in a frame's state; empty when there is no state.
  public let stateColumns: [String]
  /// Names of the numbers in a frame's action; empty when there are none.
  public let actionColumns: [String]
  /// What each is measured in, nil where the file does not say; empty where it says nothing.
  public let actionUnits: [String?]
  /// What the file did not say and was assumed, and what about its storage is slow; for `dataset inspect`.
  public let notes: [String]

  /// How the clips of another layout were found; nil in the native one.
  package let found: ClipTable?
  /// What a person said of it, now or before.
  public let reading: Reading
  /// Whether the file or a person says the rate; else `fps` is an assumption.
  public let isRateSaid: Bool

  enum Storage: Sendable {
    case native(HDF5File, PixelRows)
    case found(FoundRows)
  }

  let storage: Storage
  /// Whether another program wrote the native columns: an action may be none.
  let isBare: Bool
  let mayLackActions: Bool
  let embedding: (tokens: Int, width: Int)?
  private let chunkHashes: [String]
  private let hashRows: Int
  private let trusted: Mutex<Trusted>
  /// What clips bring beside their frames, as far as it was hashed.
  let knownConditioning = Mutex<[Int: ClipConditioning]>([:])
  /// What columns of numbers were when they were first read.
  let columnTags: [String: RowTags]

  /// What has been hashed and found good since the file was opened.
  private struct Trusted { var chunks: [Bool]; var clips: [Bool] }

  /// Bytes of decoded chunks kept when nobody says otherwise.
  public static let cacheBytes = 256 << 20

  /// - Parameters:
  ///   - reading: what a person says of the file; what was said before is kept beside it.
  ///   - cacheBytes: most that decoded chunks may take; 0 keeps none.
  /// - Throws: `Problem` for a missing, empty, truncated or unknown file, a missing or mistyped column, a clip table
  ///   that contradicts itself, or a compression filter that is not known.
  public convenience init(path: String, reading: Reading = Reading(), cacheBytes: Int = Dataset.cacheBytes) throws {
    if Disk.isFolder(path) {
      let said = reading.over(try KeptReading.read(for: path))
      let (table, cache) = try FolderLayouts.read(path, said, cacheBytes: cacheBytes)
      try self.init(table, cache, path: path, said, attributes: [:])
      return
    }
    let file = try HDF5File(path), said = reading.over(try KeptReading.read(for: path)),
      look = try NativeTable.look(file)
    guard try Dataset.isNative(look, file, said) else {
      let layout = try LayoutFile(file, said, cacheBytes: cacheBytes)
      try self.init(try HDF5Layouts.chosen(layout), layout.cache, path: path, said, attributes: look.attributes)
      return
    }
    var table = try NativeTable(file, look)
    // A rate that is no number names an attribute.
    if let fps = said.fps, let rate = try FrameRate(parsing: fps) ?? LayoutFile(file, said, cacheBytes: 0).saidRate() {
      table.say(rate)
    }
    try self.init(file, table, path: path, said, cacheBytes: cacheBytes)
  }

  /// Whether the file has the native columns, and nothing that only another layout's reader knows.
  static func isNative(_ look: StoredFile, _ file: HDF5File, _ said: Reading) throws -> Bool {
    let columns = look.columns
    func has(_ name: String) -> Bool { columns[name]?.isPresent ?? false }
    guard has("pixels"), has("ep_len") else {
      // Half a native file is a damaged one.
      if has("pixels") || has("ep_offset") || has("clip_id") || look.attributes["format"] != nil { return true }
      return try file.isEmptyGroup()
    }
    guard !has("clip_id"), look.attributes["format"] == nil, let pixels = columns["pixels"], pixels.place == .here
    else {
      return true
    }
    if said.isMoreThanRate { return false }
    guard pixels.filters.allSatisfy({ [1, 2, 3, 5, 6].contains($0.number) }) else { return false }
    return try !file.hasViews()
  }

  /// A file of another layout. - Throws: `Problem` when clips bring actions of two widths.
  init(
    _ table: ClipTable, _ cache: BlockCache?, path: String, _ said: Reading, attributes: [String: String]
  ) throws {
    reading = said
    let rows = FoundRows(table, cache, path: path), first = table.clips[0]
    (self.path, found, storage, isBare, mayLackActions) = (path, table, .found(rows), false, true)
    (height, width) = (first.pictures.height, first.pictures.width)
    let rates = table.clips.compactMap(\.fps)
    isRateSaid = rates.count == table.clips.count && rates.allSatisfy { $0 == rates[0] }
    fps = rates.first ?? FrameRate(24)
    self.attributes = attributes
    (clips, actionColumns) = try (table.records(at: path), table.actionNames(at: path))
    (stateColumns, actionUnits, embedding, chunkHashes, hashRows) = ([], [], nil, [], 8)
    notes = table.notes
    columnTags = ["action": RowTags()]
    trusted = Mutex(Trusted(chunks: [], clips: Array(repeating: false, count: table.clips.count)))
  }

  private init(
    _ file: HDF5File, _ table: NativeTable, path: String, _ said: Reading, cacheBytes: Int
  ) throws {
    reading = said
    let rows = try PixelRows(
      file, "pixels", table.pixels, rows: table.rows, height: table.height, width: table.width, cacheBytes: cacheBytes)
    self.path = path
    (storage, found) = (.native(file, rows), nil)
    (isRateSaid, isBare, mayLackActions) = (table.isRateSaid, table.isBare, table.mayLackActions)
    (height, width, fps, clips) = (table.height, table.width, table.fps, table.clips)
    (attributes, stateColumns, actionColumns) = (table.attributes, table.stateColumns, table.actionColumns)
    actionUnits = table.actionUnits
    (embedding, chunkHashes, hashRows) = (table.embedding, table.chunkHashes, table.hashRows)
    notes = table.notes + rows.notes
    columnTags = ["text_embedding": RowTags(), "state": RowTags(), "action": RowTags()]
    trusted = Mutex(
      Trusted(
        chunks: Array(repeating: false, count: table.chunkHashes.count),
        clips: Array(repeating: false, count: table.clips.count)))
  }

  /// The same file where clips that carry no hash are held to those given, by name, as if the file listed them: a file
  /// of another program has no hashes, and a manifest may vouch for its content. What was read stays read.
  package func holding(_ hashes: [String: String]) -> Dataset {
    let held = clips.map { clip -> ClipRecord in
      guard clip.framesSHA256.isEmpty, let hash = hashes[clip.id] else { return clip }
      var clip = clip
      clip.framesSHA256 = hash
      return clip
    }
    return held == clips ? self : Dataset(self, held)
  }

  private init(_ other: Dataset, _ clips: [ClipRecord]) {
    (path, height, width, fps, self.clips) = (other.path, other.height, other.width, other.fps, clips)
    (attributes, stateColumns, actionColumns, notes) = (
      other.attributes, other.stateColumns, other.actionColumns, other.notes
    )
    actionUnits = other.actionUnits
    (storage, found, isRateSaid, isBare) = (other.storage, other.found, other.isRateSaid, other.isBare)
    (reading, mayLackActions) = (other.reading, other.mayLackActions)
    (embedding, chunkHashes, hashRows) = (other.embedding, other.chunkHashes, other.hashRows)
    trusted = Mutex(
      Trusted(
        chunks: Array(repeating: false, count: chunkHashes.count), clips: Array(repeating: false, count: clips.count)))
    columnTags = other.columnTags
  }

  /// Tokens and features of the dataset's own text embeddings, when it has them.
  public var textEmbeddingShape: (tokens: Int, width: Int)? { embedding.map { ($0.tokens, $0.width) } }

  /// The attribute `optin_manifest`, resolved beside the file; without one, `<name>.optin.json` beside it when that is
  /// there.
  public var manifestPath: String? {
    guard let name = attributes["optin_manifest"], !name.isEmpty else {
      let beside =
        (Disk.isFolder(path) ? (path as NSString).standardizingPath : (path as NSString).deletingPathExtension)
        + ".optin.json"
      return Disk.exists(beside) ? beside : nil
    }
    if name.hasPrefix("/") { return name }
    return ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(name)
  }

  public func index(of id: String) -> Int? { clips.firstIndex { $0.id == id } }

  /// Frames `range` of a clip, counted from the clip's first.
  /// - Throws: `Problem` naming the clip when the range is outside it or its bytes are not those that were hashed.
  public func frames(_ clip: Int, _ range: Range<Int>) throws -> Frames {
    let record = try record(clip)
    guard range.lowerBound >= 0, range.upperBound <= record.frames else {
      throw Problem(
        "frames \(range.lowerBound) to \(range.upperBound) were asked of a clip of \(record.frames)", at: place(record))
    }
    let wanted = record.start + range.lowerBound..<record.start + range.upperBound, (height, width) = size(of: clip)
    guard !wanted.isEmpty else { return Frames(count: 0, height: height, width: width, pixels: [], fps: fps) }
    try check(clip, wanted)
    let size = wanted.count.multipliedReportingOverflow(by: height * width * 3)
    guard !size.overflow, size.partialValue <= 1 << 33 else {
      throw Problem(
        "\(wanted.count) frames are too many to read at once", at: place(record), expected: "at most 8 GiB of them")
    }
    let pixels = try placed(record) {
      try [UInt8](unsafeUninitializedCapacity: size.partialValue) { out, count in
        let room = UnsafeMutableRawBufferPointer(start: out.baseAddress, count: size.partialValue)
        switch storage {
        case .native(_, let rows): try rows.read(wanted, into: room)
        case .found(let rows): try rows.read(clip, range, into: room)
        }
        count = size.partialValue
      }
    }
    return Frames(count: wanted.count, height: height, width: width, pixels: pixels, fps: fps)
  }

  /// What reading pixels has cost so far, over all threads.
  public var costs: ReadCosts { meter.costs }

  private var meter: ReadMeter {
    switch storage {
    case .native(_, let rows): rows.meter
    case .found(let rows): rows.meter
    }
  }

  /// Height and width of a clip's frames; clips of several cameras may have several.
  package func size(of clip: Int) -> (height: Int, width: Int) {
    found.map { ($0.clips[clip].pictures.height, $0.clips[clip].pictures.width) } ?? (height, width)
  }

  /// - Throws: `Problem` when nobody says how many frames a second there are. The native layout's files have 24 where
  ///   they do not say.
  package func requireRate() throws {
    guard isRateSaid || found == nil && !isBare else {
      throw Problem(
        "the file does not say its frame rate", at: path, expected: "a rate, asked once and kept beside the file",
        fix: "say it: orrery dataset inspect \(Shell.quoted(path)) --read fps=RATE")
    }
  }

  /// The same, or when frames have several sizes.
  package func requireOneRateAndSize() throws {
    try requireRate()
    for clip in clips.indices where size(of: clip) != (height, width) {
      let other = size(of: clip)
      throw Problem(
        "its clips have frames of two sizes: '\(clips[0].id)' \(width)x\(height), '\(clips[clip].id)' \(other.width)x\(other.height)",
        at: path, fix: "choose one camera: --read camera=NAME")
    }
  }

  /// What helps who needs frames of another size: footage is imported anew, another program's dataset is as it is.
  package func resizing(width: Int, height: Int) -> String {
    found == nil
      ? "import the footage with --size \(width)x\(height)"
      : "its frames are used as they lie: write it at \(width)x\(height) with the program that made it, or use a model of \(self.width)x\(self.height)"
  }

  /// The rate, where it is not an assumption.
  var knownRate: FrameRate? { isRateSaid || found == nil ? fps : nil }

  /// Bytes of decoded chunks held now.
  public var cachedBytes: Int {
    switch storage {
    case .native(_, let rows): rows.cachedBytes
    case .found(let rows): rows.cachedBytes
    }
  }

  /// Hashes the whole clip against `framesSHA256`, in pieces, whatever was checked before.
  /// - Throws: `Problem` naming the clip when the hash differs or the file carries none.
  public func verify(_ clip: Int) throws {
    let record = try record(clip)
    guard !record.framesSHA256.isEmpty else {
      throw Problem(
        "the file carries no content hash for this clip", at: place(record),
        fix: "a consent manifest lists hashes: orrery consent init")
    }
    guard try sha256(clip) == record.framesSHA256 else { throw tampered(record, in: badRun(record)) }
    trusted.withLock { $0.clips[clip] = true }
  }

  /// `FrameHash` of a clip as it lies in the file, computed piece by piece.
  public func sha256(_ clip: Int) throws -> String {
    let record = try record(clip)
    let (height, width) = size(of: clip)
    var hasher = FrameHash.begin(width: width, height: height, count: record.frames)
    try placed(record) {
      switch storage {
      case .native(_, let rows):
        try rows.visit(record.start..<record.start + record.frames) { piece, _ in
          rows.meter.time(\.verify) { hasher.update(piece) }
        }
      case .found(let rows):
        try rows.visit(clip, 0..<record.frames) { piece in rows.meter.time(\.verify) { hasher.update(piece) } }
      }
    }
    return hasher.finish()
  }

  func record(_ clip: Int) throws -> ClipRecord {
    guard clips.indices.contains(clip) else {
      throw Problem("there is no clip \(clip); the file has \(clips.count)", at: path)
    }
    return clips[clip]
  }

  private func place(_ record: ClipRecord) -> String { "\(path), clip '\(record.id)'" }

  /// Names the clip in a problem of the storage.
  func placed<T>(_ record: ClipRecord, _ body: () throws -> T) throws -> T {
    do { return try body() } catch var problem as Problem {
      problem.place = place(record)
      throw problem
    }
  }

  /// Checks what has not been checked since the file was opened: the whole clip, or without its hash the runs of rows
  /// that `wanted` touches.
  private func check(_ clip: Int, _ wanted: Range<Int>) throws {
    let record = clips[clip]
    guard record.framesSHA256.isEmpty else {
      if !trusted.withLock({ $0.clips[clip] }) { try verify(clip) }
      return
    }
    guard !chunkHashes.isEmpty else { return }
    let open = trusted.withLock { state in
      (wanted.lowerBound / hashRows...(wanted.upperBound - 1) / hashRows).filter { !state.chunks[$0] }
    }
    for run in open {
      guard try isSound(run, record) else { throw tampered(record, in: run) }
      trusted.withLock { $0.chunks[run] = true }
    }
  }

  private func isSound(_ run: Int, _ record: ClipRecord) throws -> Bool {
    guard case .native(_, let rows) = storage else { return true }
    var hasher = SHA256Hasher()
    try placed(record) {
      try rows.visit(run * hashRows..<min(rows.rows, (run + 1) * hashRows)) { piece, _ in
        rows.meter.time(\.verify) { hasher.update(piece) }
      }
    }
    return hasher.finish() == chunkHashes[run]
  }

  /// The first run of rows of a clip that is not what its hash says, for a message.
  private func badRun(_ record: ClipRecord) -> Int? {
    guard !chunkHashes.isEmpty, record.frames > 0 else { return nil }
    return (record.start / hashRows...(record.start + record.frames - 1) / hashRows).first {
      (try? isSound($0, record)) != true
    }
  }

  private func tampered(_ record: ClipRecord, in run: Int?) -> Problem {
    let all = if case .native(_, let rows) = storage { rows.rows } else { record.frames }
    let rows =
      run.map { " (chunk \($0), rows \($0 * hashRows) to \(min(all, ($0 + 1) * hashRows)) of 'pixels')" } ?? ""
    return Problem(
      "the pixels are not those that were hashed: they were changed or damaged after the file was written\(rows)",
      at: place(record),
      expected: record.framesSHA256.isEmpty ? nil : "frames with SHA-256 \(record.framesSHA256)",
      fix: "restore the file from its source, or import and grant the changed clip anew")
  }
}
