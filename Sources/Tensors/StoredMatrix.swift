import CKernels

/// A weight [rows, columns] that is multiplied as it lies in its file: mapped, never copied. Products decode the part
/// they are about to pack (`Products`), so there is no second copy of it in memory, whatever its type.
public final class StoredMatrix {
  /// Element types of weights that are only read: floats, and the block types of ggml that video models are published
  /// in.
  public enum Kind: String, Sendable, CaseIterable {
    case f32, f64, f16, bf16, e4m3, e5m2, q8_0, q4_0, q4_k, q5_k, q6_k

    var code: Int32 {
      switch self {
      case .f32: Int32(ok_stored_f32)
      case .f64: Int32(ok_stored_f64)
      case .f16: Int32(ok_stored_f16)
      case .bf16: Int32(ok_stored_bf16)
      case .e4m3: Int32(ok_stored_e4m3)
      case .e5m2: Int32(ok_stored_e5m2)
      case .q8_0: Int32(ok_stored_q8_0)
      case .q4_0: Int32(ok_stored_q4_0)
      case .q4_k: Int32(ok_stored_q4_k)
      case .q5_k: Int32(ok_stored_q5_k)
      case .q6_k: Int32(ok_stored_q6_k)
      }
    }

    /// Elements of a block and the bytes they take.
    public var block: (elements: Int, bytes: Int) {
      switch self {
      case .f32: (1, 4)
      case .f64: (1, 8)
      case .f16, .bf16: (1, 2)
      case .e4m3, .e5m2: (1, 1)
      case .q8_0: (32, 34)
      case .q4_0: (32, 18)
      case .q4_k: (256, 144)
      case .q5_k: (256, 176)
      case .q6_k: (256, 210)
      }
    }

    /// The type products can pack without decoding.
    var element: ElementType? {
      switch self {
      case .f32: .f32
      case .bf16: .bf16
      default: nil
      }
    }

    /// Bytes a row of so many elements takes; nil when blocks do not divide it.
    public func bytes(_ columns: Int) -> Int? {
      columns % block.elements == 0 ? columns / block.elements * block.bytes : nil
    }
  }

  /// What stored numbers are multiplied by.
  public enum Scale: Sendable, Equatable {
    case none
    case one(Float)
    /// One a row.
    case rows([Float])
    /// One for every `width` elements of a row, row after row; `width` divides the columns.
    case blocks(width: Int, [Float])
  }

  public let kind: Kind
  public let rows: Int, columns: Int
  public let scale: Scale
  private let base: UnsafeRawPointer, rowBytes: Int
  /// What keeps the bytes where they are.
  private let owner: AnyObject

  /// - Parameters:
  ///   - bytes: `rows` rows, at any address; they must stay readable as long as `owner` lives.
  public init(_ kind: Kind, rows: Int, columns: Int, scale: Scale = .none, at bytes: UnsafeRawPointer, owner: AnyObject)
  {
    guard let rowBytes = kind.bytes(columns) else {
      preconditionFailure("rows of \(columns) are not whole blocks of \(kind)")
    }
    (self.kind, self.rows, self.columns, self.scale) = (kind, rows, columns, scale)
    (base, self.rowBytes, self.owner) = (bytes, rowBytes, owner)
  }

  /// The first element and the elements between rows, where products can pack it as it lies.
  func plain(for type: ElementType) -> (at: UnsafeRawPointer, type: ElementType)? {
    guard scale == .none, let element = kind.element, element == .f32 || element == type,
      Int(bitPattern: base) % element.size == 0
    else { return nil }
    return (base, element)
  }

  /// Elements of a row as floats.
  func decode(row: Int, columns range: Range<Int>, _ kernels: ok_kernels, into out: UnsafeMutablePointer<Float>) {
    let at = base + row * rowBytes
    kernels.decode(kind.code, range.count, at, range.lowerBound, out)
    switch scale {
    case .none: break
    case .one(let s): for i in 0..<range.count { out[i] *= s }
    case .rows(let s): for i in 0..<range.count { out[i] *= s[row] }
    case .blocks(let width, let s):
      let per = columns / width
      for i in 0..<range.count { out[i] *= s[row * per + (range.lowerBound + i) / width] }
    }
  }

  /// Bytes of a stored matrix as floats.
  package static func decoded(
    _ bytes: [UInt8], as kind: Kind, rows: Int, columns: Int, on compute: Compute
  ) -> [Float] {
    precondition(kind.bytes(columns).map { $0 * rows } == bytes.count, "\(bytes.count) bytes of \(kind)")
    return bytes.withUnsafeBytes {
      StoredMatrix(kind, rows: rows, columns: columns, at: $0.baseAddress!, owner: compute).values(compute)
    }
  }

  /// All of it, decoded.
  package func values(_ compute: Compute) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { out, count in
      let base = out.baseAddress!, kernels = compute.kernels
      compute.parallel(over: rows, grain: 16) { r in
        for row in r { decode(row: row, columns: 0..<columns, kernels, into: base + row * columns) }
      }
      count = rows * columns
    }
  }
}
