import Files
import Foundation
import Frames

/// Moving MNIST (Srivastava et al. 2015, "Unsupervised Learning of Video Representations using LSTMs"), re-created from
/// a file of digits.
///
/// 64² pixels, 20 frames, 28-pixel digits. A digit's corner (x, y) starts uniform in the unit square with a direction
/// uniform in [0, 2π); each frame takes a step of .1, then a coordinate at or past 0 or 1 is clamped there and its
/// velocity turned round; the corner is at pixel int(36·x), int(36·y), and digits are overlaid by maximum. The digits
/// are the user's file: not ours to ship or to grant. Numbers come from our generator, so these are new clips of the
/// same law, not the published test set.
public struct MovingMNIST: ClipSet {
  public static let version = "moving-mnist/1"
  public let digits: DigitImages
  /// In a clip.
  public let perClip: Int
  public let count: Int
  public let validationCount: Int
  private let first: Int
  /// Digits that held-out clips draw from are no training clip's.
  private let heldOutDigits: Int

  /// - Throws: `Problem` (usage) for an impossible request.
  public init(digits: DigitImages, perClip: Int = 2, count: Int, validationShare: Double = 0.1, first: Int = 0) throws {
    guard (1...10).contains(perClip) else { throw Problem.usage("\(perClip) digits in a clip", expected: "1 to 10") }
    validationCount = try Self.heldOut(of: count, share: validationShare)
    (self.digits, self.perClip, self.count, self.first) = (digits, perClip, count, first)
    heldOutDigits =
      validationCount == 0 ? 0 : min(digits.count - 1, max(1, Int(Double(digits.count) * validationShare)))
    guard validationCount == 0 || digits.count > 1 else {
      throw Problem.usage(
        "one digit cannot be both trained on and held out", fix: "give more digits, or --validation 0")
    }
  }

  public var height: Int { 64 }
  public var width: Int { 64 }
  public var frames: Int { 20 }
  public var fps: FrameRate { World.fps }
  public var attributes: [String: String] { ["set": Self.version, "digits": String(perClip)] }
  /// Corners in units of the 36 free pixels, y down.
  public var stateColumns: [String] { (1...perClip).flatMap { $0 == 1 ? ["x", "y"] : ["x\($0)", "y\($0)"] } }

  /// One digit's corners, `[frames]`, each after its step.
  public static func path(x: Double, y: Double, direction: Double, frames: Int) -> [SIMD2<Double>] {
    var p = SIMD2(x, y), v = SIMD2(cos(direction), sin(direction))
    return (0..<frames).map { _ in
      p += v * 0.1
      for axis in 0..<2 {
        if p[axis] <= 0 { (p[axis], v[axis]) = (0, -v[axis]) }
        if p[axis] >= 1 { (p[axis], v[axis]) = (1, -v[axis]) }
      }
      return p
    }
  }

  public func clip(_ position: Int) throws -> WorldClip {
    let (split, index) = place(position), name = "\(split == .train ? "train" : "val")", held = split == .validation
    var random = InstanceRandom([Self.version, name, String(perClip), String(first + index)])
    var pixels = [UInt8](repeating: 0, count: frames * height * width * 3),
      state = [[Float]](repeating: [], count: frames)
    for _ in 0..<perClip {
      let digit =
        held ? digits.count - heldOutDigits + random.index(heldOutDigits) : random.index(digits.count - heldOutDigits)
      let path = Self.path(x: random.unit(), y: random.unit(), direction: 2 * Double.pi * random.unit(), frames: frames)
      for (t, corner) in path.enumerated() {
        let left = Int(36 * corner.x), top = Int(36 * corner.y)
        state[t] += [Float(corner.x), Float(corner.y)]
        for i in 0..<DigitImages.side {
          for j in 0..<DigitImages.side {
            let p = ((t * height + top + i) * width + left + j) * 3, level = max(pixels[p], digits(digit, i, j))
            for c in 0..<3 { pixels[p + c] = level }
          }
        }
      }
    }
    let clip = Frames(count: frames, height: height, width: width, pixels: pixels, fps: fps)
    return WorldClip(
      id: "moving-mnist/\(name)/\(sixDigits(first + index))", frames: clip, split: split,
      caption: "\(perClip) digits drift and bounce", state: state)
  }
}
