import CTags
import Files
import Synchronization

/// The random words that tags are made with, drawn once a process and known to nobody else.
final class TagKey: Sendable {
  static let own = TagKey()

  private let key: ct_key

  private init() {
    var key = ct_key(), random = SystemRandomNumberGenerator()
    withUnsafeMutableBytes(of: &key) { bytes in
      for at in stride(from: 0, to: bytes.count, by: 8) {
        bytes.storeBytes(of: random.next(), toByteOffset: at, as: UInt64.self)
      }
    }
    self.key = key
  }

  func tag(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    withUnsafePointer(to: key) { ct_tag($0, bytes.baseAddress, bytes.count) }
  }

  /// A tag for each row of `row` bytes.
  func tags(_ bytes: UnsafeRawBufferPointer, row: Int) -> [UInt64] {
    let rows = bytes.count / row
    return [UInt64](unsafeUninitializedCapacity: rows) { out, count in
      withUnsafePointer(to: key) { ct_tag_rows($0, bytes.baseAddress, row, rows, out.baseAddress) }
      count = rows
    }
  }
}

/// What was read once is what is read again: a tag a piece, taken when the piece first came out of a file and held
/// against it ever after.
///
/// Tags are 64 bits under a key of this process, so nobody can make bytes that have the tag of others. Once the first
/// read of a clip has been hashed, every later one is of the bytes that were hashed.
final class RowTags: Sendable {
  private static let page = 4096
  /// By page; 0 for a piece not met yet.
  private let pages = Mutex<[Int: [UInt64]]>([:])

  /// Holds the tags of pieces from `first` on against those known, and keeps those that are new.
  /// - Returns: the first piece that is not what it was.
  func firstChange(_ first: Int, _ tags: some Collection<UInt64>) -> Int? {
    pages.withLock { pages in
      var at = first
      var rest = tags[...]
      while !rest.isEmpty {
        let number = at / Self.page, place = at % Self.page, some = rest.prefix(Self.page - place)
        var changed: Int?
        pages[number, default: [UInt64](repeating: 0, count: Self.page)].withUnsafeMutableBufferPointer { known in
          for (i, tag) in some.enumerated() where known[place + i] != tag {
            guard known[place + i] == 0 else {
              changed = at + i
              return
            }
            known[place + i] = tag
          }
        }
        if let changed { return changed }
        at += some.count
        rest = rest.dropFirst(some.count)
      }
      return nil
    }
  }

  /// Whether a piece has been met.
  func knows(_ piece: Int) -> Bool {
    pages.withLock { $0[piece / Self.page].map { $0[piece % Self.page] != 0 } ?? false }
  }
}
