import Files

/// Pictures of handwritten digits in the IDX format of the MNIST files: big-endian magic 0x00000803, count, rows,
/// columns, bytes.
public struct DigitImages: Sendable {
  public static let side = 28
  public let count: Int
  private let pixels: [UInt8]

  /// - Throws: `Problem` when the file cannot be read or holds anything but 28×28 pictures.
  public init(path: String) throws { try self.init(bytes: [UInt8](try Disk.read(path)), at: path) }

  public init(bytes: [UInt8], at path: String) throws {
    guard bytes.count >= 16, bytes[0..<4].elementsEqual([0, 0, 8, 3]) else {
      let zipped = bytes.starts(with: [0x1F, 0x8B])
      throw Problem(
        "the file does not begin as IDX pictures do", at: path,
        expected: "the bytes 00 00 08 03, as in train-images-idx3-ubyte",
        fix: zipped ? "unpack it first: gunzip" : "give the file of pictures, not that of labels")
    }
    func field(_ i: Int) -> Int { bytes[4 * i..<4 * i + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (count, rows, columns) = (field(1), field(2), field(3)), side = Self.side
    guard rows == side, columns == side else {
      throw Problem("the pictures are \(columns)×\(rows)", at: path, expected: "\(side)×\(side)")
    }
    guard count > 0, bytes.count == 16 + count * side * side else {
      throw Problem(
        "the file names \(count) pictures and has \(bytes.count - 16) bytes of them", at: path,
        expected: "\(count * side * side) bytes", fix: "fetch it again")
    }
    (self.count, pixels) = (count, Array(bytes[16...]))
  }

  /// Grey level of row `i`, column `j` of picture `k`.
  func callAsFunction(_ k: Int, _ i: Int, _ j: Int) -> UInt8 { pixels[(k * Self.side + i) * Self.side + j] }
}
