import CHDF5
import Files

/// How the `pixels` dataset lies in its file, as far as that decides how it is read.
package enum PixelStorage: Sendable {
  /// Chunks of so many whole frames; `deflate` is gzip's place in the row of filters, nil without it.
  case chunks(Int, deflate: UInt32?)
  /// In one piece, at this offset of an open file.
  case flat(Int32, Int)
  /// Whatever else libhdf5 can read.
  case library

  /// Runs inside `HDF5.locked`.
  /// - Returns: the storage, and notes for the user.
  /// - Throws: `Problem` naming a filter that is not installed.
  package static func of(_ dataset: hid_t, height: Int, width: Int, at path: String) throws -> (PixelStorage, [String])
  {
    let properties = H5Dget_create_plist(dataset)
    defer { H5Pclose(properties) }
    guard H5Pget_layout(properties) == H5D_CHUNKED else { return (flat(dataset, properties), []) }
    var sizes = [hsize_t](repeating: 0, count: 4)
    H5Pget_chunk(properties, 4, &sizes)
    var simple = true, deflate: UInt32?
    for i in 0..<UInt32(clamping: max(0, H5Pget_nfilters(properties))) {
      var flags: UInt32 = 0, settings: UInt32 = 0, count = 0
      var name = [CChar](repeating: 0, count: 64)
      let filter = H5Pget_filter2(properties, i, &flags, &count, &settings, name.count, &name, nil)
      guard H5Zfilter_avail(filter) > 0 else { throw missing(filter, name, path) }
      if filter == H5Z_FILTER_DEFLATE, deflate == nil {
        deflate = i
      } else if filter != H5Z_FILTER_SHUFFLE {
        simple = false
      }
    }
    let frames = Int(clamping: sizes[0])
    let whole = sizes[1] == hsize_t(height) && sizes[2] == hsize_t(width) && sizes[3] == 3
    // A chunk is inflated whole, so an absurd one is left to the library.
    let fits = frames >= 1 && frames <= (1 << 31) / (height * width * 3)
    let notes =
      whole && frames > 32
      ? ["chunks hold \(frames) frames each, so reading a short window inflates far more than it uses"] : []
    return (simple && whole && fits ? .chunks(frames, deflate: deflate) : .library, notes)
  }

  /// The file's own descriptor is used, so that it is certainly the same file; the library closes it.
  private static func flat(_ dataset: hid_t, _ properties: hid_t) -> PixelStorage {
    let offset = H5Dget_offset(dataset), type = H5Dget_type(dataset), file = H5Iget_file_id(dataset)
    defer { H5Tclose(type); H5Fclose(file) }
    var handle: UnsafeMutableRawPointer?
    guard H5Pget_layout(properties) == H5D_CONTIGUOUS, H5Pget_external_count(properties) == 0, H5Tget_size(type) == 1,
      offset < UInt64(Int.max / 2),
      H5Fget_vfd_handle(file, HDF5.defaults, &handle) >= 0, let handle
    else { return .library }
    return .flat(handle.load(as: Int32.self), Int(offset))
  }

  private static func missing(_ filter: H5Z_filter_t, _ name: [CChar], _ path: String) -> Problem {
    let known: [H5Z_filter_t: (String, String)] = [
      32000: ("LZF", "h5py"), 32001: ("Blosc", "libhdf5-plugin / hdf5-plugin-blosc"), 32004: ("LZ4", "hdf5-plugins"),
      32008: ("Bitshuffle", "hdf5-plugins"),
      32015: ("Zstandard", "hdf5-plugins"), 32026: ("Blosc2", "hdf5-plugins"),
    ]
    let written = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let title = known[filter]?.0 ?? (written.isEmpty ? "number \(filter)" : written)
    return Problem(
      "'pixels' is compressed with the HDF5 filter \(title) (\(filter)), which is not installed here", at: path,
      fix:
        "install the filter's plugin and set HDF5_PLUGIN_PATH, or repack: h5repack -f GZIP=4 IN.h5 OUT.h5 where it is installed"
    )
  }
}
