import CKernels

/// A dense array of f32 or bf16: contiguous, row-major, always. Reshaping and slicing the leading axis are free views.
///
/// A tensor may carry a trace: its place on a tape. An op records itself when any input carries one; without a trace
/// the same code is inference.
public struct Tensor {
  public let shape: Shape
  public let type: ElementType
  public let compute: Compute
  package let buffer: Buffer
  /// Elements before the first one, in the buffer.
  package let offset: Int
  package var trace: Trace?
  /// A weight that lies elsewhere and is only multiplied by (`StoredMatrix`); there are no elements here then.
  package let stored: StoredMatrix?

  package init(
    shape: Shape, type: ElementType, compute: Compute, buffer: Buffer, offset: Int = 0, trace: Trace? = nil,
    stored: StoredMatrix? = nil
  ) {
    self.stored = stored
    precondition(
      (offset + shape.count) * type.size <= buffer.count * 4 || buffer === compute.nothing,
      "\(shape) at \(offset) does not fit \(buffer.count) words")
    self.shape = shape
    self.type = type
    self.compute = compute
    self.buffer = buffer
    self.offset = offset
    self.trace = trace
  }

  /// A weight as it lies in its file. - Parameter shape: as many rows, whatever their elements stand for.
  public init(_ stored: StoredMatrix, _ shape: Shape, on compute: Compute) {
    precondition(
      shape.count == stored.rows * stored.columns && shape.rank >= 2 && shape[0] == stored.rows,
      "\(stored.rows) × \(stored.columns) is not \(shape)")
    self.init(shape: shape, type: .f32, compute: compute, buffer: compute.nothing, stored: stored)
  }

  /// Contents undefined: for an output every element of which is about to be written.
  public init(undefined shape: Shape, _ type: ElementType = .f32, on compute: Compute) {
    self.init(shape: shape, type: type, compute: compute, buffer: compute.scratch((shape.count * type.size + 3) / 4))
  }

  public init(zeros shape: Shape, on compute: Compute) {
    self.init(undefined: shape, on: compute)
    pointer.update(repeating: 0, count: shape.count)
  }

  /// `values`, rounded to `type`.
  public init(_ values: [Float], _ shape: Shape, _ type: ElementType = .f32, on compute: Compute) {
    precondition(values.count == shape.count, "\(values.count) values for \(shape)")
    self.init(undefined: shape, type, on: compute)
    values.withUnsafeBufferPointer {
      if let base = $0.baseAddress { kernels.round_rows(1, count, base, count, raw, count, 0) }
    }
  }

  /// Every byte zero.
  package init(cleared shape: Shape, _ type: ElementType, on compute: Compute) {
    self.init(undefined: shape, type, on: compute)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: shape.count * type.size)
  }

  /// A shape without elements, which must not be asked for.
  package init(shapeOnly shape: Shape, on compute: Compute) {
    self.init(shape: shape, type: .f32, compute: compute, buffer: compute.nothing)
  }

  /// Shape, type and trace without the elements, which must not be asked for.
  package var description: Tensor {
    Tensor(shape: shape, type: type, compute: compute, buffer: compute.nothing, trace: trace, stored: stored)
  }
  package var isDescription: Bool { buffer === compute.nothing }

  public var count: Int { shape.count }

  /// The elements of an f32 tensor.
  package var pointer: UnsafeMutablePointer<Float> {
    precondition(type == .f32, "a \(type) tensor is read through `raw`")
    precondition(!isDescription, "the elements of \(shape) were not kept")
    return buffer.base + offset
  }
  /// The elements as stored.
  package var raw: UnsafeMutableRawPointer {
    precondition(!isDescription, "the elements of \(shape) were not kept")
    return UnsafeMutableRawPointer(buffer.base) + offset * type.size
  }
  /// The kernels for this tensor's type.
  package var kernels: ok_operand { compute.operand(type) }

  /// The values as f32, copied.
  public var values: [Float] {
    if let stored { return stored.values(compute) }
    guard type != .f32 else { return Array(UnsafeBufferPointer(start: pointer, count: count)) }
    return Array(unsafeUninitializedCapacity: count) { to, n in
      if count > 0 { compute.operand(type).widen_rows(1, count, raw, count, to.baseAddress!, count) }
      n = count
    }
  }

  /// Reads or writes the elements of an f32 tensor in place.
  public func withElements<T>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> T) rethrows -> T {
    try body(UnsafeMutableBufferPointer(start: pointer, count: count))
  }

  /// The same elements under another shape. The trace stays: a gradient is accumulated by element.
  public func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "cannot reshape \(self.shape) to \(shape)")
    return Tensor(
      shape: shape, type: type, compute: compute, buffer: buffer, offset: offset, trace: trace, stored: stored)
  }

  /// A view of rows `range` of the leading axis, without a trace.
  public func slice(_ range: Range<Int>) -> Tensor {
    let inner = shape.sizes.dropFirst().reduce(1, *)
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "slice \(range) of \(shape)")
    return Tensor(
      shape: Shape([range.count] + shape.sizes.dropFirst()), type: type, compute: compute, buffer: buffer,
      offset: offset + range.lowerBound * inner)
  }

  /// The same elements without a trace.
  public var detached: Tensor {
    Tensor(shape: shape, type: type, compute: compute, buffer: buffer, offset: offset, stored: stored)
  }

  /// The same numbers as f32: itself where it is.
  var widened: Tensor {
    guard type != .f32 else { return self }
    let y = Tensor(undefined: shape, on: compute), kernels = kernels, from = raw, size = type.size, to = y.pointer
    compute.parallel(over: count, grain: 1 << 13) { r in
      kernels.widen_rows(1, r.count, from + r.lowerBound * size, r.count, to + r.lowerBound, r.count)
    }
    return y
  }

  public func copy() -> Tensor {
    let result = Tensor(undefined: shape, type, on: compute)
    result.raw.copyMemory(from: raw, byteCount: count * type.size)
    return result
  }

  /// self ← a·self + b·other, in place, f32.
  public func scaleAndAdd(_ a: Float, _ b: Float, _ other: Tensor) {
    precondition(other.count == count, "\(shape) and \(other.shape)")
    let kernels = compute.kernels, from = other.pointer, to = pointer
    compute.parallel(over: count, grain: 1 << 16) { r in
      kernels.axpby(r.count, b, from + r.lowerBound, a, to + r.lowerBound)
    }
  }
}
