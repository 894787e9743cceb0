import CFilters
import CTags
import Files

/// The filters of a chunk, undone in this process: one that packs, at most, and what stands before and after it.
struct FilterPipeline: Sendable {
  enum Step: Sendable, Equatable {
    case deflate, lzf, lz4, bzip2, zstd, blosc
    case szip(SzipSettings)
    case bitshuffle(element: Int, block: Int, codec: Int)
    /// Bytes of an item.
    case shuffle(Int)
    case fletcher

    var isPacking: Bool {
      switch self {
      case .shuffle, .fletcher: false
      case .bitshuffle(_, _, let codec): codec != 0
      default: true
      }
    }
  }

  private let steps: [Step]

  /// Nil when there is a filter that only libhdf5 undoes.
  init?(_ filters: [StoredColumn.Filter], elementBytes: Int) {
    guard filters.count < 32 else { return nil }
    var steps: [Step] = []
    for filter in filters {
      let set = filter.settings
      switch filter.number {
      case 1: steps.append(.deflate)
      case 2: steps.append(.shuffle(set.first.flatMap { (1...65_536).contains($0) ? $0 : nil } ?? elementBytes))
      case 3: steps.append(.fletcher)
      case 4:
        guard let settings = SzipSettings(set) else { return nil }
        steps.append(.szip(settings))
      case 307: steps.append(.bzip2)
      case 32000: steps.append(.lzf)
      case 32001: steps.append(.blosc)
      case 32004: steps.append(.lz4)
      case 32008:
        let element = set.count > 2 ? set[2] : elementBytes, block = set.count > 3 ? set[3] : 0,
          codec = set.count > 4 ? set[4] : 0
        guard (1...256).contains(element), (0...1 << 24).contains(block), [0, 2, 3].contains(codec) else { return nil }
        steps.append(.bitshuffle(element: element, block: block, codec: codec))
      case 32015: steps.append(.zstd)
      default: return nil
      }
    }
    guard steps.count(where: \.isPacking) <= 1 else { return nil }
    self.steps = steps
  }

  /// What cannot be read at all, in a sentence: a filter nobody here has.
  static func require(_ filters: [StoredColumn.Filter], _ name: String, at path: String) throws {
    for filter in filters {
      switch filter.number {
      case 1...6, 307, 32000, 32001, 32004, 32008, 32015: continue
      case 32026:
        throw Problem(
          "'\(name)' is compressed with Blosc2 (HDF5 filter 32026), which is not read here", at: path,
          expected: "none, gzip, szip, lzf, lz4, Blosc, bzip2, bitshuffle or zstd",
          fix: "where hdf5plugin is installed, copy it with gzip: h5repack -f GZIP=4 IN.h5 OUT.h5")
      default:
        if filter.isInstalled { continue }
        let title = filter.name.isEmpty ? "" : " ('\(filter.name)')"
        throw Problem(
          "'\(name)' is compressed with the HDF5 filter number \(filter.number)\(title), which is not known here",
          at: path, expected: "none, gzip, szip, lzf, lz4, Blosc, bzip2, bitshuffle or zstd",
          fix: "where its plugin is installed, copy it with gzip: h5repack -f GZIP=4 IN.h5 OUT.h5")
      }
    }
  }

  /// Whether a chunk is stored as it is, with nothing to check.
  func isPlain(skipped: UInt32) -> Bool {
    steps.indices.allSatisfy { isSkipped($0, skipped) || steps[$0] == .shuffle(1) }
  }

  private func isSkipped(_ step: Int, _ mask: UInt32) -> Bool { mask & 1 << UInt32(step) != 0 }

  /// Undoes the filters of one chunk.
  /// - Parameters:
  ///   - skipped: a bit for each filter that was left out. - out: filled exactly.
  ///   - tools: of one thread.
  /// - Returns: nil, or why it is damaged.
  func decode(
    _ packed: UnsafeRawBufferPointer, skipped: UInt32, into out: UnsafeMutableRawBufferPointer, _ tools: ChunkTools
  ) -> String? {
    var bytes = packed, written = 0
    let todo = steps.indices.filter { !isSkipped($0, skipped) && steps[$0] != .shuffle(1) }
    for (i, at) in todo.reversed().enumerated() {
      let isLast = i == todo.count - 1
      // A checksum made before the bytes were packed is packed with them.
      let size = out.count + 4 * todo.count { $0 < at && steps[$0] == .fletcher }
      if steps[at] == .fletcher {
        guard ChunkFilters.holds(bytes) else { return "its checksum does not hold" }
        bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast(4))
        continue
      }
      let room = isLast ? out : tools.room(written % 2, size)
      guard room.count == size, undo(steps[at], bytes, into: room, tools) else {
        return "it does not unpack to \(size) bytes"
      }
      bytes = UnsafeRawBufferPointer(room)
      written += 1
    }
    if bytes.baseAddress == out.baseAddress.map({ UnsafeRawPointer($0) }) { return nil }
    guard bytes.count == out.count else { return "\(bytes.count) bytes are stored, plain, for \(out.count)" }
    out.copyMemory(from: bytes)
    return nil
  }

  private func undo(
    _ step: Step, _ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer, _ tools: ChunkTools
  ) -> Bool {
    guard let from = bytes.baseAddress, let to = out.baseAddress, bytes.count > 0 else { return false }
    guard bytes.count <= Int(Int32.max), out.count <= Int(Int32.max) else { return false }
    switch step {
    case .deflate: return tools.inflater.inflate(bytes, into: out)
    case .lzf: return LZF.decode(bytes, into: out)
    case .lz4: return LZ4Blocks.decode(bytes, into: out)
    case .bzip2:
      var count = UInt32(out.count)
      return BZ2_bzBuffToBuffDecompress(
        to.assumingMemoryBound(to: CChar.self), &count,
        UnsafeMutablePointer(mutating: from.assumingMemoryBound(to: CChar.self)), UInt32(bytes.count), 0, 0) == BZ_OK
        && Int(count) == out.count
    case .zstd: return ZSTD_decompress(to, out.count, from, bytes.count) == out.count
    case .blosc:
      var size = 0
      guard blosc_cbuffer_validate(from, bytes.count, &size) == 0, size == out.count else { return false }
      return blosc_decompress_ctx(from, to, out.count, 1) == Int32(out.count)
    case .szip(let settings): return settings.decode(bytes, into: out)
    case .bitshuffle(let element, let block, let codec):
      return Bitshuffle(element: element, block: block, codec: codec).decode(bytes, into: out, tools)
    case .shuffle(let element): return Self.unshuffle(bytes, element, into: out)
    case .fletcher: return false
    }
  }

  /// Bytes of equal significance lie together; what is left over at the end lies as it is.
  private static func unshuffle(
    _ bytes: UnsafeRawBufferPointer, _ element: Int, into out: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard bytes.count == out.count, element > 0 else { return false }
    let count = bytes.count / element
    for byte in 0..<element {
      let from = byte * count
      for i in 0..<count { out[i * element + byte] = bytes[from + i] }
    }
    for i in count * element..<bytes.count { out[i] = bytes[i] }
    return true
  }
}

/// One thread's tools and room for undoing filters.
final class ChunkTools: @unchecked Sendable {  // used by one thread at a time: a pool hands it out
  let inflater: Inflater
  private var rooms: [UnsafeMutableRawBufferPointer] = (0..<3).map { _ in .allocate(byteCount: 0, alignment: 64) }

  init() throws { inflater = try Inflater() }

  deinit { for room in rooms { room.deallocate() } }

  /// The room of that number, of `count` bytes; what stood there is forgotten.
  func room(_ number: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
    if rooms[number].count < count {
      rooms[number].deallocate()
      rooms[number] = .allocate(byteCount: count + count / 8, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: rooms[number][..<count])
  }
}
