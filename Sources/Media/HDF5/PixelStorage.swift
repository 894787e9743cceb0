import CTags
import Files

/// How the `pixels` dataset lies in its file, as far as that decides how it is read.
enum PixelStorage: Sendable {
  /// Chunks of so many whole frames.
  case chunks(Int, ChunkFilters, ChunkIndex)
  /// In one piece, or in pieces of raw files beside it: read by position.
  case flat(FlatPixels)
  /// Rows of other files' datasets.
  case view(PixelView)
  /// Whatever else libhdf5 can read; a child does.
  case library

  /// Of a chunk that is decoded whole.
  static let mostChunkBytes = 1 << 31

  /// - Returns: the storage, and notes for the user.
  /// - Throws: `Problem` naming a filter that is not installed, or what cannot be so.
  static func of(
    _ file: HDF5File, _ name: String, _ column: StoredColumn, rows: Int, height: Int, width: Int,
    cacheBytes: Int
  ) throws -> (PixelStorage, [String]) {
    let rowBytes = height * width * 3
    if case .elsewhere = column.place {
      let view = try PixelView(
        link: column, of: file, rows: rows, height: height, width: width, cacheBytes: cacheBytes)
      return (.view(view), view.notes)
    }
    let all = try file.product([rows, rowBytes], limit: Int.max / 4, name)
    switch column.layout {
    case .virtual:
      let view = try PixelView(
        column, of: file, rows: rows, height: height, width: width, cacheBytes: cacheBytes)
      return (.view(view), view.notes)
    case .contiguous:
      let flat = try FlatPixels(file, name, column, bytes: all)
      return (.flat(flat), flat.notes)
    case .compact, .other: return (.library, [])
    case .chunked: break
    }
    guard all / HDF5File.mostClaimed <= file.size else {
      throw file.tooLarge(name, "\(Text.bytes(all)) in a file of \(Text.bytes(file.size))")
    }
    for filter in column.filters where !filter.isInstalled { throw missing(filter, name, file.path) }
    let frames = column.chunk[0], whole = Array(column.chunk.dropFirst()) == [height, width, 3]
    // A chunk is inflated whole, so an absurd one is left to the library.
    guard whole, frames >= 1, frames <= Self.mostChunkBytes / rowBytes, let filters = ChunkFilters(column.filters)
    else {
      return (.library, [])
    }
    let notes =
      frames > 32 ? ["chunks hold \(frames) frames each, so reading a short window inflates far more than it uses"] : []
    let index = ChunkIndex(file, name, count: (rows + frames - 1) / frames, chunkBytes: frames * rowBytes)
    return (.chunks(frames, filters, index), notes)
  }

  private static func missing(_ filter: StoredColumn.Filter, _ name: String, _ path: String) -> Problem {
    let known: [Int: (String, String)] = [
      32000: ("LZF", "h5py"), 32001: ("Blosc", "libhdf5-plugin / hdf5-plugin-blosc"), 32004: ("LZ4", "hdf5-plugins"),
      32008: ("Bitshuffle", "hdf5-plugins"),
      32015: ("Zstandard", "hdf5-plugins"), 32026: ("Blosc2", "hdf5-plugins"),
    ]
    let title = known[filter.number]?.0 ?? (filter.name.isEmpty ? "number \(filter.number)" : filter.name)
    return Problem(
      "'\(name)' is compressed with the HDF5 filter \(title) (\(filter.number)), which is not installed here", at: path,
      fix:
        "install the filter's plugin and set HDF5_PLUGIN_PATH, or repack: h5repack -f GZIP=4 IN.h5 OUT.h5 where it is installed"
    )
  }
}

/// The filters of bytes that are undone in this process: gzip, then perhaps a Fletcher checksum over what it made.
/// Shuffling single bytes does nothing.
struct ChunkFilters: Sendable {
  /// Their places in the row of filters, by which a chunk says that it left one out.
  private(set) var deflate: UInt32?
  private(set) var checksum: UInt32?

  /// Nil when there are others, or they stand in another order.
  init?(_ filters: [StoredColumn.Filter]) {
    guard filters.count < 32 else { return nil }
    for (i, filter) in filters.enumerated() {
      switch filter.number {
      case 1 where deflate == nil && checksum == nil: deflate = UInt32(i)
      case 2: continue
      case 3 where checksum == nil: checksum = UInt32(i)
      default: return nil
      }
    }
  }

  func isDeflated(_ place: ChunkIndex.Place) -> Bool { deflate.map { place.skipped & 1 << $0 == 0 } ?? false }

  func isSummed(_ place: ChunkIndex.Place) -> Bool { checksum.map { place.skipped & 1 << $0 == 0 } ?? false }

  /// Whether the four bytes at the end are the checksum of those before; HDF5 before 1.6.3 wrote its halves swapped.
  static func holds(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    let sum = ct_fletcher32(bytes.baseAddress, bytes.count - 4),
      stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
    let swapped = (sum & 0x00FF_00FF) << 8 | (sum & 0xFF00_FF00) >> 8
    return stored == sum || stored == swapped
  }
}
