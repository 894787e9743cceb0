import Files
import Foundation
import Frames
import Measures
import Media
import Worlds

/// The clips beside a model's that no model made (docs/BENCH.md, "Controls"): every table has all of them, or says why
/// not.
public enum BenchControl: String, Sendable, CaseIterable {
  case groundTruth = "ground-truth"
  /// The truth after one pass through the encoder that films are written with: what no score can ask for more than.
  case reencoded = "re-encoded"
  case constantVelocity = "constant-velocity"
  case constantAcceleration = "constant-acceleration"
  case frozen
  /// The truth's own frames in another order.
  case shuffled
  /// The given frames, then what followed the training clip that begins most like them.
  case nearest = "nearest-training"
  /// The last given frame, moved on along the flow between the last two.
  case constantMotion = "constant-motion"
  /// What the weights that training began with make of the same frames and noise.
  case base
  /// The model's own, given the actions of another clip, or one that says nothing throughout: a model that follows its
  /// actions is worse then.
  case shuffledActions = "shuffled-actions"
  case zeroActions = "zero-actions"

  /// Beside scenes of ours, in the order of tables; and beside footage.
  static let ofScenes: [BenchControl] = [
    .groundTruth, .reencoded, .constantVelocity, .constantAcceleration, .frozen, .shuffled, .nearest,
  ]
  static let ofFootage: [BenchControl] = [
    .groundTruth, .reencoded, .constantMotion, .frozen, .shuffled, .nearest, .base,
  ]
  /// What the model itself makes of other actions.
  package static let ofActions: [BenchControl] = [.shuffledActions, .zeroActions]

  /// Whether no model is expected to beat it.
  package var isTruth: Bool {
    switch self {
    case .groundTruth, .reencoded: true
    case .constantVelocity, .constantAcceleration, .frozen, .shuffled, .nearest, .constantMotion, .base,
      .shuffledActions, .zeroActions:
      false
    }
  }

  /// Whether it is drawn from what the tracker sees in the given frames, which may be too little.
  var isExtrapolation: Bool {
    switch self {
    case .constantVelocity, .constantAcceleration, .constantMotion: true
    case .groundTruth, .reencoded, .frozen, .shuffled, .nearest, .base, .shuffledActions, .zeroActions: false
    }
  }

  /// - Parameter nearest: a training clip of the scene's size; nil when there is none.
  /// - Returns: the clip; nil when the given frames do not let it be made.
  package func clip(_ instance: Instance, truth: Frames, scene: PhysicsScene, nearest: Frames?) throws -> Frames? {
    func extrapolated(_ fit: MotionFit) throws -> Frames {
      try Controls.extrapolated(fit, scene, groundTruth: truth) { instance.render(positions: $0, radii: $1) }
    }
    return switch self {
    case .groundTruth: truth
    case .reencoded: try BenchVideo.reencoded(truth)
    case .constantVelocity: try extrapolated(.constantVelocity)
    case .constantAcceleration: try extrapolated(.constantAcceleration)
    case .frozen: Controls.frozen(truth, conditioning: World.conditioning)
    case .shuffled: Controls.shuffled(truth, conditioning: World.conditioning, key: instance.id)
    case .nearest: nearest.map { Controls.pasted(truth, conditioning: World.conditioning, continuation: $0) }
    case .constantMotion, .base, .shuffledActions, .zeroActions: nil
    }
  }
}

/// How a bench codes video: one thread, so that the same pixels give the same bytes.
package enum BenchVideo {
  package static func options(width: Int) -> VideoWriter.Options { .init(scale: max(1, 128 / width), threads: 1) }

  /// "libx264 crf 16, preset medium, 1 thread, each pixel 2×2".
  package static func stamp(width: Int) -> String {
    let o = options(width: width)
    return "libx264 crf \(o.crf), preset \(o.preset), \(o.threads) thread, each pixel \(o.scale)×\(o.scale)"
  }

  /// The clip as a player would show its film.
  static func reencoded(_ frames: Frames) throws -> Frames {
    let path = NSTemporaryDirectory() + "orrery-\(getpid())-\(UUID().uuidString).mp4"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try VideoWriter.write(frames, to: path, options: options(width: frames.width))
    let scale = options(width: frames.width).scale
    // Odd sides were padded to even ones.
    let back = try VideoReader.read(
      path, size: (frames.width, frames.height),
      crop: .rectangle(x: 0, y: 0, width: frames.width * scale, height: frames.height * scale))
    guard back.count == frames.count else {
      throw Problem("\(frames.count) frames were coded and \(back.count) came back", at: path)
    }
    return Frames(count: back.count, height: back.height, width: back.width, pixels: back.pixels, fps: frames.fps)
  }
}
