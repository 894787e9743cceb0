import CHDF5
import Files
import Foundation
import Synchronization

/// A native HDF5 dataset of clips, opened for reading.
///
/// Pixels are checked before they are handed out: each run of rows against `chunk_sha256` on its first read, and a clip that is small
/// enough against its own `framesSHA256`, the hash a consent manifest grants. Safe to use from many threads: calls into libhdf5
/// take turns, inflating and hashing do not.
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
  /// What the file did not say and was assumed, and what about its storage is slow; for `dataset inspect`.
  public let notes: [String]

  private let file: hid_t
  private let rows: PixelRows
  private let embedding: (tokens: Int, width: Int)?
  private let chunkHashes: [String]
  private let hashRows: Int
  private let trusted: Mutex<Trusted>

  /// What has been hashed and found good since the file was opened.
  private struct Trusted { var chunks: [Bool]; var clips: [Bool] }

  /// Clips up to this many bytes are read and checked whole at their first read; longer ones are first hashed in pieces.
  private static let wholeClipLimit = 16 << 20

  /// - Throws: `Problem` for a missing, empty, truncated or foreign file, a missing or mistyped column, a clip table that
  ///   contradicts itself, or a compression filter that is not installed.
  public init(path: String) throws {
    let (file, table, rows) = try HDF5.locked {
      let file = try HDF5.open(path)
      do {
        let table = try NativeTable(file, at: path)
        let pixels = H5Dopen2(file, "pixels", HDF5.defaults)
        guard pixels >= 0 else { throw HDF5.unreadable("pixels", path) }
        return (file, table, try PixelRows(pixels, rows: table.rows, height: table.height, width: table.width, at: path))
      } catch {
        H5Fclose(file)
        throw error
      }
    }
    self.path = path
    self.file = file
    self.rows = rows
    (height, width, fps, clips) = (table.height, table.width, table.fps, table.clips)
    (attributes, stateColumns, actionColumns) = (table.attributes, table.stateColumns, table.actionColumns)
    (embedding, chunkHashes, hashRows) = (table.embedding, table.chunkHashes, table.hashRows)
    notes = table.notes + rows.notes
    trusted = Mutex(Trusted(chunks: Array(repeating: false, count: table.chunkHashes.count), clips: Array(repeating: false, count: table.clips.count)))
  }

  deinit {
    // The file was opened to close strongly: this closes the pixels too.
    HDF5.locked { _ = H5Fclose(file) }
  }

  /// Tokens and features of the dataset's own text embeddings, when it has them.
  public var textEmbeddingShape: (tokens: Int, width: Int)? { embedding.map { ($0.tokens, $0.width) } }

  /// The attribute `optin_manifest`, resolved beside the file; without one, `<name>.optin.json` beside it when that is there.
  public var manifestPath: String? {
    guard let name = attributes["optin_manifest"], !name.isEmpty else {
      let beside = (path as NSString).deletingPathExtension + ".optin.json"
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
      throw Problem("frames \(range.lowerBound) to \(range.upperBound) were asked of a clip of \(record.frames)", at: place(record))
    }
    let wanted = record.start + range.lowerBound..<record.start + range.upperBound
    guard !wanted.isEmpty else { return Frames(count: 0, height: height, width: width, pixels: [], fps: fps) }
    var span = wanted
    let whole = record.start..<record.start + record.frames
    let hashClip = !record.framesSHA256.isEmpty && record.frames <= Self.wholeClipLimit / rows.rowBytes && !trusted.withLock { $0.clips[clip] }
    if hashClip { span = whole }
    // A longer clip is hashed in pieces instead: its chunks' hashes come from this very file, the granted hash does not.
    if !hashClip, !record.framesSHA256.isEmpty, !trusted.withLock({ $0.clips[clip] }) { try verify(clip) }
    let unchecked = uncheckedChunks(span)
    if let first = unchecked.first, let last = unchecked.last {
      span = min(span.lowerBound, first * hashRows)..<max(span.upperBound, min(rows.rows, (last + 1) * hashRows))
    }
    let bytes: [UInt8]
    do { bytes = try rows.read(span) } catch var problem as Problem {
      problem.place = place(record)
      throw problem
    }
    for chunk in unchecked { try check(chunk, bytes, from: span.lowerBound, record) }
    if hashClip {
      var hasher = FrameHash.begin(width: width, height: height, count: record.frames)
      bytes.withUnsafeBytes { hasher.update(slice($0, whole, from: span.lowerBound)) }
      guard hasher.finish() == record.framesSHA256 else { throw tampered(record) }
      trusted.withLock { $0.clips[clip] = true }
    }
    let pixels = span == wanted ? bytes : bytes.withUnsafeBytes { Array(slice($0, wanted, from: span.lowerBound)) }
    return Frames(count: wanted.count, height: height, width: width, pixels: pixels, fps: fps)
  }

  /// Hashes the whole clip against `framesSHA256`, in pieces, whatever was checked before.
  /// - Throws: `Problem` naming the clip when the hash differs or the file carries none.
  public func verify(_ clip: Int) throws {
    let record = try record(clip)
    guard !record.framesSHA256.isEmpty else {
      throw Problem("the file carries no content hash for this clip", at: place(record), fix: "import the footage with 'orrery dataset import'")
    }
    guard try sha256(clip) == record.framesSHA256 else { throw tampered(record) }
    trusted.withLock { $0.clips[clip] = true }
  }

  /// `FrameHash` of a clip as it lies in the file, computed in pieces of at most 64 MiB.
  public func sha256(_ clip: Int) throws -> String {
    let record = try record(clip)
    let piece = max(1, (64 << 20) / rows.rowBytes)
    var hasher = FrameHash.begin(width: width, height: height, count: record.frames)
    for first in stride(from: record.start, to: record.start + record.frames, by: piece) {
      let bytes = try rows.read(first..<min(first + piece, record.start + record.frames))
      hasher.update(bytes)
    }
    return hasher.finish()
  }

  /// A clip's state, `[T][S]` in the order of `stateColumns`; empty when there is none.
  public func state(_ clip: Int) throws -> [[Float]] { try floats("state", stateColumns.count, clip) }

  /// A clip's actions, `[T][A]` in the order of `actionColumns`; empty when there are none.
  public func actions(_ clip: Int) throws -> [[Float]] { try floats("action", actionColumns.count, clip) }

  /// The stored embedding of a clip's caption, `tokens · width` values; nil when the file has none.
  public func textEmbedding(_ clip: Int) throws -> (tokens: Int, width: Int, values: [Float])? {
    _ = try record(clip)
    guard let embedding else { return nil }
    let values = try HDF5.locked {
      try HDF5.floats(file, "text_embedding", rows: clip, count: 1, inner: [embedding.tokens, embedding.width], at: path)
    }
    return (embedding.tokens, embedding.width, values)
  }

  private func floats(_ name: String, _ count: Int, _ clip: Int) throws -> [[Float]] {
    let record = try record(clip)
    guard count > 0 else { return [] }
    let values = try HDF5.locked { try HDF5.floats(file, name, rows: record.start, count: record.frames, inner: [count], at: path) }
    return (0..<record.frames).map { Array(values[$0 * count..<($0 + 1) * count]) }
  }

  private func record(_ clip: Int) throws -> ClipRecord {
    guard clips.indices.contains(clip) else { throw Problem("there is no clip \(clip); the file has \(clips.count)", at: path) }
    return clips[clip]
  }

  private func place(_ record: ClipRecord) -> String { "\(path), clip '\(record.id)'" }

  private func uncheckedChunks(_ span: Range<Int>) -> [Int] {
    guard !chunkHashes.isEmpty else { return [] }
    return trusted.withLock { state in (span.lowerBound / hashRows...(span.upperBound - 1) / hashRows).filter { !state.chunks[$0] } }
  }

  private func check(_ chunk: Int, _ bytes: [UInt8], from first: Int, _ record: ClipRecord) throws {
    var hasher = SHA256Hasher()
    bytes.withUnsafeBytes { hasher.update(slice($0, chunk * hashRows..<min(rows.rows, (chunk + 1) * hashRows), from: first)) }
    guard hasher.finish() == chunkHashes[chunk] else { throw tampered(record) }
    trusted.withLock { $0.chunks[chunk] = true }
  }

  private func slice(_ bytes: UnsafeRawBufferPointer, _ wanted: Range<Int>, from first: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[(wanted.lowerBound - first) * rows.rowBytes..<(wanted.upperBound - first) * rows.rowBytes])
  }

  private func tampered(_ record: ClipRecord) -> Problem {
    Problem("the pixels are not those that were hashed: they were changed or damaged after the file was written", at: place(record),
            expected: "frames with SHA-256 \(record.framesSHA256)", fix: "restore the file from its source, or import and grant the changed clip anew")
  }
}
