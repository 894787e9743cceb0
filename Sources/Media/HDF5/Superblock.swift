import Foundation

/// The head of an HDF5 file (File Format Specification 3.0, §II.A), as far as it says how the file is.
struct Superblock {
  /// Where the file's data ends, as far as it says so.
  var end: Int?
  /// A writer has it open, or had it when it died (version 3 only).
  var isBeingWritten = false

  /// Looks where a superblock may lie: at 0, 512, 1024, 2048, … - Returns: nil when there is none.
  init?(_ size: Int, read: (_ at: Int, _ count: Int) -> [UInt8]) {
    var at = 0
    while at <= size - HDF5Signature.bytes.count {
      let head = read(at, 96)
      if head.starts(with: HDF5Signature.bytes) {
        self.init(head, at: at)
        return
      }
      at = at == 0 ? 512 : at * 2
    }
    return nil
  }

  private init(_ head: [UInt8], at: Int) {
    func number(_ place: Int, _ width: Int) -> Int? {
      guard width == 4 || width == 8, place + width <= head.count else { return nil }
      let value = head[place..<place + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(exactly: value)
    }
    guard head.count > 16 else { return }
    let version = head[8], isOld = version < 2, width = Int(head[isOld ? 13 : 9]),
      first = isOld ? (version == 0 ? 24 : 28) : 12
    if version == 3 { isBeingWritten = head[11] & 0b101 != 0 }
    // Addresses are counted from the first, the base: only one at the file's start is judged.
    if at == 0, version <= 3, number(first, width) == 0 { end = number(first + 2 * width, width) }
  }
}
