import CHDF5
import Files
import Sandbox

/// Rows as they are stored, where only the library can read them.
extension HDF5Child {
  /// Bytes of lists in one answer, before they are encoded.
  private static let mostListBytes = 32 << 20

  /// Rows in the stored type; a column without axes is one row.
  func stored(_ name: String, _ first: Int, _ count: Int, into out: UnsafeMutableRawBufferPointer) throws {
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Dclose(id) }
    let shape = HDF5.extent(of: id), type = H5Dget_type(id)
    defer { H5Tclose(type) }
    // No pointers into this process's memory.
    guard
      [H5T_INTEGER, H5T_FLOAT, H5T_ENUM].contains(H5Tget_class(type))
        || (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0)
    else { throw Self.refusal(.cannotRead) }
    var total = Int(clamping: H5Tget_size(type))
    for n in (shape.isEmpty ? [] : [count]) + shape.dropFirst() {
      total = n >= 0 && total >= 0 && (n == 0 || total <= out.count / max(1, n)) ? total * n : -1
    }
    guard total == out.count, first >= 0, count > 0, count <= shape.first ?? 1, first <= (shape.first ?? 1) - count
    else {
      throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "rows are asked for that are not there")
    }
    if shape.isEmpty {
      guard H5Dread(id, type, Self.defaults, Self.defaults, Self.defaults, out.baseAddress) >= 0 else {
        throw Self.refusal(.cannotRead)
      }
      return
    }
    try select(id, [first] + shape.dropFirst().map { _ in 0 }, [count] + shape.dropFirst()) { memory, stored in
      guard H5Dread(id, type, memory, stored, Self.defaults, out.baseAddress) >= 0 else {
        throw Self.refusal(.cannotRead)
      }
    }
  }

  /// Rows of a one-axis column of lists of bytes: as many of `count` as one answer holds, at least one.
  func lists(_ name: String, _ first: Int, _ count: Int, _ out: inout WireWriter) throws {
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Dclose(id) }
    let shape = HDF5.extent(of: id), type = H5Dget_type(id)
    defer { H5Tclose(type) }
    guard shape.count == 1, first >= 0, count > 0, count <= shape[0], first <= shape[0] - count,
      H5Tget_class(type) == H5T_VLEN, orrery_h5_is_list_of_bytes(type) > 0
    else {
      throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "rows are asked for that are not there")
    }
    let list = orrery_h5_bytes_list()
    defer { H5Tclose(list) }
    var rows = WireWriter(), done = 0
    while done < min(count, 65_536), done == 0 || rows.bytes.count < Self.mostListBytes {
      // A row at a time: a film may be one.
      var value = hvl_t()
      try select(id, [first + done], [1]) { memory, stored in
        guard H5Dread(id, list, memory, stored, Self.defaults, &value) >= 0 else { throw Self.refusal(.cannotRead) }
        rows.put(UnsafeRawBufferPointer(start: value.p, count: value.p == nil ? 0 : value.len))
        H5Dvlen_reclaim(list, memory, Self.defaults, &value)
      }
      done += 1
    }
    out.put(done)
    out.put(rows.bytes)
  }
}
