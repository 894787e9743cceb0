import CHDF5
import Files
import Sandbox

/// What there is in a file: groups and datasets by name, and their attributes.
extension HDF5Child {
  /// Groups in groups.
  private static let mostLevels = 32
  /// Bytes of attributes in one answer.
  private static let mostAttributeBytes = 64 << 20

  /// Writes names in the order they are found, each with its depth, its kind (`StoredNode.Kind`) and where a link leads.
  /// - Throws: a refusal when there are more than `most`, or groups lie too deep.
  func tree(most: Int, _ out: inout WireWriter) throws {
    var rows = WireWriter(), count = 0
    func walk(_ group: hid_t, _ depth: Int, _ above: [haddr_t]) throws {
      for name in try names(of: group, most: most - count) {
        count += 1
        guard count <= most else { throw SandboxRefusal(code: HDF5Refusal.tooMuch.rawValue, text: "") }
        var address: haddr_t = 0, kind = orrery_h5_child(group, name, &address)
        if kind == 1, above.contains(address) { kind = 5 }
        rows.put([depth, kind < 0 ? 0 : Int(kind)])
        rows.put(name)
        if kind == 4 {
          var target = [CChar](repeating: 0, count: 4097), object = target
          let isRead = orrery_h5_external_link(group, name, &target, &object, target.count) == 1
          rows.put(isRead ? HDF5.text(target) : "")
          rows.put(isRead ? HDF5.text(object) : "")
        }
        guard kind == 1 else { continue }
        guard depth < Self.mostLevels else { throw SandboxRefusal(code: HDF5Refusal.tooMuch.rawValue, text: "") }
        let inner = H5Gopen2(group, name, Self.defaults)
        guard inner >= 0 else { throw Self.refusal(.cannotRead) }
        defer { H5Gclose(inner) }
        try walk(inner, depth + 1, above + [address])
      }
    }
    var root: haddr_t = 0
    _ = orrery_h5_child(file, ".", &root)
    let group = H5Gopen2(file, "/", Self.defaults)
    guard group >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Gclose(group) }
    var info = H5O_info_t()
    if H5Oget_info2(group, &info, orrery_h5_basic()) >= 0 { root = info.addr }
    try walk(group, 0, [root])
    out.put(count)
    out.put(rows.bytes)
  }

  private func names(of group: hid_t, most: Int) throws -> [String] {
    var found = (names: [String](), most: most)
    let done = withUnsafeMutablePointer(to: &found) { out in
      H5Literate(
        group, H5_INDEX_NAME, H5_ITER_NATIVE, nil,
        { _, name, _, out in
          let found = out!.assumingMemoryBound(to: (names: [String], most: Int).self)
          guard let name, found.pointee.names.count <= found.pointee.most else { return 1 }
          found.pointee.names.append(String(cString: name))
          return 0
        }, out)
    }
    guard done >= 0 else { throw Self.refusal(.cannotRead) }
    return found.names
  }

  /// Attributes that hold texts or numbers, an object at a time: those named, or all there are.
  func attributes(_ paths: [String], _ wanted: [String], _ out: inout WireWriter) throws {
    out.put(paths.count)
    for path in paths {
      let object = H5Oopen(file, path.isEmpty ? "/" : path, Self.defaults)
      guard object >= 0 else { throw Self.refusal(.cannotRead) }
      defer { H5Oclose(object) }
      let names = wanted.isEmpty ? HDF5.attributeNames(object, atMost: 512).names : wanted
      var rows = WireWriter(), count = 0
      for name in names {
        guard let values = try? HDF5.attribute(object, name, flags: true) else { continue }
        count += 1
        rows.put(name)
        rows.put(values.count)
        for value in values { rows.put(value) }
      }
      out.put(count)
      out.put(rows.bytes)
      guard out.bytes.count <= Self.mostAttributeBytes else {
        throw SandboxRefusal(code: HDF5Refusal.tooMuch.rawValue, text: "")
      }
    }
  }
}
