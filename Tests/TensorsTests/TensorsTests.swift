import Files
import Foundation
import Tensors
import TestKit
import Testing

/// Runs every op of the catalogue through the same laws. One failing combination names itself.
@Suite struct OpLaws {
  struct Run {
    let output: [Float]
    let gradients: [[Float]]
  }

  /// Inputs for a case: normals from the counter-based generator, or the case's fixed values.
  static func inputs(_ item: OpCase) -> [[Float]] {
    item.shapes.enumerated().map { i, shape in
      item.fixed[i] ?? (0..<shape.count).map { Float(Random(seed: 7, lane: i).normal($0, .sample)) }
    }
  }

  static func run(_ item: OpCase, _ compute: Compute, cotangent: [Float]?) -> Run {
    let tape = Tape()
    let leaves = item.shapes.map { Leaf(gradient: Tensor(undefined: $0, on: compute)) }
    let x = pairs(inputs(item), item.shapes).enumerated().map { i, pair in
      let tensor = Tensor(pair.0, pair.1, on: compute)
      return item.op.isDifferentiable(i) ? tape.leaf(tensor, gradient: leaves[i]) : tensor
    }
    let y = item.op.apply(x)
    let output = y.values
    if let cotangent { tape.backward(y, seed: Tensor(cotangent, y.shape, on: compute)) }
    return Run(output: output, gradients: item.differentiable.map { leaves[$0].gradient.values })
  }

  static func cotangent(_ count: Int) -> [Float] { (0..<count).map { Float(Random(seed: 11).normal($0, .sample)) } }

  static func oracle(_ item: OpCase) -> [Oracle] {
    zip(item.shapes, inputs(item)).map { Oracle($0, $1.map(Double.init)) }
  }

  /// max|a−b| / max|b|
  static func distance(_ a: [Float], _ b: [Double]) -> Double {
    a.contains { !$0.isFinite } ? .infinity : largestDifference(a, b) / max(b.map(abs).max() ?? 0, 1e-12)
  }

  static var cases: [OpCase] { Catalogue.ops.flatMap { $0.cases } }

  /// An op is known when its file stands in Ops/: one that the catalogue forgot would never be tested.
  @Test func theCatalogueIsWhole() throws {
    let folder = Repository.path("Sources/Tensors/Ops"),
      files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let written = try files.flatMap { file in
      try Disk.readText(folder + "/" + file).matches(of: /struct (\w+): Op\b/).map { String($0.output.1) }
    }
    #expect(Catalogue.ops.map { $0.name }.sorted() == written.sorted())
    for op in Catalogue.ops {
      #expect(!op.cases.isEmpty && op.cases.allSatisfy { type(of: $0.op) == op }, "\(op.name)")
    }
  }

  /// Worked out by hand, at sizes that are all different.
  @Test func arithmeticIsCounted() {
    let patch = Patch(1, 2, 2)
    let counted: [(op: any Op, shapes: [Shape], flops: Double)] = [
      (Linear(), [[2, 3, 5], [7, 5], [7]], 420),  // 2·6·5·7
      (Linear(), [[2, 5], [4, 5], [4], [8, 5], [8]], 240),  // 2·2·5·(4 + 8)
      (FeedForward(), [[2, 3, 5], [9, 5], [9], [7, 9], [7]], 1296),  // 2·6·(5·9 + 9·7)
      (SelfAttention(heads: 2, eps: 1e-6), [[3, 5, 24], [8], [8], [5, 2], [5, 2]], 2400),  // 3·(2 + 2)·5·5·8
      (CrossAttention(heads: 3, eps: 1e-6), [[2, 7, 9], [2, 4, 18], [9], [9]], 2016),  // 2·(2 + 2)·7·4·9
      (Activate(.gelu), [[3, 37]], 1332), (Add(), [[3, 5], [3, 5]], 15),
      (AffineNorm(eps: 1e-6), [[6, 11], [11], [11]], 528),
      (ModulatedNorm(shift: 0, scale: 1, eps: 1e-6), [[2, 5, 9], [2, 1, 2, 9]], 720),
      (GatedResidual(gate: 0), [[2, 5, 7], [2, 5, 7], [2, 1, 3, 7]], 140),
      (TableAdd(), [[2, 3, 1, 5], [1, 4, 5]], 120),
      (ExactActivation(.gelu), [[3, 37]], 1332), (Magnitude(), [[3, 5], [5], [5], [5]], 30),
      (Dropout(0.5, Random(seed: 0)), [[3, 5]], 15), (WeightedMSE(), [[2, 3, 5], [2, 3, 5], [6]], 90),
      (Patchify(patch), [[2, 3, 4, 6, 3]], 0),
      (Unpatchify(patch, frames: 2, height: 4, width: 2), [[2, 4, 12]], 0),
      (RMSNorm(eps: 1e-6), [[6, 11], [11]], 264), (ExactActivation(.gelu), [[3, 37]], 1332),
      (Attention(heads: 2, scale: 1), [[3, 5, 48]], 4800),  // 3·(2 + 2)·5·5·16
      (GatedFeedForward(.gelu), [[2, 3, 5], [9, 5], [9, 5], [7, 9]], 1836),  // 2·6·(2·5·9 + 9·7)
      (EmbeddingRows([1]), [[5, 7]], 0),
      (Convolution(), [[1, 3, 4, 5, 2], [3, 2, 3, 3, 3], [3]], 19440),  // 2·180·2·27
      (ChannelNorm(), [[6, 11], [11]], 396), (PixelAttention(), [[2, 6, 9]], 864),  // 2·(2 + 2)·6·6·3
      (TakeFrames(0..<1), [[2, 3, 5]], 0), (JoinFrames(), [[2, 1, 3], [2, 2, 3]], 0),
      (SplitFrames(), [[2, 2, 2, 1, 6]], 0), (AverageDown(outputs: 6, time: 1, space: 2), [[1, 2, 4, 2, 3]], 48),
      (RepeatUp(outputs: 3, time: 1, space: 2, isFirst: true), [[1, 2, 2, 3, 6]], 0),
      (AbsoluteError(), [[2, 3, 5], [2, 3, 5]], 90), (GaussianSample(), [[2, 3, 10], [2, 3, 5]], 360),
      (GaussianKL(weight: 1), [[2, 3, 10]], 480),
      (PaddedConvolution(), [[1, 2, 4, 5, 2], [3, 2, 1, 3, 3], [3]], 1296),  // 2·36·2·9
      (MaxPool(space: 2, stride: .init(space: 2)), [[2, 1, 4, 6, 3]], 144),  // 36·4
      (UnitDistance(), [[2, 1, 3, 2, 5], [2, 1, 3, 2, 5], [5]], 480),
    ]
    for (op, shapes, flops) in counted { #expect(op.flops(shapes) == flops, "\(type(of: op).name) \(shapes)") }
    #expect(Set(counted.map { type(of: $0.op).name }) == Set(Catalogue.ops.map { $0.name }))
  }

  /// With every input asked for its gradient, those an op calls differentiable get one, and the others get nothing.
  @Test func gradientsReachWhatTheOpSays() throws {
    let compute = try #require(Compute(threads: 2))
    for item in Self.cases {
      let tape = Tape(), leaves = item.shapes.map { Leaf(gradient: Tensor(undefined: $0, on: compute)) }
      let x = pairs(Self.inputs(item), item.shapes).enumerated().map { i, pair in
        tape.leaf(Tensor(pair.0, pair.1, on: compute), gradient: leaves[i])
      }
      let y = item.op.apply(x)
      tape.backward(y, seed: Tensor(Self.cotangent(y.count), y.shape, on: compute))
      #expect(leaves.indices.filter { leaves[$0].written } == item.differentiable, "\(item.title)")
    }
  }

  @Test(arguments: Compute.available) func forwardMatchesReference(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa))
    compute.poisonMemory(.nan)
    for item in Self.cases {
      let reference = item.op.reference(Self.oracle(item))
      let run = Self.run(item, compute, cotangent: nil)
      #expect(Self.distance(run.output, reference.values) < 3e-6, "\(item.title) on \(isa)")
    }
  }

  /// (f(x + hv) − f(x − hv)) / 2h against ⟨∇, v⟩: along every axis of input `input` when there are few, along 12 random
  /// directions otherwise.
  static func distance(_ gradient: [Float], of f: ([Oracle]) -> Double, at x: [Oracle], _ input: Int) -> Double {
    let n = x[input].values.count, small = n <= 60, h = 1e-4
    var analytic: [Float] = [], numeric: [Double] = []
    for k in 0..<(small ? n : 12) {
      let direction =
        small ? (0..<n).map { $0 == k ? 1.0 : 0 } : (0..<n).map { Random(seed: 5, lane: k).normal($0, .sample) }
      var plus = x, minus = x
      for i in 0..<n { plus[input].values[i] += h * direction[i]; minus[input].values[i] -= h * direction[i] }
      numeric.append((f(plus) - f(minus)) / (2 * h))
      analytic.append(Float(zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * $1.1 }))
    }
    return distance(analytic, numeric)
  }

  @Test(arguments: Compute.available) func backwardMatchesCentralDifferences(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa))
    compute.poisonMemory(.nan)
    for item in Self.cases {
      let oracle = Self.oracle(item)
      let u = Self.cotangent(item.op.infer(item.shapes).y.count)
      let run = Self.run(item, compute, cotangent: u)
      func f(_ x: [Oracle]) -> Double { zip(item.op.reference(x).values, u).reduce(0) { $0 + $1.0 * Double($1.1) } }
      for (slot, input) in item.differentiable.enumerated() {
        #expect(
          Self.distance(run.gradients[slot], of: f, at: oracle, input) < 1e-4, "\(item.title), input \(input) on \(isa)"
        )
      }
    }
  }

  @Test(arguments: Compute.available) func bitsDoNotDependOnThreads(isa: String) throws {
    for item in Self.cases {
      let u = Self.cotangent(item.op.infer(item.shapes).y.count)
      let runs = try [1, 2, 7].map { threads in
        let compute = try #require(Compute(threads: threads, instructions: isa))
        return Self.run(item, compute, cotangent: u)
      }
      for run in runs.dropFirst() {
        #expect(run.output.map(\.bitPattern) == runs[0].output.map(\.bitPattern), "\(item.title) forward on \(isa)")
        #expect(
          run.gradients.map { $0.map(\.bitPattern) } == runs[0].gradients.map { $0.map(\.bitPattern) },
          "\(item.title) backward on \(isa)")
      }
    }
  }

  /// What is not a number stays that way, for its own query only: a loss that has diverged must not look like one that
  /// has not.
  @Test(arguments: Compute.available) func notANumberIsSeen(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa)), t = 9, d = 8
    for broken in [0, 5] {
      var qkv = (0..<t * 3 * d).map { Float($0 % 13) * 0.1 - 0.6 }
      qkv[broken * 3 * d] = .nan
      let ones = Tensor([Float](repeating: 1, count: d), [d], on: compute),
        table = Tensor([Float](repeating: 0.5, count: t * 2), [t, 2], on: compute)
      let y = SelfAttention(heads: 2, eps: 1e-6).apply([
        Tensor(qkv, [1, t, 3 * d], on: compute), ones, ones, table, table,
      ]).values
      #expect(
        (0..<t).allSatisfy { row in y[row * d..<(row + 1) * d].allSatisfy { $0.isNaN == (row == broken) } }, "on \(isa)"
      )
    }
    let x = Tensor([.nan, 1, -.infinity, .infinity, 2e4, -2e4], [6], on: compute),
      gelu = Activate(.gelu).apply([x]).values, silu = Activate(.silu).apply([x]).values
    for y in [gelu, silu] {
      #expect(
        y[0].isNaN && abs(y[1] - 0.8) < 0.1 && y[3] == .infinity && y[4] == 2e4 && abs(y[5]) < 1e-30, "\(y) on \(isa)")
    }
  }

  /// With memory poisoned by two different values the results agree: nothing unwritten is read or left.
  @Test func everyElementIsWritten() throws {
    for item in Self.cases {
      let u = Self.cotangent(item.op.infer(item.shapes).y.count)
      let runs = try [Float.nan, 1e30].map { poison in
        let compute = try #require(Compute(threads: 2))
        compute.poisonMemory(poison)
        return Self.run(item, compute, cotangent: u)
      }
      #expect(runs[0].output == runs[1].output && !runs[0].output.contains { $0.isNaN }, "\(item.title) forward")
      #expect(runs[0].gradients == runs[1].gradients, "\(item.title) backward")
    }
  }

  @Test func nothingIsAllocatedAfterWarmUp() throws {
    let compute = try #require(Compute(threads: 2))
    for item in Self.cases {
      let u = Self.cotangent(item.op.infer(item.shapes).y.count)
      for _ in 0..<2 { _ = Self.run(item, compute, cotangent: u) }
      let before = compute.blocksAllocated
      _ = Self.run(item, compute, cotangent: u)
      #expect(compute.blocksAllocated == before, "\(item.title)")
    }
  }

  /// A gradient that arrives in two parts is their sum, whichever op wrote first.
  @Test func gradientsAccumulate() throws {
    let compute = try #require(Compute(threads: 2))
    let tape = Tape(), leaf = Leaf(gradient: Tensor(undefined: [2, 3], on: compute))
    let x = tape.leaf(Tensor([1, 2, 3, 4, 5, 6], [2, 3], on: compute), gradient: leaf)
    let y = Add()(Add()(x, x), x)
    tape.backward(y, seed: Tensor([1, 1, 1, 1, 1, 2], [2, 3], on: compute))
    #expect(leaf.gradient.values == [3, 3, 3, 3, 3, 6])
  }

  /// z + linear(norm(x)): neither the normalised rows nor the product is kept, and the gradients have the bits of the
  /// ops run one by one.
  @Test func outputsOfCheapOpsAreNotKept() throws {
    let compute = try #require(Compute(threads: 2)), rows = 1024, d = 64
    func draw(_ shape: Shape, _ lane: Int) -> Tensor {
      Tensor((0..<shape.count).map { Float(Random(seed: 3, lane: lane).normal($0, .sample)) }, shape, on: compute)
    }
    let x = draw([rows, d], 0), gain = draw([d], 1), bias = draw([d], 2), weight = draw([d, d], 3),
      seed = draw([rows, d], 4), z = draw([rows, d], 5)
    let norm = AffineNorm(eps: 1e-6)
    func leaf() -> Leaf { Leaf(gradient: Tensor(zeros: [rows, d], on: compute)) }

    let tape = Tape(), whole = leaf(), traced = tape.leaf(x, gradient: whole), before = compute.bytesInUse
    let y = Add()(z, Linear()(norm(traced, gain, bias), weight, bias))
    let kept = compute.bytesInUse - before, matrix = rows * d * 4
    #expect(kept < matrix * 5 / 4, "\(kept) bytes kept; y, a matrix, takes \(matrix)")
    compute.poisonMemory(.nan)
    tape.backward(y, seed: seed)

    let second = Tape(), middle = leaf(), normed = norm(x, gain, bias)
    second.backward(Linear()(second.leaf(normed, gradient: middle), weight, bias), seed: seed)
    let first = Tape(), through = leaf()
    first.backward(norm(first.leaf(x, gradient: through), gain, bias), seed: middle.gradient)
    let same = whole.gradient.values == through.gradient.values
    #expect(same)
  }

  /// A recomputed stretch gives the same bits, and keeps nothing but its input on the tape.
  @Test func recomputedStretchesGiveTheSameBits() throws {
    let compute = try #require(Compute(threads: 2))
    let shapes: [Shape] = [[5, 8], [8, 8], [8], [12, 8], [12], [8, 12], [8]]
    func run(_ recompute: Bool) -> (names: [String], gradients: [[Float]]) {
      let tape = Tape(), leaves = shapes.map { Leaf(gradient: Tensor(undefined: $0, on: compute)) }
      let p = shapes.indices.map { i in
        tape.leaf(
          Tensor(
            (0..<shapes[i].count).map { Float(Random(seed: 3, lane: i).normal($0, .sample)) }, shapes[i], on: compute),
          gradient: leaves[i])
      }
      let body = { (x: Tensor) in Add()(x, FeedForward()(Linear(.silu)(x, p[1], p[2]), p[3], p[4], p[5], p[6])) }
      var h = p[0]
      for _ in 0..<3 { h = recompute ? Tape.recompute(h, body) : body(h) }
      let names = tape.operations
      tape.backward(h, seed: Tensor(Self.cotangent(h.count), h.shape, on: compute))
      return (names, leaves.map { $0.gradient.values })
    }
    let plain = run(false), again = run(true)
    #expect(again.names == ["recompute", "recompute", "recompute"] && plain.names.count == 9)
    #expect(plain.gradients == again.gradients)
  }
}

@Suite struct RandomLaws {
  /// Known answers of Random123's own test for philox4x32-10.
  @Test func philoxMatchesTheAuthorsVectors() {
    let zero = Random(seed: 0).rawWords([0, 0, 0, 0], [0, 0])
    #expect(zero == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones = Random(seed: 0).rawWords([.max, .max, .max, .max], [.max, .max])
    #expect(ones == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
  }

  @Test(arguments: Compute.available) func normalsHaveTheRightMoments(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa))
    let x = Tensor(undefined: [1 << 18], on: compute)
    Random(seed: 3, step: 9).fillNormal(x, .noise)
    let v = x.values.map(Double.init), n = Double(v.count)
    let mean = v.reduce(0, +) / n
    let variance = v.reduce(0) { $0 + $1 * $1 } / n
    let fourth = v.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    #expect(abs(mean) < 0.01 && abs(variance - 1) < 0.01 && abs(fourth - 3) < 0.08)
    // Neighbours and the two halves of a Box–Muller pair are uncorrelated.
    let lag = zip(v, v.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / n
    #expect(abs(lag) < 0.01)
  }

  @Test func drawsDoNotDependOnThreads() throws {
    let draws = try [1, 2, 7].map { threads in
      let x = Tensor(undefined: [100_003], on: try #require(Compute(threads: threads)))
      Random(seed: 1, step: 2, lane: 3).fillNormal(x, .noise)
      return x.values
    }
    #expect(draws[0] == draws[1] && draws[1] == draws[2])
  }
}
