import Files
import Nets
import Tensors
import TestKit
import Testing

/// Weights that stay, and what is trained beside them.
@Suite struct AdapterLaws {
  let compute: Compute
  let scratch: Scratch
  init() throws {
    compute = try #require(Compute(threads: 2))
    scratch = try Scratch()
  }

  private struct Two {
    let first: LinearLayer, second: LinearLayer
    init(_ scope: Scope) {
      first = LinearLayer(scope["a"]["to_q"], 6, 5)
      second = LinearLayer(scope["a"]["to_out"][0], 5, 4)
    }
    func callAsFunction(_ x: Tensor) -> Tensor { second(first(x)) }
  }

  private func base(drop: String? = nil) throws -> FrozenWeights {
    let whole = Parameters(on: compute) { _ = Two($0) }
    whole.initialise(seed: 5)
    let path = scratch("base-\(drop ?? "whole").safetensors")
    try SafetensorsWriter.write(
      whole.entries.filter { $0.name != drop }.map { .init($0.name, .F32, $0.shape.sizes) }, to: path
    ) { item, write in
      let values = try #require(whole.tensor(item.name))
      try values.withElements { try write(UnsafeRawBufferPointer($0)) }
    }
    return try FrozenWeights(Safetensors(path: path))
  }

  private func lora(_ targets: [String] = ["to_q"]) -> LoRA {
    var lora = LoRA()
    (lora.rank, lora.alpha, lora.targets) = (2, 4, targets)
    return lora
  }

  private func input() -> Tensor { Tensor((0..<18).map { Float($0 % 5) - 2 }, [3, 6], on: compute) }

  @Test func aFreshAdapterChangesNothing() throws {
    let frozen = try base(), plain = try Parameters(on: compute, over: frozen, nil) { _ = Two($0) }
    let adapted = try Parameters(on: compute, over: frozen, lora()) { _ = Two($0) }
    adapted.initialise(seed: 1)
    #expect(plain.count == 0 && adapted.entries.map(\.name) == ["a.to_q.lora_A.weight", "a.to_q.lora_B.weight"])
    #expect(adapted.tensor("a.to_q.lora_A.weight")?.values.contains { $0 != 0 } == true)
    let same = Two(adapted.scope())(input()).values == Two(plain.scope())(input()).values
    #expect(same)
  }

  /// Only the adapters move, and a step lowers the loss.
  @Test func onlyAdaptersAreTrained() throws {
    let frozen = try base(), before = frozen.values("a.to_q.weight", [5, 6], on: compute).values
    let p = try Parameters(on: compute, over: frozen, lora(["to_*", "to_out.0"])) { _ = Two($0) }
    p.initialise(seed: 1)
    let gradients = Gradients(of: p), optimizer = AdamW(p, .init(decay: 0)),
      target = Tensor([Float](repeating: 1, count: 12), [3, 4], on: compute)
    var losses: [Float] = []
    for _ in 0..<30 {
      let tape = Tape()
      gradients.clear()
      let loss = WeightedMSE()(Two(p.scope(tape, into: gradients))(input()), target, Tensor([1], [1], on: compute))
      losses.append(loss.values[0])
      tape.backward(loss)
      gradients.finish()
      optimizer.step(p, gradients, rate: 0.05, clip: 0)
    }
    #expect(losses[29] < 0.5 * losses[0], "\(losses[0]) to \(losses[29])")
    let same = frozen.values("a.to_q.weight", [5, 6], on: compute).values == before
    #expect(same && p.count == 2 * (6 + 5) + 2 * (5 + 4))
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let frozen = try base(), missing = try base(drop: "a.to_q.bias")
    #expect(throws: Problem.self) { try Parameters(on: compute, over: missing, nil) { _ = Two($0) } }
    do {
      _ = try Parameters(on: compute, over: missing, nil) { _ = Two($0) }
    } catch let problem as Problem { #expect(problem.what.contains("missing: 'a.to_q.bias'")) }
    do {
      _ = try Parameters(on: compute, over: frozen, lora(["to_q", "to_k"])) { _ = Two($0) }
      Issue.record("a target that means nothing was taken")
    } catch let problem as Problem { #expect(problem.what.contains("'to_k' means no linear layer")) }
    do {
      _ = try Parameters(on: compute, over: frozen, nil) { _ = LinearLayer($0["a"]["to_q"], 6, 5) }
      Issue.record("weights nobody reads were taken")
    } catch let problem as Problem { #expect(problem.what.contains("unused: 'a.to_out.0.bias'")) }
  }

  /// Doubles are read as the nearest floats; two tensors of one name are refused, and so is what is no number.
  @Test func everyTypeIsReadOrNamed() throws {
    let path = scratch("double.safetensors"), values = [1.5, -0.1, 1e-300, 3e38]
    func write(_ type: Safetensors.ElementType, names: [String]) throws -> FrozenWeights {
      try SafetensorsWriter.write(names.map { .init($0, type, [4]) }, to: path) { _, write in
        if type == .F64 {
          try values.withUnsafeBytes(write)
        } else {
          try [Int64](repeating: 1, count: 4).withUnsafeBytes(write)
        }
      }
      return try FrozenWeights(Safetensors(path: path)) { $0.hasPrefix("old.") ? String($0.dropFirst(4)) : $0 }
    }
    #expect(try write(.F64, names: ["w"]).values("w", [4], on: compute).values == values.map { Float($0) })
    do {
      _ = try write(.F64, names: ["w", "old.w"])
      Issue.record("one of two weights of a name was chosen")
    } catch let problem as Problem { #expect(problem.what.contains("'w' is there under two names")) }
    let integers = try write(.I64, names: ["w"])
    do {
      _ = try Parameters(on: compute, over: integers, nil) { _ = $0.parameter("w", [4], .zeros) }
      Issue.record("integers were taken for weights")
    } catch let problem as Problem { #expect(problem.what.contains("mistyped: 'w' holds I64")) }
  }

  /// Eight-bit weights without the scales their neighbours have are refused, and so are formats that are not read.
  @Test func scalesAreNotGuessed() throws {
    let path = scratch("eight.safetensors")
    func write(_ items: [(SafetensorsWriter.Item, [UInt8])]) throws {
      var rest = items[...]
      try SafetensorsWriter.write(items.map(\.0), to: path) { _, write in
        try (rest.popFirst()?.1 ?? []).withUnsafeBytes(write)
      }
    }
    let one = (0..<4).map { _ in UInt8(0x38) }, scale: [UInt8] = [0, 0, 0, 0x40]
    try write([
      (.init("a.weight", .F8_E4M3, [2, 2]), one), (.init("a.scale_weight", .F32, [1]), scale),
      (.init("b.weight", .F8_E4M3, [2, 2]), one),
    ])
    do {
      _ = try FrozenWeights(Safetensors(path: path))
      Issue.record("a missing scale was taken for one")
    } catch let problem as Problem { #expect(problem.what.contains("'b.weight' is stored in eight bits")) }
    try write([
      (.init("a.weight", .F8_E4M3, [2, 2]), one), (.init("a.scale_weight", .F32, [1]), scale),
    ])
    let values = try FrozenWeights(Safetensors(path: path)).values("a.weight", [2, 2], on: compute).values
    #expect(values == [2, 2, 2, 2])
    try write([
      (.init("a.weight", .F8_E4M3, [2, 2]), one), (.init("a.scale_weight", .F32, [1]), scale),
      (.init("b.weight", .U8, [2, 2]), one), (.init("b.scale_weight", .F32, [1]), scale),
    ])
    do {
      _ = try FrozenWeights(Safetensors(path: path))
      Issue.record("a scale of nothing was passed over")
    } catch let problem as Problem { #expect(problem.what.contains("'b.scale_weight' is the scale of no eight-bit")) }
    let quant = Array(#"{"format":"nvfp4"}"#.utf8)
    try write([(.init("a.weight", .F8_E4M3, [2, 2]), one), (.init("a.comfy_quant", .U8, [quant.count]), quant)])
    do {
      _ = try FrozenWeights(Safetensors(path: path))
      Issue.record("an unknown format was taken")
    } catch let problem as Problem { #expect(problem.what.contains("nvfp4")) }
  }
}
