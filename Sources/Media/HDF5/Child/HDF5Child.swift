import CHDF5
import Files
import Glibc
import Sandbox

/// One open file in the child.
struct HDF5Child {
  let file: hid_t
  static let defaults = HDF5.defaults

  /// Bytes of a column that go with its description, so that a small file is read in one call.
  private static let headBytes = 1 << 18
  /// Bytes of a column in one answer, before they are encoded.
  private static let pieceBytes = 16 << 20

  static func refusal(_ code: HDF5Refusal) -> SandboxRefusal {
    SandboxRefusal(code: code.rawValue, text: HDF5.reason())
  }

  // MARK: - Structure

  func describe(_ names: [String], lists: [String], root: Bool) throws -> StoredFile {
    var out = StoredFile()
    if root { (out.attributes, out.attributeCount) = try rootAttributes() }
    for name in names { out.columns[name] = try column(name, lists: lists) }
    return out
  }

  /// Attributes beyond these are counted and not read: to open one is to search among all.
  private static let mostAttributes = 512

  private func rootAttributes() throws -> ([String: String], Int) {
    let (names, count) = HDF5.attributeNames(file, atMost: Self.mostAttributes)
    var out: [String: String] = [:]
    for name in count > names.count ? ["fps", "optin_manifest", "scenario", "format"] + names : names {
      if out[name] == nil, let values = try HDF5.attribute(file, name), values.count == 1 { out[name] = values[0] }
    }
    return (out, count)
  }

  private func column(_ name: String, lists: [String]) throws -> StoredColumn {
    var out = StoredColumn()
    out.place = place(name)
    guard out.place == .here else { return out }
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else {
      out.place = orrery_h5_is_too_new() != 0 ? .tooNew : .broken(HDF5.reason())
      return out
    }
    defer { H5Dclose(id) }
    let type = H5Dget_type(id), space = H5Dget_space(id), properties = H5Dget_create_plist(id)
    defer { H5Tclose(type); H5Sclose(space); H5Pclose(properties) }
    guard type >= 0, space >= 0, properties >= 0 else {
      out.place = .broken(HDF5.reason())
      return out
    }
    out.shape = HDF5.extent(ofSpace: space)
    describe(type: type, &out)
    describe(storage: id, properties, name, &out)
    for list in lists { if let values = try HDF5.attribute(id, list) { out.lists[list] = values } }
    addHead(name, &out)
    return out
  }

  private func place(_ name: String) -> StoredColumn.Place {
    // A path into groups: each of its steps must be there, or the library complains.
    var path = ""
    for step in name.split(separator: "/") {
      path += path.isEmpty && !name.hasPrefix("/") ? step : "/" + step
      guard H5Lexists(file, path, Self.defaults) > 0 else { return .absent }
    }
    var target = [CChar](repeating: 0, count: 4097), object = target
    switch orrery_h5_external_link(file, name, &target, &object, target.count) {
    case 0: return .here
    case 1: return .elsewhere(file: HDF5.text(target), name: HDF5.text(object))
    default: return .broken(HDF5.reason())
    }
  }

  private func describe(type: hid_t, _ out: inout StoredColumn) {
    out.elementBytes = Int(clamping: H5Tget_size(type))
    out.isBigEndian = orrery_h5_is_big_endian(type) > 0
    switch H5Tget_class(type) {
    case H5T_INTEGER: (out.kind, out.isUnsigned) = (.integers, H5Tget_sign(type) == H5T_SGN_NONE)
    case H5T_FLOAT: out.kind = .floats
    case H5T_STRING: (out.kind, out.isVariable) = (.text, H5Tis_variable_str(type) > 0)
    case H5T_COMPOUND: out.kind = .records
    case H5T_VLEN: (out.kind, out.isBytes) = (.lists, orrery_h5_is_list_of_bytes(type) > 0)
    default: out.kind = .other
    }
  }

  private func describe(storage id: hid_t, _ properties: hid_t, _ name: String, _ out: inout StoredColumn) {
    switch H5Pget_layout(properties) {
    case H5D_COMPACT: out.layout = .compact
    case H5D_CONTIGUOUS: out.layout = .contiguous
    case H5D_CHUNKED: out.layout = .chunked
    case H5D_VIRTUAL: out.layout = .virtual
    default: out.layout = .other
    }
    for i in 0..<UInt32(clamping: max(0, H5Pget_nfilters(properties))) {
      var flags: UInt32 = 0, settings = [UInt32](repeating: 0, count: 32), count = settings.count
      var title = [CChar](repeating: 0, count: 64)
      let number = H5Pget_filter2(properties, i, &flags, &count, &settings, title.count, &title, nil)
      out.filters.append(
        .init(
          number: Int(number), name: HDF5.text(title), isInstalled: H5Zfilter_avail(number) > 0,
          settings: settings.prefix(max(0, min(count, settings.count))).map { Int($0) }))
    }
    switch out.layout {
    case .contiguous:
      let offset = H5Dget_offset(id)
      if offset != UInt64.max { out.offset = Int(clamping: offset) }
      externals(properties, &out)
      out.storedBytes = Int(clamping: H5Dget_storage_size(id))
    case .chunked: chunks(id, properties, name, &out)
    case .virtual: mappings(properties, &out)
    case .compact, .other: out.storedBytes = Int(clamping: H5Dget_storage_size(id))
    }
  }

  private func chunks(_ id: hid_t, _ properties: hid_t, _ name: String, _ out: inout StoredColumn) {
    var sizes = [hsize_t](repeating: 0, count: max(1, out.shape.count))
    guard H5Pget_chunk(properties, Int32(sizes.count), &sizes) == Int32(out.shape.count), !sizes.contains(0) else {
      out.place = .broken("its chunks have no size")
      return
    }
    out.chunk = sizes.map { Int(clamping: $0) }
    var count: hsize_t = 0
    // What is counted while a writer's gaps are looked for costs a walk over the index; bytes only where a table needs
    // them.
    let space = H5Dget_space(id)
    defer { H5Sclose(space) }
    H5Dget_num_chunks(id, space, &count)
    out.chunksWritten = Int(clamping: count)
    if name != "pixels" { out.storedBytes = Int(clamping: H5Dget_storage_size(id)) }
    out.gaps = gaps(id, out)
  }

  /// Looks at so many chunks for those that were never written.
  private static let mostLooks = 200_000

  private func gaps(_ id: hid_t, _ column: StoredColumn) -> [Range<Int>] {
    let grid = zip(column.shape, column.chunk).map { ($0 + $1 - 1) / $1 }
    var all = 1
    for n in grid {
      let (product, overflow) = all.multipliedReportingOverflow(by: n)
      guard !overflow else { return [] }
      all = product
    }
    guard column.chunksWritten < all, let rows = column.shape.first, rows > 0 else { return [] }
    guard column.chunksWritten > 0 else { return [0..<rows] }
    var out: [Range<Int>] = [], looks = 0
    let across = max(1, all / grid[0])
    for row in 0..<grid[0] {
      looks += across
      guard looks <= Self.mostLooks, out.count < 1000 else { break }
      guard isGap(id, column.chunk, grid, row) else { continue }
      let from = row * column.chunk[0], to = min(rows, from + column.chunk[0])
      if let last = out.last, last.upperBound == from {
        out[out.count - 1] = last.lowerBound..<to
      } else {
        out.append(from..<to)
      }
    }
    return out
  }

  /// Whether a chunk is missing in row `row` of the grid of chunks.
  func isGap(_ id: hid_t, _ chunk: [Int], _ grid: [Int], _ row: Int) -> Bool {
    var place = [row] + [Int](repeating: 0, count: grid.count - 1)
    while true {
      var bytes: hsize_t = 0
      let offset = zip(place, chunk).map { hsize_t($0 * $1) }
      guard H5Dget_chunk_storage_size(id, offset, &bytes) >= 0, bytes > 0 else { return true }
      var axis = grid.count - 1
      while axis > 0 {
        place[axis] += 1
        if place[axis] < grid[axis] { break }
        place[axis] = 0
        axis -= 1
      }
      if axis == 0 { return false }
    }
  }

  private func externals(_ properties: hid_t, _ out: inout StoredColumn) {
    for i in 0..<UInt32(clamping: min(65_536, max(0, H5Pget_external_count(properties)))) {
      var title = [CChar](repeating: 0, count: 4097), offset: off_t = 0, bytes: hsize_t = 0
      guard H5Pget_external(properties, i, title.count - 1, &title, &offset, &bytes) >= 0 else { continue }
      out.externals.append(
        .init(file: HDF5.text(title), offset: max(0, Int(offset)), bytes: min(Int.max / 4, Int(clamping: bytes))))
    }
  }

  private func mappings(_ properties: hid_t, _ out: inout StoredColumn) {
    var count = 0
    guard H5Pget_virtual_count(properties, &count) >= 0, count <= 65_536 else {
      out.place = .broken("it is composed of too many parts")
      return
    }
    for i in 0..<count {
      var mapping = StoredColumn.Mapping()
      var title = [CChar](repeating: 0, count: 4097)
      if H5Pget_virtual_filename(properties, i, &title, title.count - 1) >= 0 { mapping.file = HDF5.text(title) }
      title = [CChar](repeating: 0, count: 4097)
      if H5Pget_virtual_dsetname(properties, i, &title, title.count - 1) >= 0 { mapping.name = HDF5.text(title) }
      let to = H5Pget_virtual_vspace(properties, i), from = H5Pget_virtual_srcspace(properties, i)
      defer { H5Sclose(to); H5Sclose(from) }
      if to >= 0, from >= 0 {
        (mapping.to, mapping.from) = (slab(to), slab(from))
        mapping.fromShape = HDF5.extent(ofSpace: from)
      }
      out.mappings.append(mapping)
    }
  }

  private func slab(_ space: hid_t) -> StoredColumn.Slab? {
    // What "all" means the source's own shape says; the view keeps none.
    if H5Sget_select_type(space) == H5S_SEL_ALL { return .init() }
    let rank = HDF5.extent(ofSpace: space).count
    guard rank > 0 else { return nil }
    var start = [hsize_t](repeating: 0, count: rank), stride = start, count = start, block = start
    guard H5Sget_select_type(space) == H5S_SEL_HYPERSLABS, H5Sis_regular_hyperslab(space) > 0,
      H5Sget_regular_hyperslab(space, &start, &stride, &count, &block) >= 0,
      (start + stride + count + block).allSatisfy({ $0 <= hsize_t(Int.max / 4) })
    else { return nil }
    let numbers = [start, stride, count, block].map { $0.map { Int($0) } }
    return .init(start: numbers[0], stride: numbers[1], count: numbers[2], block: numbers[3])
  }

  /// The first rows of what is small and honest enough to be a table.
  private func addHead(_ name: String, _ column: inout StoredColumn) {
    guard name != "pixels", column.shape.count == 1, column.externals.isEmpty, column.layout != .virtual,
      let rows = column.shape.first, rows > 0, (1...4096).contains(column.elementBytes),
      column.kind == .integers || column.kind == .text
    else { return }
    let count = min(rows, Self.headBytes / column.elementBytes / (column.isVariable ? 16 : 1))
    let chunkBytes = column.chunk.first.map { $0.multipliedReportingOverflow(by: column.elementBytes) }
    guard chunkBytes.map({ !$0.overflow && $0.partialValue <= 64 << 20 }) ?? true,
      let (got, bytes) = try? self.column(name, as: column.kind == .text ? .texts : .integers, 0, count)
    else { return }
    (column.headRows, column.head) = (got, bytes)
  }

  // MARK: - Rows

  /// Rows from `first` on, as many of `count` as one answer holds. - Returns: how many, and the rows encoded.
  func column(_ name: String, as kind: ColumnRows.Kind, _ first: Int, _ count: Int) throws -> (Int, [UInt8]) {
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Dclose(id) }
    let shape = HDF5.extent(of: id)
    guard let all = shape.first, first >= 0, count > 0, first <= all, count <= all - first else {
      throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "rows are asked for that are not there")
    }
    let type = H5Dget_type(id)
    defer { H5Tclose(type) }
    let isVariable = kind == .texts && H5Tis_variable_str(type) > 0
    var width = kind == .texts ? Int(clamping: H5Tget_size(type)) : kind == .floats ? 4 : 8
    for n in shape.dropFirst() {
      let (product, overflow) = width.multipliedReportingOverflow(by: n)
      guard !overflow else { throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "a row is too long") }
      width = product
    }
    guard width <= 64 << 20 else {
      throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "a row is too long")
    }
    let rows = min(count, isVariable ? 8192 : max(1, Self.pieceBytes / max(1, width)))
    let size = [rows] + shape.dropFirst(), start = [first] + shape.dropFirst().map { _ in 0 }
    let total = rows * (width / (kind == .texts ? max(1, Int(clamping: H5Tget_size(type))) : kind == .floats ? 4 : 8))
    var out: [UInt8] = []
    try select(id, start, size) { memory, stored in
      func read(_ to: hid_t, _ bytes: UnsafeMutableRawPointer) -> herr_t {
        H5Dread(id, to, memory, stored, Self.defaults, bytes)
      }
      switch kind {
      case .texts: out = try texts(type, memory, total, read)
      case .integers:
        var values = [Int64](repeating: 0, count: total), wire = WireWriter()
        guard total == 0 || read(orrery_h5t_i64(), &values) >= 0 else { throw Self.refusal(.cannotRead) }
        wire.put(values.map { Int($0) })
        out = wire.bytes
      case .floats, .doubles:
        out = [UInt8](repeating: 0, count: total * (kind == .floats ? 4 : 8))
        guard total == 0 || read(kind == .floats ? orrery_h5t_f32() : orrery_h5t_f64(), &out) >= 0 else {
          throw Self.refusal(.cannotRead)
        }
      }
    }
    return (rows, out)
  }

  private func texts(
    _ type: hid_t, _ space: hid_t, _ count: Int, _ read: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws -> [UInt8] {
    guard let values = HDF5.texts(type, space, count, { read(type, $0) }) else { throw Self.refusal(.cannotRead) }
    var wire = WireWriter()
    wire.put(values.count)
    for value in values { wire.put(value) }
    return wire.bytes
  }

  func select(_ id: hid_t, _ start: [Int], _ size: [Int], _ body: (hid_t, hid_t) throws -> Void) throws {
    try HDF5.select(id, start, size, or: Self.refusal(.cannotRead), body)
  }

  /// Rows of unsigned bytes. - Throws: a refusal when some of them were never written.
  func rows(_ name: String, _ first: Int, _ count: Int, into out: UnsafeMutableRawBufferPointer) throws {
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Dclose(id) }
    let shape = HDF5.extent(of: id), type = H5Dget_type(id)
    defer { H5Tclose(type) }
    var total = count
    for n in shape.dropFirst() where n > 0 && total > 0 { total = total <= out.count / n ? total * n : -1 }
    guard let all = shape.first, first >= 0, count > 0, count <= all, first <= all - count, total == out.count else {
      throw SandboxRefusal(code: HDF5Refusal.cannotRead.rawValue, text: "rows are asked for that are not there")
    }
    let properties = H5Dget_create_plist(id)
    defer { H5Pclose(properties) }
    if H5Pget_layout(properties) == H5D_CHUNKED {
      var sizes = [hsize_t](repeating: 0, count: shape.count)
      guard H5Pget_chunk(properties, Int32(sizes.count), &sizes) >= 0, !sizes.contains(0) else {
        throw Self.refusal(.cannotRead)
      }
      let chunk = sizes.map { Int(clamping: $0) }, grid = zip(shape, chunk).map { ($0 + $1 - 1) / $1 }
      for row in first / chunk[0]...(first + count - 1) / chunk[0] where isGap(id, chunk, grid, row) {
        throw SandboxRefusal(code: HDF5Refusal.neverWritten.rawValue, text: "\(row * chunk[0])")
      }
    }
    try select(id, [first] + shape.dropFirst().map { _ in 0 }, [count] + shape.dropFirst()) { memory, stored in
      guard H5Dread(id, orrery_h5t_u8(), memory, stored, Self.defaults, out.baseAddress) >= 0 else {
        throw Self.refusal(.cannotRead)
      }
    }
  }

  /// Offset, bytes and mask of chunks along the first axis; an offset of -1 for one never written.
  func locate(_ name: String, _ first: Int, _ count: Int) throws -> [Int] {
    let id = H5Dopen2(file, name, Self.defaults)
    guard id >= 0 else { throw Self.refusal(.cannotRead) }
    defer { H5Dclose(id) }
    let properties = H5Dget_create_plist(id), shape = HDF5.extent(of: id)
    defer { H5Pclose(properties) }
    var sizes = [hsize_t](repeating: 0, count: max(1, shape.count))
    guard H5Pget_chunk(properties, Int32(sizes.count), &sizes) == Int32(shape.count), !sizes.contains(0) else {
      throw Self.refusal(.cannotRead)
    }
    // Nothing is read, the driver only notes from where; so no memory is behind this address, and whoever wrote there
    // after all would end the child.
    guard let room = UnsafeMutableRawPointer(bitPattern: 4096) else { throw Self.refusal(.cannotRead) }
    let most = hsize_t(2 * PixelStorage.mostChunkBytes + 4096)
    var out: [Int] = []
    // Chunks are numbered row by row of their grid.
    let grid = zip(shape, sizes).map { max(1, ($0 - 1) / Int(clamping: $1) + 1) }
    for chunk in first..<first + max(0, min(count, 65_536)) {
      var offset = [hsize_t](repeating: 0, count: shape.count), rest = chunk
      for axis in offset.indices.dropFirst().reversed() {
        offset[axis] = hsize_t(clamping: (rest % grid[axis]) * Int(clamping: sizes[axis]))
        rest /= grid[axis]
      }
      offset[0] = hsize_t(clamping: rest.multipliedReportingOverflow(by: Int(clamping: sizes[0])).partialValue)
      var at: haddr_t = 0, size: hsize_t = 0, mask: UInt32 = 0
      switch orrery_h5_locate(file, id, offset, room, most, &at, &size, &mask) {
      case 1: out += [Int(clamping: at), Int(clamping: size), Int(mask)]
      case 0: out += [-1, 0, 0]
      default: throw Self.refusal(.cannotRead)
      }
    }
    return out
  }
}
