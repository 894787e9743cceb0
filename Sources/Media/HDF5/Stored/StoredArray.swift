import Files
import Sandbox

/// A dataset of numbers or of texts of one length, of any shape, read as it is stored: by position, chunk by chunk, or by
/// the child where neither will do.
final class StoredArray: Sendable {
  private enum Storage: Sendable {
    case flat(FlatPixels)
    case chunks([Int], FilterPipeline, ChunkIndex)
    case library
  }

  let file: HDF5File, name: String
  let column: StoredColumn
  private let storage: Storage
  private let cache: BlockCache, owner: Int, tools: ToolsPool
  /// How many chunks along each axis; bytes of one.
  private let grid: [Int], chunkBytes: Int

  /// A column without axes counts as one of one row.
  let shape: [Int]
  var elementBytes: Int { column.elementBytes }

  /// - Throws: `Problem` for what cannot be so, for a filter that is not known, and for data in other files.
  init(_ file: HDF5File, _ name: String, _ column: StoredColumn, _ cache: BlockCache, _ tools: ToolsPool) throws {
    (self.file, self.name, self.column, self.cache, self.tools) = (file, name, column, cache, tools)
    shape = column.shape.isEmpty ? [1] : column.shape
    owner = cache.owner()
    let all = try file.product(shape + [column.elementBytes], limit: Int.max / 4, name)
    try FilterPipeline.require(column.filters, name, at: file.path)
    guard column.layout != .virtual else {
      throw Problem(
        "'\(name)' is composed of other files' data, which only 'pixels' of the native layout may be", at: file.path,
        fix: "write the data into one file: h5repack IN.h5 OUT.h5")
    }
    switch column.layout {
    case .contiguous:
      storage = .flat(try FlatPixels(file, name, column, bytes: all))
      (grid, chunkBytes) = ([], 0)
    case .chunked:
      guard all / HDF5File.mostClaimed <= file.size else {
        throw file.tooLarge(name, "\(Text.bytes(all)) in a file of \(Text.bytes(file.size))")
      }
      let bytes = try file.product(column.chunk + [column.elementBytes], limit: Int.max / 4, name)
      grid = zip(shape, column.chunk).map { max(1, ($0 - 1) / $1 + 1) }
      let count = try file.product(grid, limit: 1 << 40, name)
      chunkBytes = bytes
      if bytes <= PixelStorage.mostChunkBytes,
        let filters = FilterPipeline(column.filters, elementBytes: column.elementBytes)
      {
        storage = .chunks(column.chunk, filters, ChunkIndex(file, name, count: count, chunkBytes: bytes))
      } else {
        storage = .library
      }
    default:
      storage = .library
      (grid, chunkBytes) = ([], 0)
    }
  }

  /// The box's bytes, in the file's order of axes and bytes.
  func read(_ box: Box) throws -> [UInt8] {
    let count = try bytes(of: box)
    return try [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      try read(box, into: UnsafeMutableRawBufferPointer(start: out.baseAddress, count: count))
      filled = count
    }
  }

  private func bytes(of box: Box) throws -> Int {
    guard box.size.count == shape.count,
      zip(shape, zip(box.start, box.size)).allSatisfy({ $1.0 >= 0 && $1.1 >= 0 && $1.1 <= $0 && $1.0 <= $0 - $1.1 })
    else { throw Problem("a part of '\(name)' is asked for that is not there", at: file.path) }
    return try file.product(box.size + [elementBytes], limit: 1 << 33, name)
  }

  /// - Parameter out: exactly the box's bytes.
  func read(_ box: Box, into out: UnsafeMutableRawBufferPointer) throws {
    guard try bytes(of: box) == out.count else {
      throw Problem("a part of '\(name)' is asked for that does not fit", at: file.path)
    }
    guard out.count > 0 else { return }
    switch storage {
    case .flat(let flat): try self.flat(flat, box, into: out)
    case .chunks(let chunk, let filters, let index): try chunks(chunk, filters, index, box, into: out)
    case .library: try library(box, into: out)
    }
  }

  /// Runs shorter than this are not worth a call to the system each.
  private static let shortRun = 4096

  private func flat(_ flat: FlatPixels, _ box: Box, into out: UnsafeMutableRawBufferPointer) throws {
    guard !flat.isEmpty else { throw neverWritten(box) }
    let here = (shape: box.size, start: box.start.map { _ in 0 })
    var shortest = Int.max
    Box.runs(box.size, from: (shape, box.start), to: here) { shortest = min(shortest, $2) }
    if shortest * elementBytes < Self.shortRun, shortest < box.count {
      var rows = Box(start: box.start, size: shape)
      rows.size[0] = box.size[0]
      for axis in shape.indices.dropFirst() { rows.start[axis] = 0 }
      let whole = try [UInt8](unsafeUninitializedCapacity: bytes(of: rows)) { room, filled in
        let count = try bytes(of: rows)
        try flat.read(
          rows.start[0] * Box.strides(shape)[0] * elementBytes,
          into: UnsafeMutableRawBufferPointer(start: room.baseAddress, count: count))
        filled = count
      }
      whole.withUnsafeBytes { copy($0, (rows.size, [0] + box.start.dropFirst()), out, here, box.size) }
      return
    }
    try Box.runs(box.size, from: (shape, box.start), to: here) { from, to, count in
      try flat.read(
        from * elementBytes,
        into: UnsafeMutableRawBufferPointer(rebasing: out[to * elementBytes..<(to + count) * elementBytes]))
    }
  }

  private func copy(
    _ source: UnsafeRawBufferPointer, _ from: (shape: [Int], start: [Int]), _ out: UnsafeMutableRawBufferPointer,
    _ to: (shape: [Int], start: [Int]), _ size: [Int]
  ) {
    Box.copy(size, element: elementBytes, source, from, out, to)
  }

  private func chunks(
    _ chunk: [Int], _ filters: FilterPipeline, _ index: ChunkIndex, _ box: Box, into out: UnsafeMutableRawBufferPointer
  ) throws {
    let first = zip(box.start, chunk).map { $0 / $1 }
    let last = shape.indices.map { (box.start[$0] + box.size[$0] - 1) / chunk[$0] }
    let isWhole = chunk.dropFirst() == shape.dropFirst() && box.size.dropFirst() == shape.dropFirst()
    var place = first
    while true {
      let number = zip(place, Box.strides(grid)).reduce(0) { $0 + $1.0 * $1.1 }
      let from = shape.indices.map { max(box.start[$0], place[$0] * chunk[$0]) },
        to = shape.indices.map { min(box.start[$0] + box.size[$0], (place[$0] + 1) * chunk[$0]) },
        size = zip(from, to).map { $1 - $0 }
      if isWhole, size[0] == chunk[0] {
        let at = (from[0] - box.start[0]) * (chunkBytes / chunk[0])
        try decode(number, filters, index, into: UnsafeMutableRawBufferPointer(rebasing: out[at..<at + chunkBytes]))
      } else {
        let block = try cache.piece(.init(owner: owner, piece: number), chunkBytes) {
          let block = Block(chunkBytes)
          try decode(number, filters, index, into: block.bytes)
          return block
        }
        withExtendedLifetime(block) {
          copy(
            UnsafeRawBufferPointer(block.bytes), (chunk, shape.indices.map { from[$0] - place[$0] * chunk[$0] }), out,
            (box.size, zip(from, box.start).map { $0 - $1 }), size)
        }
      }
      var axis = shape.count - 1
      while axis >= 0 {
        place[axis] += 1
        if place[axis] <= last[axis] { break }
        place[axis] = first[axis]
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  private func decode(
    _ chunk: Int, _ filters: FilterPipeline, _ index: ChunkIndex, into out: UnsafeMutableRawBufferPointer
  ) throws {
    guard let place = try index.place(chunk) else {
      throw file.neverWritten(name, "rows from \(chunk / max(1, grid.dropFirst().reduce(1, *)) * column.chunk[0]) on")
    }
    let room = UnsafeMutableRawBufferPointer(rebasing: out[..<chunkBytes])
    if place.bytes == chunkBytes, filters.isPlain(skipped: place.skipped) {
      return try file.read(place.offset, into: room)
    }
    try tools.with { tools in
      let packed = UnsafeMutableRawBufferPointer(start: tools.inflater.room(place.bytes), count: place.bytes)
      try file.read(place.offset, into: packed)
      if let why = filters.decode(UnsafeRawBufferPointer(packed), skipped: place.skipped, into: room, tools) {
        throw Problem(
          "chunk \(chunk) of '\(name)' is damaged: \(why)", at: file.path, fix: "copy or write the file again")
      }
    }
  }

  private func library(_ box: Box, into out: UnsafeMutableRawBufferPointer) throws {
    let row = try file.product(Array(shape.dropFirst()) + [elementBytes], limit: 1 << 31, name),
      step = max(1, (64 << 20) / max(1, row))
    for at in stride(from: 0, to: box.size[0], by: step) {
      let some = min(step, box.size[0] - at), memory = try SharedMemory(count: some * row)
      try withExtendedLifetime(memory) {
        try file.stored(name, box.start[0] + at, some, into: memory)
        var size = box.size
        size[0] = some
        copy(
          UnsafeRawBufferPointer(memory.bytes), ([some] + shape.dropFirst(), [0] + box.start.dropFirst()), out,
          (box.size, [at] + box.start.dropFirst().map { _ in 0 }), size)
      }
    }
  }

  private func neverWritten(_ box: Box) -> Problem {
    file.neverWritten(name, "rows \(box.start[0]) to \(box.start[0] + box.size[0])")
  }
}
