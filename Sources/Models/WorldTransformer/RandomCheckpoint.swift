import Files
import Foundation
import Nets
import Tensors

/// A checkpoint of a given shape with random weights, for trials and timings: a diffusers folder in bf16 or
/// f32, written a piece at a time.
public enum RandomCheckpoint {
  /// Elements drawn at a time.
  private static let run = 1 << 22

  /// The same in a new folder, which has its name once it is whole.
  /// - Throws: `Problem` when something stands there, or it cannot be written; nothing is left behind then.
  public static func make(
    _ config: WorldTransformerConfig, as type: Safetensors.ElementType, seed: UInt64, folder: String,
    on compute: Compute, progress: (Int, Int) -> Void
  ) throws {
    guard !folder.isEmpty else {
      throw Problem.usage("no folder is named", at: "--out", expected: "a new folder's path")
    }
    let place = Disk.absolute(folder)
    guard !Disk.exists(place) else {
      throw Problem("something stands there already", at: place, fix: "choose another name, or move it away")
    }
    let aside = try AsideFolder(place)
    do {
      try write(config, as: type, seed: seed, to: aside.aside, on: compute, progress: progress)
      try aside.commit()
    } catch {
      try? FileManager.default.removeItem(atPath: aside.aside)
      throw error
    }
  }

  /// A transformer. - Parameter progress: tensors written so far, and how many there are.
  /// - Throws: `Problem` when the folder cannot be written.
  public static func write(
    _ config: WorldTransformerConfig, as type: Safetensors.ElementType = .BF16, seed: UInt64, to folder: String,
    on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    try write(
      WorldTransformer.shapes(config, on: compute), config.json, as: type, seed: seed, to: folder, on: compute, progress
    ) { $0.hasSuffix("weight") && $0.contains("norm") }
  }

  /// An autoencoder. - Parameters and throws as above.
  public static func write(
    _ config: AutoencoderConfig, as type: Safetensors.ElementType = .BF16, seed: UInt64, to folder: String,
    on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    try write(
      Autoencoder.shapes(config, on: compute), config.json, as: type, seed: seed, to: folder, on: compute, progress
    ) { $0.hasSuffix("gamma") }
  }

  private static func write(
    _ shapes: [(name: String, shape: Shape)], _ json: Value, as type: Safetensors.ElementType, seed: UInt64,
    to folder: String,
    on compute: Compute, _ progress: (Int, Int) -> Void, isNorm: (String) -> Bool
  ) throws {
    try Disk.makeFolder(folder)
    try write(
      shapes, as: type, seed: seed, to: folder + "/" + ModelFolder.weightsName, on: compute, isNorm: isNorm,
      progress: progress)
    try Disk.write(JSON.pretty(json), to: folder + "/config.json")
  }

  /// Tensors of given names and shapes: weights of norms around one, others so that they keep the size of what they are
  /// given.
  /// - Parameters:
  ///   - drawn: numbers of a tensor that are drawn; those after them are zero. Nil: all.
  ///   - isNorm: whether a weight is a norm's.
  static func write(
    _ shapes: [(name: String, shape: Shape)], as type: Safetensors.ElementType, seed: UInt64, to path: String,
    on compute: Compute, drawn: (String) -> Int? = { _ in nil },
    isNorm: (String) -> Bool = { $0.hasSuffix("weight") && $0.contains("norm") },
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    var done = 0
    try SafetensorsWriter.write(
      shapes.map { .init($0.name, type, $0.shape.sizes) }, metadata: [("orrery", "random/1")], to: path
    ) { item, write in
      let lane = done, count = item.shape.reduce(1, *), values = Tensor(undefined: [min(count, run)], on: compute)
      let isNorm = isNorm(item.name), drawn = drawn(item.name) ?? count
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
