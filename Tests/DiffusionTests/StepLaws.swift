import Files
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Training steps of a whole transformer: the same bits for any number of threads, with and without recomputation, in
/// every type.
@Suite struct StepLaws {
  /// Three steps (forward, backward, clip, AdamW): every parameter afterwards, the losses, and the most bytes tensors
  /// took.
  private func train(
    _ type: ElementType, threads: Int, recompute: Bool, instructions: String? = nil
  ) throws -> (values: [UInt32], losses: [Float], bytes: Int) {
    let compute = try #require(Compute(threads: threads, instructions: instructions))
    var config = WorldTransformerConfig()
    (
      config.heads, config.headDim, config.layers, config.ffnDim, config.inChannels, config.outChannels, config.textDim
    ) = (3, 22, 6, 150, 5, 5, 12)
    (config.products, config.recompute) = (type, recompute)
    let chosen = config
    let parameters = WorldTransformer.parameters(chosen, on: compute)
    parameters.initialise(seed: 4)
    // The head starts at zero; without a push nothing would reach the blocks in the first step.
    parameters.tensor("proj_out.weight")?.withElements { for i in $0.indices { $0[i] = 0.01 * Float(i % 7 - 3) } }
    func normals(_ shape: Shape, _ lane: Int) -> Tensor {
      let t = Tensor(undefined: shape, on: compute)
      Random(seed: 9, lane: lane).fillNormal(t, .noise)
      return t
    }
    let x = normals([2, 5, 12, 10, 5], 0), target = normals([2, 5, 12, 10, 5], 1), text = normals([2, 7, 12], 2)
    let times = Tensor([100, 900, 400, 500, 20, 0, 999, 3, 70, 250], [2, 5], on: compute),
      one = Tensor([1], [1], on: compute)
    let optimizer = AdamW(parameters, .init()), gradients = Gradients(of: parameters)
    var losses: [Float] = [], bytes = 0
    for _ in 0..<3 {
      let tape = Tape()
      gradients.clear()
      let loss = WeightedMSE()(
        WorldTransformer(chosen, parameters, recording: tape, into: gradients)(x, timesteps: times, text: text), target,
        one)
      losses.append(loss.values[0])
      bytes = max(bytes, compute.bytesInUse)
      tape.backward(loss)
      gradients.finish()
      optimizer.step(parameters, gradients, rate: 1e-3, clip: 1)
    }
    return (parameters.values.values.map(\.bitPattern), losses, bytes)
  }

  @Test(arguments: ElementType.allCases) func bitsDoNotDependOnThreadsOrRecomputation(type: ElementType) throws {
    let plain = try train(type, threads: 1, recompute: false)
    #expect(plain.losses[2] < plain.losses[0])
    for threads in [1, 2, 7] {
      for recompute in [false, true] {
        let other = try train(type, threads: threads, recompute: recompute)
        #expect(
          other.values == plain.values && other.losses == plain.losses,
          "\(type), \(threads) threads, recompute \(recompute)")
      }
    }
  }

  @Test func recomputationKeepsLess() throws {
    let plain = try train(.f32, threads: 2, recompute: false).bytes,
      less = try train(.f32, threads: 2, recompute: true).bytes
    #expect(less < plain * 3 / 5, "\(less) bytes before the backward pass, \(plain) without")
  }

  /// bf16 is another rounding, not another computation; where the processor lacks it, f32 stands in bit for bit.
  @Test func bf16StaysNearF32() throws {
    let f32 = try train(.f32, threads: 2, recompute: false), bf16 = try train(.bf16, threads: 2, recompute: false)
    for (a, b) in pairs(f32.losses, bf16.losses) { #expect(abs(a - b) < 0.01 * a) }
    let fallback = try train(.bf16, threads: 2, recompute: false, instructions: "scalar"),
      plain = try train(.f32, threads: 2, recompute: false, instructions: "scalar")
    #expect(fallback.values == plain.values)
  }
}
