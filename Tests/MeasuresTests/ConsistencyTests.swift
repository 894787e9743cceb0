import Foundation
import Frames
import Measures
import Testing

/// A red disc that rolls over flat grey, with its truth; `edit` changes what is drawn of frame t: centre, radius,
/// colour, nil for nothing.
struct DiscScene {
  typealias Disc = (x: Double, y: Double, radius: Double, colour: SIMD3<UInt8>)
  static let size = 64, count = 12, red = SIMD3<UInt8>(210, 40, 40)
  let truth: SceneTruth
  let frames: Frames

  static func disc(_ t: Int) -> Disc { (14 + 3 * Double(t), 30 + 0.25 * Double(t * t) / 4, 8, red) }

  init(camera: [SIMD2<Double>]? = nil, hidden: Set<Int> = [], edit: (Int, Disc) -> Disc? = { _, disc in disc }) {
    let size = Self.size, count = Self.count
    var pixels = [UInt8](repeating: 128, count: count * size * size * 3), masks: [[[Float]]] = []
    for t in 0..<count {
      let disc = Self.disc(t)
      masks.append([
        (0..<size * size).map { p in
          let dx = Double(p % size) + 0.5 - disc.x, dy = Double(p / size) + 0.5 - disc.y
          return hidden.contains(t) ? 0 : Float(min(max(0.5 + disc.radius - (dx * dx + dy * dy).squareRoot(), 0), 1))
        }
      ])
      if !hidden.contains(t), let drawn = edit(t, disc) {
        paint(&pixels, size: size, frame: t, x: drawn.x, y: drawn.y, radius: drawn.radius, colour: drawn.colour)
      }
    }
    frames = Frames(count: count, height: size, width: size, pixels: pixels, fps: FrameRate(10))
    let still = [SIMD2<Float>](repeating: .zero, count: size * size),
      known = [Bool](repeating: true, count: size * size)
    truth = SceneTruth(
      flow: Array(repeating: still, count: count - 1), known: Array(repeating: known, count: count - 1), masks: masks,
      camera: camera ?? Array(repeating: .zero, count: count), colours: [Self.red], conditioning: 4)
  }

  func measure(_ metric: any ClipMetric.Type) -> Estimate {
    metric.estimate(Evidence(frames, reference: DiscScene().frames, scene: truth))
  }
}

@Suite struct ConsistencyTests {
  static let objects: [any ClipMetric.Type] = [
    AppearanceConsistency.self, AreaCV.self, ColourDrift.self, ShapeIoU.self,
  ]

  /// Values worked by hand.
  @Test func midframeVectors() {
    #expect(MidframeResidualLinear.estimate(Evidence(flat([100, 110, 120, 130, 140]))).value == 1)
    #expect(abs(MidframeResidualLinear.estimate(Evidence(flat([100, 120, 100, 120, 100]))).value - 0.921569) < 1e-6)
    #expect(MidframeResidualLinear.estimate(Evidence(flat([100, 101, 101]))).value == 1)  // 100.5 is rounded up
    #expect(MidframeResidualLinear.estimate(Evidence(flat([1, 2]))).note.contains("has 2"))
    // The last of four frames has no frame after it.
    #expect(MidframeResidualLinear.estimate(Evidence(flat([10, 10, 10, 200]))).value == 1)
  }

  @Test func truthIsSteady() {
    let scene = DiscScene()
    let appearance = scene.measure(AppearanceConsistency.self).value
    #expect(appearance > 0.9, "\(appearance)")
    #expect(scene.measure(AreaCV.self).value < 0.01)
    #expect(scene.measure(ColourDrift.self).value < 0.1 && scene.measure(ShapeIoU.self).value > 0.97)
  }

  /// Each metric against the fault it is there for, in growing strength.
  @Test func eachSeesItsFault() {
    let base = DiscScene()
    var before = Self.objects.map { base.measure($0).value }
    for strength in [0.15, 0.3, 0.6] {
      let shrinking = DiscScene { t, d in (d.x, d.y, d.radius * (1 - strength * Double(t) / 12), d.colour) }
      let fading = DiscScene { t, d in
        (
          d.x, d.y, d.radius,
          SIMD3(210 - UInt8(80 * strength * Double(t) / 12), 40, 40 + UInt8(60 * strength * Double(t) / 12))
        )
      }
      let now = [
        fading.measure(AppearanceConsistency.self).value, shrinking.measure(AreaCV.self).value,
        fading.measure(ColourDrift.self).value, shrinking.measure(ShapeIoU.self).value,
      ]
      #expect(
        now[0] < before[0] && now[1] > before[1] && now[2] > before[2] && now[3] < before[3],
        "\(strength): \(before) → \(now)")
      before = now
    }
  }

  /// A missing object costs every metric that can say so; none of them fills it in.
  @Test func aVanishedObjectCounts() {
    let gone = DiscScene { t, d in t < 6 ? d : nil }
    #expect(
      gone.measure(AppearanceConsistency.self).value < 0.6 && gone.measure(AreaCV.self).value > 0.5
        && gone.measure(ShapeIoU.self).value < 0.6)
    for metric in Self.objects { #expect(gone.measure(metric).note.contains("lost in"), "\(metric.name)") }
    let never = DiscScene { _, _ in nil }
    #expect(never.measure(AppearanceConsistency.self).value == 0)
    for metric in Self.objects.dropFirst() { #expect(!never.measure(metric).isApplicable, "\(metric.name)") }
  }

  @Test func withoutTruthTheWholeFrameIsLookedAt() {
    let frames = DiscScene().frames
    let whole = AppearanceConsistency.estimate(Evidence(frames))
    #expect(whole.value > 0 && whole.value < 1 && whole.note.contains("whole frame"))
    #expect(AppearanceConsistency.estimate(Evidence(flat([90, 90, 90]))).value > 1 - 1e-6)
    #expect(AppearanceConsistency.estimate(Evidence(flat([90, 90, 255]))).value < 0.8)
    for metric in Self.objects.dropFirst() {
      #expect(metric.estimate(Evidence(frames)).note.contains("no exact truth"))
    }
  }

  /// A camera that goes out and comes back: only the way back counts.
  @Test func revisitScoresTheWayBack() {
    let loop = (0..<12).map { SIMD2(Double(min($0, 11 - $0)) * 3, 0) }
    let same = DiscScene(camera: loop),
      wrong = DiscScene(camera: loop) { t, d in t < 9 ? (d.x, d.y - 6, d.radius, d.colour) : d }
    #expect(same.measure(RevisitPSNR.self).value == 100 && same.measure(RevisitSSIM.self).value == 1)
    #expect(
      wrong.measure(RevisitPSNR.self).value == 100 && wrong.measure(RevisitPSNR.self).note == "3 frames of the way back"
    )
    let forgot = DiscScene(camera: loop) { t, d in t < 9 ? d : nil }
    #expect(forgot.measure(RevisitPSNR.self).value < 30 && forgot.measure(RevisitSSIM.self).value < 0.95)
    #expect(DiscScene().measure(RevisitPSNR.self).note.contains("does not leave"))
  }

  @Test func revisitObjectMultipliesPresencePlaceAndColour() {
    let hidden: Set<Int> = [5, 6, 7]
    #expect(DiscScene(hidden: hidden).measure(RevisitObjectScore.self).value > 0.95)
    let aside = DiscScene(hidden: hidden) { t, d in t < 8 ? d : (d.x + 4, d.y, d.radius, d.colour) }
    #expect(abs(aside.measure(RevisitObjectScore.self).value - 0.5) < 0.05)
    let gone = DiscScene(hidden: hidden) { t, d in t < 8 ? d : nil }
    #expect(
      gone.measure(RevisitObjectScore.self).value == 0
        && gone.measure(RevisitObjectScore.self).note.contains("found in 0 of 4"))
    #expect(DiscScene().measure(RevisitObjectScore.self).note.contains("comes back"))
    let loop = (0..<12).map { SIMD2(Double(min($0, 11 - $0)) * 3, 0) }
    for metric in Self.objects {
      #expect(DiscScene(camera: loop).measure(metric).note.contains("what it sees behind the objects is not known"))
    }
  }

  /// Flicker that sets in and grows: a mean hides when, the horizon does not.
  @Test func horizonShowsDecay() throws {
    var levels: [UInt8] = []
    for t in 0..<40 { levels.append(t % 2 == 0 ? UInt8(100 + t / 10) : UInt8(100 - t / 10)) }
    let horizon = Horizon(LumaFlickerD2.self, Evidence(flat(levels)), seconds: 1)
    #expect(horizon.windows.map { $0.frames } == [0..<10, 10..<20, 20..<30, 30..<40])
    #expect(horizon.windows.map { $0.seconds } == [0.5, 1.5, 2.5, 3.5])
    let slope = try #require(horizon.slope)
    #expect(abs(slope - 1) < 1e-9)
    #expect(Horizon(LumaFlickerD2.self, Evidence(flat(Array(levels.prefix(14)))), seconds: 1).windows.count == 1)
    #expect(Horizon(LumaFlickerD2.self, Evidence(flat([1, 2]))).slope == nil)
  }
}
