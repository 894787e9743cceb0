import Files
import Foundation
import Nets
import Tensors
import TestKit
import Testing

@Suite struct ParametersLaws {
  let compute: Compute
  init() throws { compute = try #require(Compute(threads: 2)) }

  private func two(_ seed: UInt64 = 1, after: Bool = false, before: Bool = false) -> Parameters {
    let p = Parameters(on: compute) { scope in
      if before { _ = scope.parameter("zero", [3], .normal(1)) }
      _ = scope["a"].parameter("weight", [30, 20], .normal(0.5))
      _ = scope["a"].parameter("bias", [30], .ones)
      _ = scope["b"][0].parameter("weight", [30, 20], .xavier(20, 30))
      _ = scope["b"][0].parameter("bias", [30], .zeros)
      if after { _ = scope.parameter("last", [5], .normal(1)) }
    }
    p.initialise(seed: seed)
    return p
  }

  @Test func thePathIsTheKey() {
    #expect(two().entries.map(\.name) == ["a.weight", "a.bias", "b.0.weight", "b.0.bias"])
    #expect(two().entries.map(\.offset) == [0, 600, 630, 1230] && two().count == 1260)
  }

  /// Same seed same bits, on any number of threads; another seed, others. What is declared later changes nothing; what
  /// is declared earlier shifts the streams.
  @Test func drawsAreKeyedBySeedAndPlace() throws {
    let bits = two(1).values.values
    #expect(two(1).values.values == bits && two(2).values.values != bits)
    #expect(Array(two(1, after: true).values.values.prefix(1260)) == bits)
    #expect(two(1, before: true).tensor("a.weight")?.values != two(1).tensor("a.weight")?.values)
    let single = Parameters(on: try #require(Compute(threads: 1))) { _ = $0.parameter("w", [200_000], .normal(1)) }
    let many = Parameters(on: try #require(Compute(threads: 7))) { _ = $0.parameter("w", [200_000], .normal(1)) }
    single.initialise(seed: 4)
    many.initialise(seed: 4)
    let same = single.values.values == many.values.values
    #expect(same)
  }

  @Test func initialDistributions() throws {
    let p = Parameters(on: compute) { scope in
      _ = scope.parameter("normal", [40_000], .normal(0.3))
      _ = scope.parameter("twin", [40_000], .normal(0.3))
      _ = scope.parameter("xavier", [40_000], .xavier(300, 100))
      _ = scope.parameter("ones", [5], .ones)
      _ = scope.parameter("zeros", [5], .zeros)
    }
    p.initialise(seed: 8)
    func moments(_ name: String) throws -> (mean: Double, deviation: Double, values: [Double]) {
      let v = try #require(p.tensor(name)).values.map(Double.init), mean = v.reduce(0, +) / Double(v.count)
      return (mean, (v.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(v.count)).squareRoot(), v)
    }
    let normal = try moments("normal"), twin = try moments("twin"), xavier = try moments("xavier")
    #expect(abs(normal.mean) < 0.006 && abs(normal.deviation - 0.3) < 0.005)
    let product = pairs(normal.values, twin.values).reduce(0) { $0 + $1.0 * $1.1 } / 40_000 / 0.09
    #expect(abs(product) < 0.02, "two parameters share a stream")
    // Uniform in ±√(6/400): deviation √(2/400) (Glorot & Bengio 2010, eq. 16).
    let bound = (6.0 / 400).squareRoot()
    #expect(abs(xavier.deviation - (2.0 / 400).squareRoot()) < 0.001 && abs(xavier.mean) < 0.0015)
    #expect(
      xavier.values.allSatisfy { abs($0) <= bound * 1.000001 } && xavier.values.contains { $0 > 0.99 * bound }
        && xavier.values.contains { $0 < -0.99 * bound })
    #expect(try moments("ones").values == [1, 1, 1, 1, 1] && moments("zeros").values == [0, 0, 0, 0, 0])
  }

  /// Missing, unused, mis-shaped and mistyped keys stand in one error, and nothing was changed.
  @Test func everythingThatDoesNotFitIsListed() throws {
    let scratch = try Scratch(), path = scratch("a.safetensors")
    let header =
      #"{"a.weight":{"dtype":"F32","shape":[20,30],"data_offsets":[0,2400]},"a.bias":{"dtype":"I32","shape":[30],"data_offsets":[2400,2520]},"b.0.wieght":{"dtype":"F32","shape":[1],"data_offsets":[2520,2524]}}"#
    try Disk.write(
      withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data(count: 2524),
      to: path)
    let p = two(), before = p.values.values
    let it = problem { try p.load(Safetensors(path: path)) }
    for part in [
      "5 keys are wrong", "mis-shaped: 'a.weight' is [20, 30] in the file, [30, 20] in the model",
      "mistyped: 'a.bias' holds I32",
      "missing: 'b.0.weight' [30, 20] (did you mean 'b.0.wieght'?)", "missing: 'b.0.bias'", "unused: 'b.0.wieght' [1]",
    ] { #expect(it.what.contains(part), "no '\(part)' in \(it)") }
    #expect(it.place == path)
    #expect(p.values.values == before)
  }

  @Test func whatIsWrittenLoads() throws {
    let scratch = try Scratch(), path = scratch("a.safetensors")
    let from = two(1), to = two(2)
    let hash = try from.write(metadata: [("step", "3")], to: path)
    try to.load(Safetensors(path: path))
    #expect(to.values.values == from.values.values)
    #expect(try Safetensors(path: path).bufferHash == hash)
    try from.write(Gradients(of: from).values, to: path)
    try to.load(Safetensors(path: path))
    #expect(to.values.values.allSatisfy { $0 == 0 })
  }

  /// Values that are only used take one arena; who trains asks for another.
  @Test func onlyTrainingHoldsGradients() throws {
    let fresh = try #require(Compute(threads: 1)), n = 1 << 20
    func model(_ scope: Scope) { _ = scope.parameter("w", [n], .normal(1)) }
    let before = fresh.bytesInUse, p = Parameters(on: fresh, declare: model), used = fresh.bytesInUse - before
    #expect(used == 4 * n)
    let y = p.scope().parameter("w", [n], .zeros)
    #expect(y.trace == nil && fresh.bytesInUse - before == used)
    let gradients = Gradients(of: p)
    #expect(fresh.bytesInUse - before == 8 * n && gradients.values.count == n)
    #expect(p.scope(Tape(), into: gradients).parameter("w", [n], .zeros).trace != nil)
  }

  /// What a step did not touch has the gradient zero, not last step's.
  @Test func unusedParametersHaveNoGradient() throws {
    let p = two(), gradients = Gradients(of: p)
    gradients.values.withElements { $0.update(repeating: .nan) }
    let x = Tensor(undefined: [4, 20], on: compute)
    Random(seed: 1).fillNormal(x, .noise)
    gradients.clear()
    let tape = Tape(), a = p.scope(tape, into: gradients)["a"]
    let y = Linear()(x, a.parameter("weight", [30, 20], .zeros), a.parameter("bias", [30], .zeros))
    tape.backward(y, seed: Tensor([Float](repeating: 1, count: 120), [4, 30], on: compute))
    gradients.finish()
    #expect(gradients["a.bias"]?.values == [Float](repeating: 4, count: 30))
    #expect(gradients["a.weight"]?.values.contains { $0 != 0 } == true)
    #expect(
      gradients["b.0.weight"]?.values.allSatisfy { $0 == 0 } == true
        && gradients["b.0.bias"]?.values.allSatisfy { $0 == 0 } == true)
    #expect(!gradients.values.values.contains { $0.isNaN } && gradients["nobody"] == nil)
  }

  /// Gradients of one batch, of its halves in two backward passes, and of its halves over one tape used twice agree.
  @Test func gradientsAccumulate() throws {
    let p = two(), arena = Gradients(of: p)
    let x = Tensor(undefined: [6, 20], on: compute)
    Random(seed: 2).fillNormal(x, .noise)
    func layer(_ tape: Tape) -> LinearLayer { LinearLayer(p.scope(tape, into: arena)["a"], 20, 30) }
    func back(_ tape: Tape, _ layer: LinearLayer, _ rows: Range<Int>) {
      let y = layer(x.slice(rows), .gelu)
      tape.backward(
        WeightedMSE()(y, Tensor(zeros: y.shape, on: compute), Tensor([Float(rows.count)], [1], on: compute)))
    }
    func gradients(_ body: () -> Void) -> [Float] {
      arena.clear()
      body()
      arena.finish()
      return arena.values.values
    }
    let whole = gradients {
      let tape = Tape(); back(tape, layer(tape), 0..<6)
    }
    let halves = gradients { for rows in [0..<3, 3..<6] { let tape = Tape(); back(tape, layer(tape), rows) } }
    let twice = gradients {
      let tape = Tape(), bound = layer(tape)
      for rows in [0..<3, 3..<6] { back(tape, bound, rows) }
    }
    let largest = whole.map(abs).max() ?? 0
    #expect(largest > 0.01)
    #expect(largestDifference(whole, halves) <= 1e-6 * Double(largest))
    #expect(twice == halves)
  }

  @Test func twoSeedsOfBackwardAddUp() throws {
    let x = Tensor([1, 2, 3, 4], [4, 1], on: compute), seed = Tensor([1, 1, 2, 2], [4, 1], on: compute)
    let leaf = Leaf(gradient: Tensor(undefined: [4, 1], on: compute)), one = Tensor([1], [1, 1], on: compute),
      none = Tensor([0], [1], on: compute)
    for _ in 0..<2 {
      let tape = Tape(), t = tape.leaf(x, gradient: leaf)
      tape.backward(Linear(.silu)(Add()(t, t), one, none), seed: seed)  // overwrites its cotangent
      #expect(tape.operations.isEmpty)
    }
    #expect(seed.values == [1, 1, 2, 2], "the caller's cotangent was overwritten")
    func slope(_ x: Double) -> Double { let s = 1 / (1 + exp(-x)); return s * (1 + x * (1 - s)) }
    let expected = pairs([1.0, 2, 3, 4], [1.0, 1, 2, 2]).map { 2 * 2 * slope(2 * $0) * $1 }
    #expect(largestDifference(leaf.gradient.values, expected) < 1e-5)
  }

  /// A spent tape would give no gradient: that is a mistake, not a zero.
  @Test func backwardTwiceStops() async {
    await #expect(processExitsWith: .failure) {
      guard let compute = Compute(threads: 1) else { return }
      let tape = Tape(),
        x = tape.leaf(Tensor([1], [1], on: compute), gradient: Leaf(gradient: Tensor(undefined: [1], on: compute)))
      let y = Add()(x, x)
      tape.backward(y)
      tape.backward(y)
    }
  }

  @Test func undeclaredAndTwiceDeclaredParametersStop() async {
    await #expect(processExitsWith: .failure) {
      guard let compute = Compute(threads: 1) else { return }
      _ = Parameters(on: compute) { _ = ($0.parameter("a", [1], .zeros), $0.parameter("a", [1], .zeros)) }
    }
    await #expect(processExitsWith: .failure) {
      guard let compute = Compute(threads: 1) else { return }
      _ = Parameters(on: compute) { _ = $0.parameter("a", [1], .zeros) }.scope().parameter("a", [2], .zeros)
    }
  }
}
