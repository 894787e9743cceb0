import Foundation
import Frames

/// A clip whose motion is known exactly: a textured plane that shifts, turns and grows, and a textured disc in front of
/// it. What flow is timed and judged on. Textures are sums of plane waves, so they can be drawn between pixels without
/// interpolation.
package struct MovingTexture: Sendable, Equatable {
  package var width, height: Int
  /// Of the plane, a frame: shift in px, turn in radians and growth about the picture's middle.
  package var pan = SIMD2<Double>(0, 0)
  package var turn = 0.0, growth = 1.0
  /// Of the disc: radius (0 for none), centre in frame 0 and velocity a frame, px.
  package var radius = 0.0
  package var centre = SIMD2<Double>(0, 0)
  package var velocity = SIMD2<Double>(0, 0)
  package var seed = 7

  package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// Scenes the flow is measured on.
  package enum Scene: String, CaseIterable { case shift, large, affine, disc, both }

  /// nil when no scene has that name.
  package static func named(_ name: String, width: Int, height: Int) -> MovingTexture? {
    Scene(rawValue: name).map { MovingTexture($0, width: width, height: height) }
  }

  package init(_ scene: Scene, width: Int, height: Int) {
    self.init(width: width, height: height)
    let w = Double(width), h = Double(height), unit = min(1, h / 128)
    switch scene {
    case .shift: pan = SIMD2(2.3, -1.4)
    case .large: pan = SIMD2(0.03 * w, 0.02 * h)
    case .affine: (pan, turn, growth) = (SIMD2(1, -2) * unit, 0.035, 1.02)
    case .disc: (radius, centre, velocity) = (0.25 * h, SIMD2(0.45 * w, 0.5 * h), SIMD2(5.3, 2.1) * unit)
    case .both:
      (pan, radius, centre) = (SIMD2(3.1, 0.6) * unit, 0.2 * h, SIMD2(0.55 * w, 0.5 * h))
      velocity = SIMD2(-4.2, 1.7) * unit
    }
  }
  package static let names = Scene.allCases.map(\.rawValue)

  /// The same level in all three channels.
  package func frames(_ count: Int, fps: FrameRate = FrameRate(10)) -> Frames {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * width * height * 3)
    for t in 0..<count { for value in levels(t) { for _ in 0..<3 { pixels.append(value) } } }
    return Frames(count: count, height: height, width: width, pixels: pixels, fps: fps)
  }

  /// 8-bit luma of frame t, `[H·W]`; pixels on the disc's edge are means of 4×4 samples.
  package func levels(_ t: Int) -> [UInt8] {
    let ground = Waves(seed: seed), front = Waves(seed: seed + 1), c = centre + velocity * Double(t)
    return (0..<width * height).map { i in
      let p = SIMD2(Double(i % width) + 0.5, Double(i / width) + 0.5), distance = length(p - c)
      func sample(_ q: SIMD2<Double>) -> Double {
        radius > 0 && length(q - c) < radius ? front(q - c) : ground(origin(q, t))
      }
      if radius > 0, abs(distance - radius) < 1 {
        var sum = 0.0
        for y in 0..<4 { for x in 0..<4 { sum += sample(p + SIMD2((Double(x) - 1.5) / 4, (Double(y) - 1.5) / 4)) } }
        return UInt8(min(max((sum / 16).rounded(), 0), 255))
      }
      return UInt8(min(max(sample(p).rounded(), 0), 255))
    }
  }

  /// Exact flow, visibility, the disc's coverage and the plane's shift. A pixel counts as known when its goal is
  /// inside, it is not about to be hidden, and it is not on the disc's edge.
  package func truth(_ count: Int, conditioning: Int = 1) -> SceneTruth {
    var flow: [[SIMD2<Float>]] = [], known: [[Bool]] = []
    for t in 0..<max(0, count - 1) {
      let c = centre + velocity * Double(t), next = c + velocity
      var f: [SIMD2<Float>] = [], k: [Bool] = []
      for i in 0..<width * height {
        let p = SIMD2(Double(i % width) + 0.5, Double(i / width) + 0.5), distance = length(p - c),
          onDisc = radius > 0 && distance < radius
        let goal = onDisc ? p + velocity : place(origin(p, t), t + 1)
        let hidden = radius > 0 && !onDisc && length(goal - next) < radius + 0.7
        f.append(SIMD2<Float>(goal - p))
        k.append(
          goal.x > 0.5 && goal.y > 0.5 && goal.x < Double(width) - 0.5 && goal.y < Double(height) - 0.5 && !hidden
            && (radius == 0 || abs(distance - radius) > 0.7))
      }
      flow.append(f)
      known.append(k)
    }
    let masks = (0..<count).map { t -> [[Float]] in
      let c = centre + velocity * Double(t)
      return radius == 0
        ? []
        : [
          (0..<width * height).map { i in
            Float(min(max(0.5 + radius - length(SIMD2(Double(i % width) + 0.5, Double(i / width) + 0.5) - c), 0), 1))
          }
        ]
    }
    return SceneTruth(
      flow: flow, known: known, masks: masks, camera: (0..<count).map { place(middle, $0) - middle },
      colours: radius == 0 ? [] : [SIMD3(128, 128, 128)],
      conditioning: conditioning)
  }

  private var middle: SIMD2<Double> { SIMD2(Double(width), Double(height)) / 2 }
  private func length(_ v: SIMD2<Double>) -> Double { (v * v).sum().squareRoot() }

  /// Where a point of the plane is in frame t: turned and grown about the middle t times, then shifted.
  private func place(_ p: SIMD2<Double>, _ t: Int) -> SIMD2<Double> {
    let d = p - middle, g = pow(growth, Double(t)), c = cos(turn * Double(t)) * g, s = sin(turn * Double(t)) * g
    return middle + SIMD2(c * d.x - s * d.y, s * d.x + c * d.y) + pan * Double(t)
  }

  /// The point of the plane seen at p in frame t.
  private func origin(_ p: SIMD2<Double>, _ t: Int) -> SIMD2<Double> {
    let d = p - middle - pan * Double(t), g = pow(growth, -Double(t)), c = cos(turn * Double(t)) * g,
      s = sin(turn * Double(t)) * g
    return middle + SIMD2(c * d.x + s * d.y, -s * d.x + c * d.y)
  }

  /// 16 plane waves of wavelengths from 50 down to 5 pixels about level 128, standard deviation about 32.
  private struct Waves {
    private let waves: [(k: SIMD2<Double>, phase: Double, amplitude: Double)]

    init(seed: Int) {
      waves = (0..<16).map { i in
        let angle = Self.share(Double(i) * 0.754877666 + Double(seed) * 0.318) * 2 * .pi,
          frequency = 0.02 * pow(1.17, Double(i)) * 2 * .pi
        return (
          SIMD2(cos(angle), sin(angle)) * frequency,
          Self.share(Double(i) * 0.569840291 + Double(seed) * 0.733) * 2 * .pi, 20 * pow(0.9, Double(i))
        )
      }
    }

    private static func share(_ x: Double) -> Double { x - x.rounded(.down) }

    func callAsFunction(_ p: SIMD2<Double>) -> Double {
      waves.reduce(128.0) { $0 + $1.amplitude * cos($1.k.x * p.x + $1.k.y * p.y + $1.phase) }
    }
  }
}
