import Files
import Foundation
import Models

extension WorldModel.Spec {
  /// Refuses a training that cannot fit, before the allocation that would end the process. What is counted is the least
  /// it takes, so that nothing which fits is refused; `--dry-run` measures what it really takes.
  /// - Parameters:
  ///   - isFrozen: the weights are read where they lie, and neither copied nor moved.
  ///   - recompute: a block keeps its input alone.
  ///   - perParameter: bytes.
  package func requireMemory(
    batch: Int, isFrozen: Bool = false, recompute: Bool = false, perParameter: Int = 20, at place: String
  ) throws {
    let t = transformer, d = Double(t.heads * t.headDim), ffn = Double(t.ffnDim), layers = Double(t.layers)
    let tokens = Double(groups * (height / codec.space / t.patchSize[1]) * (width / codec.space / t.patchSize[2]))
    // A block's two attentions have four d×d matrices each, its feed-forward layer two of d×ffn; ten of its activations
    // are kept.
    let parameters = isFrozen ? 0 : layers * (8 * d * d + 2 * d * ffn),
      activations = Double(batch) * tokens * layers * (recompute ? d : 10 * d + ffn)
    let held = Double(perParameter) * parameters, bytes = held + 4 * activations,
      memory = ProcessInfo.processInfo.physicalMemory
    guard bytes <= Double(memory) else {
      throw Problem(
        "training needs at least \(Text.short(bytes / 1e9)) GB of memory, \(Text.short(held / 1e9)) of them for the parameters",
        at: place,
        expected: "no more than the \(Text.short(Double(memory) / 1e9)) GB of this machine",
        fix:
          "lower model.dim, model.layers or train.batch; train.accumulate makes up for a smaller batch. train.moments: "
          + "8bit, train.ema: 0 and train.recompute take less, and lora least")
    }
  }
}
