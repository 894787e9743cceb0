import CHDF5
import Files
import Sandbox

/// Texts and attributes, read in the child.
extension HDF5 {
  /// Reads `count` strings through `read`, which is H5Dread or H5Aread in the stored type (HDF5 does not convert
  /// between text encodings). Nil when it fails.
  static func texts(
    _ type: hid_t, _ space: hid_t, _ count: Int, _ read: (UnsafeMutableRawPointer) -> herr_t
  ) -> [String]? {
    guard count > 0 else { return [] }
    if H5Tis_variable_str(type) > 0 {
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      guard pointers.withUnsafeMutableBytes({ read($0.baseAddress!) }) >= 0 else { return nil }
      defer { _ = pointers.withUnsafeMutableBytes { H5Dvlen_reclaim(type, space, defaults, $0.baseAddress!) } }
      return pointers.map { $0.map { String(cString: $0) } ?? "" }
    }
    let size = Int(clamping: H5Tget_size(type))
    guard size > 0, size <= (1 << 28) / count else { return nil }
    var bytes = [UInt8](repeating: 0, count: count * size)
    guard bytes.withUnsafeMutableBytes({ read($0.baseAddress!) }) >= 0 else { return nil }
    let padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    return (0..<count).map { i in
      var text = bytes[i * size..<(i + 1) * size].prefix { $0 != 0 }
      while padded, text.last == 0x20 { text.removeLast() }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// The attribute as a list of texts; numbers are written out in their shortest form. Nil when it is absent or of
  /// another type. - Parameter flags: whether truth values, which are enumerations, count as numbers.
  static func attribute(_ object: hid_t, _ name: String, flags: Bool = false) throws -> [String]? {
    guard H5Aexists(object, name) > 0 else { return nil }
    let id = H5Aopen(object, name, defaults)
    guard id >= 0 else { throw HDF5Child.refusal(.cannotRead) }
    let type = H5Aget_type(id), space = H5Aget_space(id)
    defer { H5Tclose(type); H5Sclose(space); H5Aclose(id) }
    var count = 1
    for n in extent(ofSpace: space) {
      guard n <= (1 << 20) / max(1, count) else { return nil }
      count *= n
    }
    guard count > 0 else { return [] }
    switch H5Tget_class(type) {
    case H5T_STRING:
      guard let values = texts(type, space, count, { H5Aread(id, type, $0) }) else {
        throw HDF5Child.refusal(.cannotRead)
      }
      return values
    case H5T_ENUM where flags && H5Tget_size(type) == 1:
      var values = [UInt8](repeating: 0, count: count)
      guard H5Aread(id, type, &values) >= 0 else { throw HDF5Child.refusal(.cannotRead) }
      return values.map { String($0) }
    case H5T_INTEGER:
      var values = [Int64](repeating: 0, count: count)
      guard H5Aread(id, orrery_h5t_i64(), &values) >= 0 else { throw HDF5Child.refusal(.cannotRead) }
      return values.map { String($0) }
    case H5T_FLOAT:
      var values = [Double](repeating: 0, count: count)
      guard H5Aread(id, orrery_h5t_f64(), &values) >= 0 else { throw HDF5Child.refusal(.cannotRead) }
      return values.map { "\($0)" }
    default: return nil
    }
  }

  /// Names of an object's attributes, by name, and how many there are.
  static func attributeNames(_ object: hid_t, atMost: Int) -> (names: [String], count: Int) {
    var found = (names: [String](), count: 0, most: atMost)
    withUnsafeMutablePointer(to: &found) { out in
      _ = H5Aiterate2(
        object, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, _, out in
          let found = out!.assumingMemoryBound(to: (names: [String], count: Int, most: Int).self)
          found.pointee.count += 1
          if let name, found.pointee.names.count < found.pointee.most {
            found.pointee.names.append(String(cString: name))
          }
          return 0
        }, out)
    }
    return (found.names, found.count)
  }
}
