import Tensors
import TestKit
import Testing

/// The laws of the catalogue where operands are bf16: against the Double reference of the rounded inputs, within what 8
/// bits of significand allow. Skipped, and said, where the processor does not multiply bf16.
@Suite(.enabled(if: Compute.available.contains("avx512bf16"), "this processor does not multiply bf16")) struct Bf16Laws
{
  struct Case {
    let name: String, op: any Op, shapes: [Shape]
    /// The inputs that are bf16.
    let rounded: Set<Int>
    var fixed: [Int: [Float]] = [:]
    var differentiable: [Int] { shapes.indices.filter(op.isDifferentiable) }
  }

  static var cases: [Case] {
    func from(_ cases: [OpCase], _ rounded: Set<Int>, _ note: String = "") -> [Case] {
      cases.map { Case(name: $0.title + note, op: $0.op, shapes: $0.shapes, rounded: rounded, fixed: $0.fixed) }
    }
    let linear: [Case] = [
      Case(name: "Linear, bf16 to bf16", op: Linear(), shapes: [[130, 38], [70, 38], [70]], rounded: [0]),
      Case(name: "Linear, odd widths", op: Linear(), shapes: [[31, 7], [5, 7], [5]], rounded: [0]),
      Case(
        name: "Linear, f32 to bf16", op: Linear(as: .bf16), shapes: [[9, 12], [6, 12], [6], [10, 12], [10]], rounded: []
      ),
      Case(name: "Linear, bf16 to f32", op: Linear(as: .f32), shapes: [[40, 16], [8, 16], [8]], rounded: [0]),
      Case(name: "Linear, long sum", op: Linear(), shapes: [[4200, 4], [6, 4], [6]], rounded: [0]),
    ]
    let rows: [Case] = [
      Case(
        name: "ModulatedNorm", op: ModulatedNorm(shift: 0, scale: 1, eps: 1e-6, as: .bf16),
        shapes: [[2, 6, 37], [2, 3, 2, 37]], rounded: []),
      Case(name: "Patchify", op: Patchify(Patch(2, 2, 1), as: .bf16), shapes: [[1, 4, 2, 3, 5]], rounded: []),
      Case(name: "AffineNorm", op: AffineNorm(eps: 1e-6, as: .bf16), shapes: [[70, 19], [19], [19]], rounded: []),
      Case(
        name: "GatedResidual", op: GatedResidual(gate: 1), shapes: [[2, 6, 21], [2, 6, 21], [2, 2, 2, 21]], rounded: [1]
      ),
      Case(name: "Add", op: Add(), shapes: [[3, 700], [3, 700]], rounded: [1]),
      Case(name: "Add, bf16 and bf16", op: Add(), shapes: [[13, 1400], [13, 1400]], rounded: [0, 1]),
      Case(name: "Dropout", op: Dropout(0.25, Random(seed: 1)), shapes: [[7, 900]], rounded: [0]),
      Case(
        name: "Linear, dropped", op: Linear(adapters: [Adapter(scale: 1)], isDropped: true),
        shapes: [[9, 12], [6, 12], [6], [2, 12], [6, 2], [9, 12]], rounded: [0, 5]),
      Case(name: "Add, bf16 and f32", op: Add(), shapes: [[3, 5], [3, 5]], rounded: [0]),
    ]
    return linear + rows + from(FeedForward.cases, [0]) + from(SelfAttention.cases, [0])
      + from(CrossAttention.cases, [0, 1])
      + from(CrossAttention.cases, [0], " with an f32 context")
  }

  static func round(_ x: Float) -> Float {
    let u = x.bitPattern
    return Float(bitPattern: (u &+ 0x7fff &+ ((u >> 16) & 1)) & 0xffff_0000)
  }

  static func inputs(_ item: Case) -> [[Float]] {
    item.shapes.enumerated().map { i, shape in
      let values = item.fixed[i] ?? (0..<shape.count).map { Float(Random(seed: 7, lane: i).normal($0, .sample)) }
      return item.rounded.contains(i) ? values.map(round) : values
    }
  }

  static func run(_ item: Case, _ compute: Compute, cotangent: [Float]) -> OpLaws.Run {
    let tape = Tape()
    let types = item.shapes.indices.map { item.rounded.contains($0) ? ElementType.bf16 : .f32 }
    let leaves = pairs(item.shapes, types).map { Leaf(gradient: Tensor(undefined: $0, $1, on: compute)) }
    let x = inputs(item).enumerated().map { i, values in
      let tensor = Tensor(values, item.shapes[i], types[i], on: compute)
      return item.op.isDifferentiable(i) ? tape.leaf(tensor, gradient: leaves[i]) : tensor
    }
    let y = item.op.apply(x)
    let output = y.values
    tape.backward(y, seed: Tensor(cotangent, y.shape, y.type, on: compute))
    return OpLaws.Run(output: output, gradients: item.differentiable.map { leaves[$0].gradient.values })
  }

  @Test func forwardAndBackwardMatchTheReference() throws {
    let compute = try #require(Compute(threads: 2, instructions: "avx512bf16"))
    compute.poisonMemory(.nan)
    for item in Self.cases {
      let oracle = pairs(item.shapes, Self.inputs(item)).map { Oracle($0, $1.map(Double.init)) }
      let u = OpLaws.cotangent(item.op.infer(item.shapes).y.count).map(Self.round)
      let run = Self.run(item, compute, cotangent: u)
      #expect(OpLaws.distance(run.output, item.op.reference(oracle).values) < 1e-2, "\(item.name) forward")
      func f(_ x: [Oracle]) -> Double { zip(item.op.reference(x).values, u).reduce(0) { $0 + $1.0 * Double($1.1) } }
      for (slot, input) in item.differentiable.enumerated() {
        #expect(OpLaws.distance(run.gradients[slot], of: f, at: oracle, input) < 4e-2, "\(item.name), input \(input)")
      }
    }
  }

  @Test func bitsDoNotDependOnThreads() throws {
    for item in Self.cases {
      let u = OpLaws.cotangent(item.op.infer(item.shapes).y.count)
      let runs = try [1, 2, 7].map {
        Self.run(item, try #require(Compute(threads: $0, instructions: "avx512bf16")), cotangent: u)
      }
      for run in runs.dropFirst() {
        #expect(run.output == runs[0].output && run.gradients == runs[0].gradients, "\(item.name)")
      }
    }
  }

  @Test func everyElementIsWritten() throws {
    for item in Self.cases {
      let u = OpLaws.cotangent(item.op.infer(item.shapes).y.count)
      let runs = try [Float.nan, 1e30].map { poison in
        let compute = try #require(Compute(threads: 2, instructions: "avx512bf16"))
        compute.poisonMemory(poison)
        return Self.run(item, compute, cotangent: u)
      }
      #expect(runs[0].output == runs[1].output && !runs[0].output.contains { $0.isNaN }, "\(item.name) forward")
      #expect(
        runs[0].gradients == runs[1].gradients && !runs[0].gradients.contains { $0.contains { $0.isNaN } },
        "\(item.name) backward")
    }
  }

  /// Rounding is to nearest, ties to even, and keeps what is not a number.
  @Test func valuesRoundToNearestEven() throws {
    let compute = try #require(Compute(threads: 1, instructions: "avx512bf16"))
    let values: [Float] =
      [1, 1.00390625, 1.01171875, -3.14159, 1e30, 0, -0.0, .infinity, .nan] + (0..<60).map { Float($0) * 0.0173 }
    let got = Tensor(values, [values.count], .bf16, on: compute).values
    for (a, b) in pairs(got, values) { #expect(b.isNaN ? a.isNaN : a == Self.round(b), "\(b)") }
  }
}
