import Foundation

/// An array of numbers inside a pickle, row-major and little-endian; read where it lies.
public struct PickledArray {
  /// numpy's codes of the types that are read.
  public enum Element: String, Sendable {
    case f2, f4, f8
    var size: Int {
      switch self {
      case .f2: 2
      case .f4: 4
      case .f8: 8
      }
    }
  }

  /// Its path from the outermost container.
  public let name: String
  public let shape: [Int]
  public let element: Element
  let range: Range<Int>
  let data: Data

  func named(_ name: String) -> PickledArray {
    PickledArray(name: name, shape: shape, element: element, range: range, data: data)
  }

  public var count: Int { shape.reduce(1, *) }

  /// Its numbers as f32, copied.
  public var values: [Float] {
    data.withUnsafeBytes { all in
      let bytes = UnsafeRawBufferPointer(rebasing: all[range])
      func bits<T: FixedWidthInteger>(_ i: Int, _ type: T.Type) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: i * element.size, as: type))
      }
      return (0..<count).map { i in
        switch element {
        case .f2: Float(Float16(bitPattern: bits(i, UInt16.self)))
        case .f4: Float(bitPattern: bits(i, UInt32.self))
        case .f8: Float(Double(bitPattern: bits(i, UInt64.self)))
        }
      }
    }
  }
}
