import CHDF5
import Files

/// Rows of the `pixels` dataset, fetched fast: raw chunks under the lock, inflated outside it.
///
/// Applies when chunks hold whole frames and the filters are none or gzip (shuffling single bytes does nothing); anything else
/// goes through H5Dread, filters and all, under the lock.
struct PixelRows: Sendable {
  let path: String
  let dataset: hid_t
  let rows: Int, height: Int, width: Int
  /// Rows a chunk; 0 means that H5Dread does the work.
  let chunkRows: Int
  let deflated: Bool
  /// What the reader had to note about the storage.
  let notes: [String]

  var rowBytes: Int { height * width * 3 }

  /// Runs inside `HDF5.locked`; takes an open dataset whose shape has been checked.
  init(_ dataset: hid_t, rows: Int, height: Int, width: Int, at path: String) throws {
    (self.path, self.dataset, self.rows, self.height, self.width) = (path, dataset, rows, height, width)
    let properties = H5Dget_create_plist(dataset)
    defer { H5Pclose(properties) }
    guard H5Pget_layout(properties) == H5D_CHUNKED else { (chunkRows, deflated, notes) = (0, false, []); return }
    var sizes = [hsize_t](repeating: 0, count: 4)
    H5Pget_chunk(properties, 4, &sizes)
    var simple = true, deflated = false
    for i in 0..<max(0, H5Pget_nfilters(properties)) {
      var flags: UInt32 = 0, settings: UInt32 = 0, count = 0
      var name = [CChar](repeating: 0, count: 64)
      let filter = H5Pget_filter2(properties, UInt32(i), &flags, &count, &settings, name.count, &name, nil)
      guard H5Zfilter_avail(filter) > 0 else { throw Self.missing(filter, name, path) }
      if filter == H5Z_FILTER_DEFLATE { deflated = true } else if filter != H5Z_FILTER_SHUFFLE { simple = false }
    }
    let frames = Int(clamping: sizes[0])
    let whole = sizes[1] == hsize_t(height) && sizes[2] == hsize_t(width) && sizes[3] == 3
    // A chunk is inflated whole, so an absurd one is left to the library.
    let fits = frames >= 1 && frames <= (1 << 31) / (height * width * 3)
    (chunkRows, self.deflated) = (simple && whole && fits ? frames : 0, deflated)
    notes = whole && frames > 32 ? ["chunks hold \(frames) frames each, so reading a short window inflates far more than it uses"] : []
  }

  private static func missing(_ filter: H5Z_filter_t, _ name: [CChar], _ path: String) -> Problem {
    let known: [H5Z_filter_t: (String, String)] = [
      32000: ("LZF", "h5py"), 32001: ("Blosc", "libhdf5-plugin / hdf5-plugin-blosc"), 32004: ("LZ4", "hdf5-plugins"), 32008: ("Bitshuffle", "hdf5-plugins"),
      32015: ("Zstandard", "hdf5-plugins"), 32026: ("Blosc2", "hdf5-plugins"),
    ]
    let written = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let title = known[filter]?.0 ?? (written.isEmpty ? "number \(filter)" : written)
    return Problem("'pixels' is compressed with the HDF5 filter \(title) (\(filter)), which is not installed here", at: path,
                   fix: "install the filter's plugin and set HDF5_PLUGIN_PATH, or repack: h5repack -f GZIP=4 IN.h5 OUT.h5 where it is installed")
  }

  /// Rows `range`, as `range.count · H · W · 3` bytes. Takes the lock itself; call it outside `HDF5.locked`.
  func read(_ range: Range<Int>) throws -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= rows, range.count <= (1 << 33) / rowBytes else {
      throw Problem("rows \(range.lowerBound) to \(range.upperBound) of 'pixels' cannot be read at once", at: path, expected: "at most 8 GiB out of \(rows) rows")
    }
    var out = [UInt8](repeating: 0, count: range.count * rowBytes)
    guard !range.isEmpty else { return out }
    guard chunkRows > 0 else { try library(range, into: &out); return out }
    for chunk in range.lowerBound / chunkRows...(range.upperBound - 1) / chunkRows {
      let first = chunk * chunkRows
      let wanted = max(first, range.lowerBound)..<min(first + chunkRows, range.upperBound)
      let bytes = try inflated(chunk)
      let source = (wanted.lowerBound - first) * rowBytes, target = (wanted.lowerBound - range.lowerBound) * rowBytes
      out.withUnsafeMutableBytes { out in
        bytes.withUnsafeBytes { out.baseAddress!.advanced(by: target).copyMemory(from: $0.baseAddress! + source, byteCount: wanted.count * rowBytes) }
      }
    }
    return out
  }

  private func library(_ range: Range<Int>, into out: inout [UInt8]) throws {
    try HDF5.locked {
      try HDF5.select(dataset, [range.lowerBound, 0, 0, 0], [range.count, height, width, 3], "pixels", at: path) { memory, stored in
        guard H5Dread(dataset, orrery_h5t_u8(), memory, stored, HDF5.defaults, &out) >= 0 else { throw HDF5.unreadable("pixels", path) }
      }
    }
  }

  /// One chunk's uncompressed bytes, `chunkRows` rows.
  private func inflated(_ chunk: Int) throws -> [UInt8] {
    let full = chunkRows * rowBytes
    let damaged = Problem("rows \(chunk * chunkRows) to \(min(rows, (chunk + 1) * chunkRows)) of 'pixels' are damaged", at: path, fix: "copy or write the file again")
    let (bytes, plain) = try HDF5.locked { () throws -> ([UInt8], Bool) in
      let offset = [hsize_t(chunk * chunkRows), 0, 0, 0]
      var size: hsize_t = 0, mask: UInt32 = 0
      // A chunk never written has no storage: HDF5 gives no size for it, and its rows are zero.
      guard H5Dget_chunk_storage_size(dataset, offset, &size) >= 0, size > 0 else { return ([], false) }
      guard size <= hsize_t(full) * 2 + 4096 else { throw damaged }
      var bytes = [UInt8](repeating: 0, count: Int(size))
      guard H5Dread_chunk(dataset, HDF5.defaults, offset, &mask, &bytes) >= 0 else { throw HDF5.unreadable("pixels", path) }
      return (bytes, !deflated || mask != 0)
    }
    if bytes.isEmpty { return [UInt8](repeating: 0, count: full) }
    if plain {
      guard bytes.count == full else { throw damaged }
      return bytes
    }
    var out = [UInt8](repeating: 0, count: full)
    guard out.withUnsafeMutableBytes({ Deflate.inflate(bytes, into: $0) }) else { throw damaged }
    return out
  }
}
