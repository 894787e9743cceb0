import CHDF5
import Files

/// Reading whole columns, row ranges and attributes. Everything here runs inside `HDF5.locked`.
extension HDF5 {
  /// No table of clips or chunks is longer than this; a file that says so is damaged.
  static let mostRows = 50_000_000

  package static func integers(_ file: hid_t, _ name: String, at path: String) throws -> [Int] {
    try dataset(file, name, at: path) { id in
      let count = try product(check(id, name, at: path, rank: 1, kind: .integers), limit: mostRows, name, at: path)
      var values = [Int64](repeating: 0, count: count)
      guard count == 0 || H5Dread(id, orrery_h5t_i64(), defaults, defaults, defaults, &values) >= 0 else {
        throw unreadable(name, path)
      }
      return values.map { Int($0) }
    }
  }

  /// A column of text, of fixed or varying length.
  package static func strings(_ file: hid_t, _ name: String, at path: String) throws -> [String] {
    try dataset(file, name, at: path) { id in
      let count = try product(check(id, name, at: path, rank: 1, kind: .text), limit: mostRows, name, at: path)
      guard count > 0 else { return [] }
      let type = H5Dget_type(id), space = H5Dget_space(id)
      defer { H5Tclose(type); H5Sclose(space) }
      return try texts(type, space, count, name, at: path) { H5Dread(id, type, defaults, defaults, defaults, $0) }
    }
  }

  /// Rows `[first, first + count)` of a float column of any rank, flattened; the shape after the first axis is `inner`.
  package static func floats(
    _ file: hid_t, _ name: String, rows first: Int, count: Int, inner: [Int], at path: String
  ) throws -> [Float] {
    try dataset(file, name, at: path) { id in
      let total = try product([count] + inner, limit: 1 << 30, name, at: path)
      var values = [Float](repeating: 0, count: total)
      guard total > 0 else { return values }
      try select(id, [first] + inner.map { _ in 0 }, [count] + inner, name, at: path) { memory, stored in
        guard H5Dread(id, orrery_h5t_f32(), memory, stored, defaults, &values) >= 0 else {
          throw unreadable(name, path)
        }
      }
      return values
    }
  }

  /// Makes a memory space and a selected file space for one box of a dataset.
  package static func select(
    _ dataset: hid_t, _ start: [Int], _ size: [Int], _ name: String, at path: String,
    _ body: (hid_t, hid_t) throws -> Void
  ) throws {
    let sizes = size.map { hsize_t($0) }, starts = start.map { hsize_t($0) }
    let memory = H5Screate_simple(Int32(sizes.count), sizes, nil), stored = H5Dget_space(dataset)
    defer { H5Sclose(memory); H5Sclose(stored) }
    guard memory >= 0, stored >= 0, H5Sselect_hyperslab(stored, H5S_SELECT_SET, starts, nil, sizes, nil) >= 0 else {
      throw unreadable(name, path)
    }
    try body(memory, stored)
  }

  package static func unreadable(_ name: String, _ path: String) -> Problem {
    Problem("the column '\(name)' cannot be read\(why())", at: path, fix: "the file is damaged; copy or write it again")
  }

  /// Reads `count` strings through `read`, which is H5Dread or H5Aread in the stored type (HDF5 does not convert
  /// between text encodings).
  private static func texts(
    _ type: hid_t, _ space: hid_t, _ count: Int, _ name: String, at path: String,
    _ read: (UnsafeMutableRawPointer) -> herr_t
  ) throws -> [String] {
    if H5Tis_variable_str(type) > 0 {
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      guard pointers.withUnsafeMutableBytes({ read($0.baseAddress!) }) >= 0 else { throw unreadable(name, path) }
      defer { _ = pointers.withUnsafeMutableBytes { H5Dvlen_reclaim(type, space, defaults, $0.baseAddress!) } }
      return pointers.map { $0.map { String(cString: $0) } ?? "" }
    }
    let size = Int(clamping: H5Tget_size(type))
    let total = try product([count, size], limit: 1 << 32, name, at: path)
    var bytes = [UInt8](repeating: 0, count: total)
    guard total > 0, bytes.withUnsafeMutableBytes({ read($0.baseAddress!) }) >= 0 else { throw unreadable(name, path) }
    let padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    return (0..<count).map { i in
      var text = bytes[i * size..<(i + 1) * size].prefix { $0 != 0 }
      while padded, text.last == 0x20 { text.removeLast() }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// The attribute as a list of texts; numbers are written out in their shortest form. Nil when it is absent.
  package static func attribute(_ object: hid_t, _ name: String, at path: String) throws -> [String]? {
    guard H5Aexists(object, name) > 0 else { return nil }
    return try with(
      H5Aopen(object, name, defaults), H5Aclose,
      or: Problem("the attribute '\(name)' cannot be opened\(why())", at: path)
    ) { id in
      let type = H5Aget_type(id), space = H5Aget_space(id)
      defer { H5Tclose(type); H5Sclose(space) }
      let count = try product(extent(ofSpace: space), limit: 1 << 20, name, at: path)
      guard count > 0 else { return [] }
      switch H5Tget_class(type) {
      case H5T_STRING: return try texts(type, space, count, name, at: path) { H5Aread(id, type, $0) }
      case H5T_INTEGER:
        var values = [Int64](repeating: 0, count: count)
        guard H5Aread(id, orrery_h5t_i64(), &values) >= 0 else { throw unreadable(name, path) }
        return values.map { String($0) }
      case H5T_FLOAT:
        var values = [Double](repeating: 0, count: count)
        guard H5Aread(id, orrery_h5t_f64(), &values) >= 0 else { throw unreadable(name, path) }
        return values.map { "\($0)" }
      default: return nil
      }
    }
  }

  /// Names of an object's attributes, in the order the file keeps them.
  static func attributeNames(_ object: hid_t) -> [String] {
    var names: [String] = []
    withUnsafeMutablePointer(to: &names) { out in
      _ = H5Aiterate2(
        object, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, _, out in
          if let name { out!.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name)) }
          return 0
        }, out)
    }
    return names
  }
}
