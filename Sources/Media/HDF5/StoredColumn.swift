import Files
import Sandbox

/// What a file says about one of its datasets, as the child found it: claims, checked where they are used.
package struct StoredColumn: Sendable {
  /// Where a name leads.
  enum Place: Sendable, Equatable {
    case absent, here
    /// A link into another file.
    case elsewhere(file: String, name: String)
    /// It is there and does not open; the library's reason.
    case broken(String)
    /// It was laid by a later version of HDF5 than this library reads.
    case tooNew
  }

  enum Kind: Int, Sendable { case integers = 0, floats, text, records, lists, other }

  enum Layout: Int, Sendable { case compact = 0, contiguous, chunked, virtual, other }

  struct Filter: Sendable {
    var number = 0
    /// The name the file has for it.
    var name = ""
    var isInstalled = false
    /// What it was set to (client data).
    var settings: [Int] = []
  }

  /// A piece of another file that holds raw data.
  struct External: Sendable { var file = "", offset = 0, bytes = 0 }

  /// A box selected regularly: `count` blocks of `block` items, `stride` apart, from `start`, an axis each; no axes for
  /// all there is.
  struct Slab: Sendable {
    var start: [Int] = [], stride: [Int] = [], count: [Int] = [], block: [Int] = []

    var isAll: Bool { start.isEmpty }
  }

  /// A piece of another file's dataset that stands for a piece of this one.
  struct Mapping: Sendable {
    var file = "", name = ""
    /// Nil where the selection is not regular or grows with its source.
    var to: Slab?, from: Slab?
    var fromShape: [Int] = []
  }

  var place = Place.absent
  package var shape: [Int] = []
  var kind = Kind.other
  var elementBytes = 0
  var isUnsigned = false
  var isVariable = false
  /// The most significant byte comes first; lists are of bytes.
  var isBigEndian = false, isBytes = false
  var layout = Layout.other
  var chunk: [Int] = []
  var filters: [Filter] = []
  /// Where contiguous data begins; negative when it was never written or lies elsewhere.
  var offset = -1
  var externals: [External] = []
  var mappings: [Mapping] = []
  /// Bytes stored, packed; counted for tables only.
  var storedBytes = 0
  /// Chunks that were written.
  var chunksWritten = 0
  /// Rows known never to have been written; not complete where there are very many.
  var gaps: [Range<Int>] = []
  /// Attributes that hold texts or numbers, by name: those that were asked for.
  var lists: [String: [String]] = [:]
  /// The first rows, as `ColumnRows` are encoded, and how many.
  var head: [UInt8] = []
  var headRows = 0

  package var isPresent: Bool { place != .absent }

  /// Whether its rows lie in chunks, and whether in other files' datasets.
  package var isChunked: Bool { layout == .chunked || layout == .compact || layout == .other }
  package var isComposed: Bool { if case .elsewhere = place { true } else { layout == .virtual } }

  /// What the type is, in a message's words.
  var typeWords: String {
    switch kind {
    case .integers: "\(elementBytes * 8)-bit \(isUnsigned ? "unsigned " : "")integers"
    case .floats: "\(elementBytes * 8)-bit floats"
    case .text: "text"
    case .records: "records"
    case .lists: "lists of varying length"
    case .other: "an unusual type"
    }
  }
}

/// What a file says about itself, but for its pixels.
package struct StoredFile: Sendable {
  /// Root attributes of one value, as text.
  var attributes: [String: String] = [:]
  /// How many root attributes there are.
  var attributeCount = 0
  package var columns: [String: StoredColumn] = [:]
}

// MARK: - On the wire

extension StoredColumn {
  func write(_ out: inout WireWriter) {
    switch place {
    case .absent: out.put(0)
    case .here: out.put(1)
    case .elsewhere(let file, let name):
      out.put(2)
      out.put(file)
      out.put(name)
    case .broken(let why):
      out.put(3)
      out.put(why)
    case .tooNew: out.put(4)
    }
    out.put(shape)
    out.put([kind.rawValue, elementBytes, isUnsigned ? 1 : 0, isVariable ? 1 : 0, layout.rawValue])
    out.put(isBigEndian)
    out.put(isBytes)
    out.put(chunk)
    out.put(filters.count)
    for filter in filters {
      out.put(filter.number)
      out.put(filter.name)
      out.put(filter.isInstalled)
      out.put(filter.settings)
    }
    out.put(offset)
    out.put(externals.count)
    for part in externals {
      out.put(part.file)
      out.put(part.offset)
      out.put(part.bytes)
    }
    out.put(mappings.count)
    for mapping in mappings {
      out.put(mapping.file)
      out.put(mapping.name)
      for slab in [mapping.to, mapping.from] {
        out.put(slab != nil)
        if let slab { for axis in [slab.start, slab.stride, slab.count, slab.block] { out.put(axis) } }
      }
      out.put(mapping.fromShape)
    }
    out.put(storedBytes)
    out.put(chunksWritten)
    out.put(gaps.flatMap { [$0.lowerBound, $0.upperBound] })
    out.put(lists.count)
    for (name, values) in lists.sorted(by: { $0.key < $1.key }) {
      out.put(name)
      out.put(values.count)
      for value in values { out.put(value) }
    }
    out.put(head)
    out.put(headRows)
  }

  init(_ wire: inout WireReader) throws {
    switch try wire.int(0...4) {
    case 0: place = .absent
    case 4: place = .tooNew
    case 1: place = .here
    case 2: place = .elsewhere(file: try wire.text(), name: try wire.text())
    default: place = .broken(try wire.text())
    }
    shape = try Self.sizes(wire.ints())
    let type = try wire.ints()
    guard type.count == 5, let kind = Kind(rawValue: type[0]), let layout = Layout(rawValue: type[4]),
      (0...Int(UInt32.max)).contains(type[1])
    else { throw WireReader.Fault() }
    (self.kind, elementBytes, isUnsigned, isVariable, self.layout) = (kind, type[1], type[2] == 1, type[3] == 1, layout)
    (isBigEndian, isBytes) = (try wire.bool(), try wire.bool())
    chunk = try Self.sizes(wire.ints())
    guard layout != .chunked || (chunk.count == shape.count && !chunk.contains(0)) else { throw WireReader.Fault() }
    filters = try wire.list {
      Filter(
        number: try $0.int(), name: String(try $0.text().prefix(64)), isInstalled: try $0.bool(),
        settings: try $0.ints())
    }
    offset = try wire.int(-1...Int.max / 4)
    externals = try wire.list {
      External(file: try $0.text(), offset: try $0.int(0...Int.max / 4), bytes: try $0.int(0...Int.max / 4))
    }
    mappings = try wire.list { wire in
      var mapping = Mapping(file: try wire.text(), name: try wire.text())
      mapping.to = try Self.slab(&wire)
      mapping.from = try Self.slab(&wire)
      mapping.fromShape = try Self.sizes(wire.ints())
      return mapping
    }
    storedBytes = try wire.int(0...Int.max / 4)
    chunksWritten = try wire.int(0...Int.max / 4)
    let ends = try wire.ints()
    guard ends.count % 2 == 0 else { throw WireReader.Fault() }
    gaps = try stride(from: 0, to: ends.count, by: 2).map {
      guard ends[$0] >= 0, ends[$0] <= ends[$0 + 1] else { throw WireReader.Fault() }
      return ends[$0]..<ends[$0 + 1]
    }
    for (name, values) in try wire.list({ (try $0.text(), try $0.list { try $0.text() }) }) { lists[name] = values }
    head = try wire.raw()
    headRows = try wire.int(0...(shape.first ?? 1))
  }

  /// At most 32 axes (H5S_MAX_RANK), none negative.
  private static func sizes(_ values: [Int]) throws -> [Int] {
    guard values.count <= 32, values.allSatisfy({ $0 >= 0 }) else { throw WireReader.Fault() }
    return values
  }

  private static func slab(_ wire: inout WireReader) throws -> Slab? {
    guard try wire.bool() else { return nil }
    let slab = Slab(
      start: try sizes(wire.ints()), stride: try sizes(wire.ints()), count: try sizes(wire.ints()),
      block: try sizes(wire.ints()))
    guard Set([slab.start.count, slab.stride.count, slab.count.count, slab.block.count]).count == 1 else {
      throw WireReader.Fault()
    }
    return slab
  }
}

extension StoredFile {
  package func write(_ out: inout WireWriter) {
    out.put(attributeCount)
    out.put(attributes.count)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      out.put(name)
      out.put(value)
    }
    out.put(columns.count)
    for (name, column) in columns.sorted(by: { $0.key < $1.key }) {
      out.put(name)
      column.write(&out)
    }
  }

  package init(_ wire: inout WireReader) throws {
    attributeCount = try wire.int(0...Int.max)
    for (name, value) in try wire.list({ (try $0.text(), try $0.text()) }) { attributes[name] = value }
    for (name, column) in try wire.list({ (try $0.text(), try StoredColumn(&$0)) }) { columns[name] = column }
    try wire.end()
  }
}
