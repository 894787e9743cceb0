import CHDF5
import Files

/// Writing columns and attributes. Everything here runs inside `HDF5.locked`.
extension HDF5 {
  /// Text of a fixed size, NUL-padded UTF-8. Never of varying length: that goes through HDF5's global heap, where one
  /// damaged byte sends libhdf5 1.10 into an endless loop.
  static func textType(_ values: [String]) -> (type: hid_t, size: Int) {
    let size = max(1, values.map(\.utf8.count).max() ?? 1)
    let type = H5Tcopy(orrery_h5t_c_s1())
    H5Tset_size(type, size)
    H5Tset_strpad(type, H5T_STR_NULLPAD)
    H5Tset_cset(type, H5T_CSET_UTF8)
    return (type, size)
  }

  private static func padded(_ values: [String], to size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    for text in values {
      bytes += text.utf8
      bytes += repeatElement(0, count: size - text.utf8.count)
    }
    return bytes
  }

  /// Makes an empty column whose first axis grows, in chunks, with gzip when `level` is given.
  static func create(
    _ file: hid_t, _ name: String, _ type: hid_t, inner: [Int], chunkRows: Int, level: UInt32?, at path: String
  ) throws -> hid_t {
    let properties = H5Pcreate(orrery_h5p_dataset_create())
    defer { H5Pclose(properties) }
    H5Pset_chunk(properties, Int32(inner.count + 1), [hsize_t(chunkRows)] + inner.map { hsize_t($0) })
    if let level { H5Pset_deflate(properties, level) }
    let sizes = inner.map { hsize_t($0) }
    let space = H5Screate_simple(Int32(inner.count + 1), [0] + sizes, [orrery_h5s_unlimited()] + sizes)
    defer { H5Sclose(space) }
    let id = H5Dcreate2(file, name, type, space, defaults, properties, defaults)
    guard id >= 0 else { throw writeProblem(path, "the column '\(name)'") }
    return id
  }

  /// A one-axis column written whole.
  package static func write(_ file: hid_t, _ name: String, _ values: [Int], at path: String) throws {
    try column(file, name, orrery_h5t_i64(), values.count, at: path) {
      H5Dwrite($0, orrery_h5t_i64(), defaults, defaults, defaults, values.map(Int64.init))
    }
  }

  package static func write(_ file: hid_t, _ name: String, _ values: [String], at path: String) throws {
    let (type, size) = textType(values)
    defer { H5Tclose(type) }
    try column(file, name, type, values.count, at: path) {
      H5Dwrite($0, type, defaults, defaults, defaults, padded(values, to: size))
    }
  }

  private static func column(
    _ file: hid_t, _ name: String, _ type: hid_t, _ count: Int, at path: String, _ write: (hid_t) -> herr_t
  ) throws {
    let space = H5Screate_simple(1, [hsize_t(count)], nil)
    defer { H5Sclose(space) }
    let failed = { writeProblem(path, "the column '\(name)'") }
    try with(H5Dcreate2(file, name, type, space, defaults, defaults, defaults), H5Dclose, or: failed()) { id in
      guard count == 0 || write(id) >= 0 else { throw failed() }
    }
  }

  /// An attribute: one text when `values` has one element and `list` is false, else a list.
  package static func attribute(
    _ object: hid_t, _ name: String, _ values: [String], list: Bool = false, at path: String
  ) throws {
    let (type, size) = textType(values)
    let space = list ? H5Screate_simple(1, [hsize_t(values.count)], nil) : H5Screate(H5S_SCALAR)
    defer { H5Tclose(type); H5Sclose(space) }
    let failed = { writeProblem(path, "the attribute '\(name)'") }
    try with(H5Acreate2(object, name, type, space, defaults, defaults), H5Aclose, or: failed()) { id in
      guard H5Awrite(id, type, padded(values, to: size)) >= 0 else { throw failed() }
    }
  }

  package static func attribute(_ object: hid_t, _ name: String, _ value: Int, at path: String) throws {
    let space = H5Screate(H5S_SCALAR)
    defer { H5Sclose(space) }
    let failed = { writeProblem(path, "the attribute '\(name)'") }
    try with(H5Acreate2(object, name, orrery_h5t_i64(), space, defaults, defaults), H5Aclose, or: failed()) { id in
      guard H5Awrite(id, orrery_h5t_i64(), [Int64(value)]) >= 0 else { throw failed() }
    }
  }

  /// Appends rows to a growing float column.
  package static func append(
    _ id: hid_t, _ name: String, _ values: [Float], rows first: Int, count: Int, inner: [Int], at path: String
  ) throws {
    let failed = { writeProblem(path, "the column '\(name)'") }
    guard H5Dset_extent(id, [hsize_t(first + count)] + inner.map { hsize_t($0) }) >= 0 else { throw failed() }
    guard !values.isEmpty else { return }
    try select(id, [first] + inner.map { _ in 0 }, [count] + inner, or: failed()) { memory, stored in
      guard H5Dwrite(id, orrery_h5t_f32(), memory, stored, defaults, values) >= 0 else { throw failed() }
    }
  }
}
