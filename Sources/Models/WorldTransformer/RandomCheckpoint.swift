import Files
import Nets
import Tensors

/// A checkpoint of a given shape with random weights, for trials and timings: a diffusers transformer folder in bf16 or
/// f32, written a piece at a time.
public enum RandomCheckpoint {
  /// Elements drawn at a time.
  private static let run = 1 << 22

  /// - Parameter progress: tensors written so far, and how many there are.
  /// - Throws: `Problem` when the folder cannot be written.
  public static func write(
    _ config: WorldTransformerConfig, as type: Safetensors.ElementType = .BF16, seed: UInt64, to folder: String,
    on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    try Disk.makeFolder(folder)
    let shapes = WorldTransformer.shapes(config, on: compute)
    try write(
      shapes, as: type, seed: seed, to: folder + "/" + ModelFolder.weightsName, on: compute, progress: progress)
    try Disk.write(JSON.pretty(config.json), to: folder + "/config.json")
  }

  /// Tensors of given names and shapes: weights of norms around one, others so that they keep the size of what they are
  /// given.
  /// - Parameter drawn: numbers of a tensor that are drawn; those after them are zero. Nil: all.
  static func write(
    _ shapes: [(name: String, shape: Shape)], as type: Safetensors.ElementType, seed: UInt64, to path: String,
    on compute: Compute, drawn: (String) -> Int? = { _ in nil }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    var done = 0
    try SafetensorsWriter.write(
      shapes.map { .init($0.name, type, $0.shape.sizes) }, metadata: [("orrery", "random/1")], to: path
    ) { item, write in
      let lane = done, count = item.shape.reduce(1, *), values = Tensor(undefined: [min(count, run)], on: compute)
      let isNorm = item.name.hasSuffix("weight") && item.name.contains("norm"), drawn = drawn(item.name) ?? count
      // A linear layer keeps the size of what it is given, so that nothing vanishes or explodes over many blocks.
      let fan = item.shape.count < 2 ? 0 : item.shape.dropFirst().reduce(1, *),
        deviation = fan > 0 ? 1 / Float(fan).squareRoot() : 0.02
      for (part, from) in stride(from: 0, to: count, by: run).enumerated() {
        let some = values.slice(0..<min(run, count - from))
        if from < drawn {
          Random(seed: seed, step: part, lane: lane).fillNormal(some, .initial)
          some.withElements { for i in $0.indices { $0[i] = (isNorm ? 1 : 0) + (isNorm ? 0.1 : deviation) * $0[i] } }
        } else {
          some.withElements { $0.update(repeating: 0) }
        }
        try some.withElements { try SafetensorsWriter.floats(UnsafeBufferPointer($0), as: type, write) }
      }
      done += 1
      progress(done, shapes.count)
    }
  }
}
