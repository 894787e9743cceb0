/// A fused operation with one output. One op, one file: shapes, forward, backward, and the same in plain Double.
public protocol Op: Sendable {
  /// What tapes, timings and failing tests call it.
  static var name: String { get }

  /// Whether a gradient flows to input `input`. To the others (targets, tables of positions) none is ever added.
  func isDifferentiable(_ input: Int) -> Bool

  /// Floating-point operations of a forward pass over inputs of these shapes: the products of the matrix ops, and a
  /// nominal number an element for the others, whose roof is memory anyway. A backward pass counts twice: two products
  /// for one, and what is computed again is not counted.
  func flops(_ x: [Shape]) -> Double

  /// The output's shape, and the shapes of what the forward pass keeps for the backward pass.
  func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape])

  /// The element types of the output and of what is kept, given the inputs'. f32 unless the op says otherwise.
  func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType)

  /// Writes every element of `y` and `kept`.
  func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor])

  /// Adds ∂loss/∂x to the gradients asked for. `dy` is this op's own to overwrite.
  func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?])

  /// What `backward` reads of the forward pass besides `kept`. Elements it does not read may be gone: it then sees
  /// shapes and types only.
  var reads: BackwardReads { get }

  /// Whether running it again costs less than keeping its output for the ops that read it: they are given a fresh one,
  /// of the same bits.
  var isCheap: Bool { get }

  /// The same function in Double, as plainly as it can be written: what forward and backward are tested against.
  func reference(_ x: [Oracle]) -> Oracle

  /// Shapes worth trying, odd ones included.
  static var cases: [OpCase] { get }
}

/// Parts of a forward pass that an op's backward pass may ask for.
public struct BackwardReads: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public static let inputs = BackwardReads(rawValue: 1)
  public static let output = BackwardReads(rawValue: 2)
}

extension Op {
  public var reads: BackwardReads { .inputs }
  public var isCheap: Bool { false }
  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (.f32, .f32) }

  /// Runs the op, and records it when an input carries a trace.
  public func callAsFunction(_ x: Tensor...) -> Tensor { apply(x) }

  public func apply(_ x: [Tensor]) -> Tensor {
    let compute = x[0].compute
    let (shape, keptShapes) = infer(x.map(\.shape))
    let types = types(x.map(\.type))
    let y = Tensor(undefined: shape, types.y, on: compute)
    let kept = keptShapes.map { Tensor(undefined: $0, types.kept, on: compute) }
    forward(x, y, kept)
    guard let tape = x.lazy.compactMap({ $0.trace?.tape }).first else { return y }
    return tape.record(self, x, y, kept)
  }
}

/// A dense Double array: the reference side of every test.
public struct Oracle: Sendable {
  public var shape: Shape
  public var values: [Double]

  public init(_ shape: Shape, _ values: [Double]) {
    precondition(values.count == shape.count)
    self.shape = shape
    self.values = values
  }

  public init(zeros shape: Shape) { self.init(shape, Array(repeating: 0, count: shape.count)) }

  /// Element at a full index.
  public subscript(_ index: Int...) -> Double {
    get { values[flat(index)] }
    set { values[flat(index)] = newValue }
  }

  private func flat(_ index: [Int]) -> Int { zip(index, shape.sizes).reduce(0) { $0 * $1.1 + $1.0 } }
}

/// One configuration of an op and the shapes to try it on.
public struct OpCase: Sendable {
  public let name: String
  public let op: any Op
  public let shapes: [Shape]
  /// Inputs with values of their own instead of normals.
  public let fixed: [Int: [Float]]

  public init(_ name: String, _ op: any Op, _ shapes: [Shape], fixed: [Int: [Float]] = [:]) {
    self.name = name
    self.op = op
    self.shapes = shapes
    self.fixed = fixed
  }

  /// The op and the case: what a failing test says.
  public var title: String { "\(type(of: op).name), \(name)" }
  /// The inputs that gradients flow to.
  public var differentiable: [Int] { shapes.indices.filter(op.isDifferentiable) }
}
