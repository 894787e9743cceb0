import Files

/// NumPy's array files (NEP 1), numbers only: what is pickled is refused, never opened.
package struct NPY {
  package let shape: [Int]
  package let values: [Double]

  /// - Throws: `Problem` for what is no such file, is pickled, or lies in another order.
  package init(_ bytes: [UInt8], at place: String) throws {
    func damaged() -> Problem { Problem("the .npy is damaged or cut", at: place, fix: "write it again: numpy.save") }
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw damaged() }
    let isLong = bytes[6] >= 2
    let length = isLong ? bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) } : Int(bytes[8]) | Int(bytes[9]) << 8
    let begin = isLong ? 12 : 10
    guard length <= bytes.count - begin else { throw damaged() }
    let head = String(decoding: bytes[begin..<begin + length], as: UTF8.self)
    func word(after key: String) -> Substring? {
      head.firstRange(of: "'\(key)':").map { head[$0.upperBound...].drop { $0 == " " } }
    }
    guard let kind = word(after: "descr")?.dropFirst().prefix(while: { $0 != "'" }),
      let order = word(after: "fortran_order"),
      let sides = word(after: "shape")?.dropFirst().prefix(while: { $0 != ")" })
    else { throw damaged() }
    guard !kind.contains("O") else {
      throw Problem(
        "the .npy holds pickled objects, which are never opened", at: place, expected: "an array of numbers",
        fix: "write the array itself: numpy.save(path, numpy.asarray(actions, dtype='float32'))")
    }
    guard order.hasPrefix("False") else {
      throw Problem(
        "the .npy lies column by column", at: place, fix: "write it again: numpy.save(path, numpy.ascontiguousarray(a))"
      )
    }
    shape = sides.split(separator: ",").compactMap { Int($0.filter { $0 != " " }) }
    var count = 1
    for side in shape {
      let (next, overflow) = count.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow, next <= 1 << 28 else { throw damaged() }
      count = next
    }
    let data = bytes[(begin + length)...], isBig = kind.hasPrefix(">"), type = String(kind.drop { "<>|=".contains($0) })
    func read<T: FixedWidthInteger>(_ kind: T.Type, _ value: (T) -> Double) throws -> [Double] {
      let width = MemoryLayout<T>.size
      guard count <= data.count / width else { throw damaged() }
      return data.withUnsafeBytes { raw in
        (0..<count).map { i in
          let bits = raw.loadUnaligned(fromByteOffset: i * width, as: T.self)
          return value(isBig ? bits.byteSwapped : bits)
        }
      }
    }
    switch type {
    case "f4": values = try read(UInt32.self) { Double(Float(bitPattern: $0)) }
    case "f8": values = try read(UInt64.self) { Double(bitPattern: $0) }
    case "i1": values = try read(Int8.self) { Double($0) }
    case "u1", "b1": values = try read(UInt8.self) { Double($0) }
    case "i2": values = try read(Int16.self) { Double($0) }
    case "i4": values = try read(Int32.self) { Double($0) }
    case "i8": values = try read(Int64.self) { Double($0) }
    case "u2": values = try read(UInt16.self) { Double($0) }
    case "u4": values = try read(UInt32.self) { Double($0) }
    default: throw Problem("the .npy holds '\(kind)'", at: place, expected: "numbers", fix: "write float32")
    }
  }

  /// As the actions of a clip.
  func actions(frames: Int, clip: String, at place: String) throws -> StoredActions {
    guard (1...2).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
      throw Problem(
        "the actions of '\(clip)' have the shape \(shape)", at: place, expected: "[frames, numbers]",
        fix: "write them so")
    }
    guard shape[0] == frames || shape[0] == frames - 1 else {
      throw Problem(
        "clip '\(clip)' has \(frames) frames and \(shape[0]) actions, which fit no alignment", at: place,
        expected: "as many actions as frames, or one fewer", fix: "write a row a frame")
    }
    let values = values
    return StoredActions(shape: shape, alignment: shape[0] == frames ? .before : .beforeOneMore, names: nil) { values }
  }
}
