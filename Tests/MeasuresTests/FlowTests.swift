import Files
import Foundation
import Frames
import Measures
import Media
import TestKit
import Testing

/// What OpenCV makes of the same scenes (Tests/Interop/oracle_flow.py).
private func oracle() throws -> Value { try Fixture.json("flow/oracle.json") }

private func planes(_ scene: MovingTexture) -> (LumaPlane, LumaPlane) {
  func plane(_ t: Int) -> LumaPlane {
    LumaPlane(width: scene.width, height: scene.height, values: scene.levels(t).map(Float.init))
  }
  return (plane(0), plane(1))
}

private func truth(_ scene: MovingTexture) -> (flow: FlowField, known: [Bool]) {
  let truth = scene.truth(2)
  return (FlowField(width: scene.width, height: scene.height, truth.flow[0]), truth.known[0])
}

@Suite struct FlowTests {
  /// The law the project sets itself: on every scene, no further from the exact flow than OpenCV's DIS at its best
  /// preset.
  @Test func noWorseThanOpenCVOnExactFlow() throws {
    for row in try oracle().items("flow") {
      let name = try #require(row["name"]?.string), w = try #require(row["width"]?.integer),
        h = try #require(row["height"]?.integer)
      let scene = try #require(MovingTexture.named(name, width: w, height: h)), (a, b) = planes(scene),
        (exact, known) = truth(scene)
      // The oracle drew the same pictures; a cosine's last bit may round a pixel otherwise.
      #expect(abs(a.values.reduce(0.0) { $0 + Double($1) } - (row["sum0"]?.double ?? .nan)) <= 4, "\(name) \(w)x\(h)")
      let ours = try #require(try FlowField.inverseSearch(from: a, to: b).endPointError(to: exact, where: known))
      let theirs = try #require(row["dis_medium"]?.double)
      #expect(ours <= theirs, "\(name) \(w)x\(h): ours \(ours), OpenCV \(theirs)")
    }
  }

  /// Same algorithm and constants as OpenCV's: vectors agree, not only averages.
  @Test func farnebackIsOpenCVs() throws {
    for row in try oracle().items("flow") where row["width"]?.integer != 480 {
      let name = try #require(row["name"]?.string), w = try #require(row["width"]?.integer),
        h = try #require(row["height"]?.integer)
      let scene = try #require(MovingTexture.named(name, width: w, height: h)), (a, b) = planes(scene),
        (exact, known) = truth(scene)
      let flow = try FlowField.farneback(from: a, to: b), n = Double(w * h)
      #expect(
        abs((flow.endPointError(to: exact, where: known) ?? .nan) - (row["farneback"]?.double ?? .nan)) < 1e-3,
        "\(name) \(w)x\(h)")
      #expect(
        abs(flow.u.reduce(0.0) { $0 + Double($1) } / n - (row["farneback_mean_u"]?.double ?? .nan)) < 1e-3,
        "\(name) \(w)x\(h)")
      #expect(
        abs(flow.v.reduce(0.0) { $0 + Double($1) } / n - (row["farneback_mean_v"]?.double ?? .nan)) < 1e-3,
        "\(name) \(w)x\(h)")
      for point in try row.items("farneback_at") {
        let told = try point.numbers(), at = Int(told[1]) * w + Int(told[0])
        #expect(
          abs(Double(flow.u[at]) - told[2]) < 5e-3 && abs(Double(flow.v[at]) - told[3]) < 5e-3,
          "\(name) \(w)x\(h) at \(at)")
      }
    }
  }

  @Test func tofAgreesWithOpenCVsFlow() throws {
    let clip = try #require(MovingTexture.named("both", width: 64, height: 64)),
      other = try #require(MovingTexture.named("disc", width: 64, height: 64))
    let value = TOFFarneback.estimate(Evidence(clip.frames(8), reference: other.frames(8))).value
    #expect(abs(value - (try oracle()["tof_both_against_disc"]?.double ?? .nan)) < 2e-3)
    #expect(TOFFarneback.estimate(Evidence(clip.frames(8), reference: clip.frames(8))).value == 0)
  }

  /// vbench 0.1.5's formula in float32 on the same frames.
  @Test func flickerAgreesWithVBench() throws {
    let clip = try #require(MovingTexture.named("both", width: 64, height: 64)).frames(8)
    #expect(abs(VBenchTemporalFlickering.value(clip) - (try oracle()["vbench_both"]?.double ?? .nan)) < 1e-6)
  }

  /// Truth of another size or length is refused, and never read past its end.
  @Test func truthOfAnotherSizeIsRefused() throws {
    let clip = try #require(MovingTexture.named("both", width: 64, height: 64)).frames(8),
      small = try #require(MovingTexture.named("both", width: 48, height: 48))
    for truth in [small.truth(8), small.truth(5)] {
      let evidence = Evidence(clip, reference: clip, scene: truth)
      for metric in ClipMetrics.all {
        #expect(metric.estimate(evidence).isApplicable || !metric.estimate(evidence).note.isEmpty)
      }
      #expect(
        WarpErrorExcess.estimate(evidence).note.contains("truth")
          && CameraPathError.estimate(evidence).note.contains("truth"))
    }
  }

  @Test func aStillPairHasNoFlow() throws {
    let (a, _) = planes(try #require(MovingTexture.named("disc", width: 48, height: 40)))
    let flow = try FlowField.inverseSearch(from: a, to: a)
    #expect(flow.u.allSatisfy { $0 == 0 } && flow.v.allSatisfy { $0 == 0 })
    let flat = LumaPlane(width: 30, height: 17, values: [Float](repeating: 90, count: 510))
    #expect(try FlowField.inverseSearch(from: flat, to: flat).longest(1) == 0)
    #expect(try FlowField.farneback(from: flat, to: flat).longest(1) == 0)
  }

  @Test func sizesThatCannotBeAreProblems() {
    let small = LumaPlane(width: 15, height: 40, values: [Float](repeating: 0, count: 600)),
      other = LumaPlane(width: 20, height: 30, values: [Float](repeating: 0, count: 600))
    #expect(throws: Problem.self) { try FlowField.inverseSearch(from: small, to: small) }
    #expect(throws: Problem.self) { try FlowField.farneback(from: small, to: other) }
  }

  /// Odd sizes, tall and wide, down to the smallest.
  @Test func everySizeFindsAShift() throws {
    for (w, h) in [(16, 16), (17, 33), (40, 19), (101, 57), (300, 31), (31, 300)] {
      var scene = MovingTexture(width: w, height: h)
      scene.pan = SIMD2(1.25, 0.5)
      let (a, b) = planes(scene), (exact, known) = truth(scene)
      let error = try #require(try FlowField.inverseSearch(from: a, to: b).endPointError(to: exact, where: known))
      #expect(error < 0.2, "\(w)x\(h): \(error)")
    }
  }

  /// Beyond 1.6 megapixels the search runs at half size, to the same motion.
  @Test func largePicturesAreSearchedAtHalfSize() {
    let pixels = (0..<2).flatMap { t in
      (0..<1600 * 1040).flatMap { i -> [UInt8] in
        let x = Double(i % 1600) - 6 * Double(t), y = Double(i / 1600) + 3 * Double(t)
        return [UInt8](repeating: UInt8(128 + 50 * sin(x * 0.11 + y * 0.02) + 50 * sin(y * 0.13 - x * 0.03)), count: 3)
      }
    }
    let clip = Frames(count: 2, height: 1040, width: 1600, pixels: pixels, fps: FrameRate(10))
    let flow = FlowPairs.each(clip, [(0, 1)], threads: 1) { _, forward, _ in forward }[0], middle = 520 * 1600 + 800
    #expect(
      flow.width == 1600 && abs(flow.u[middle] - 6) < 0.2 && abs(flow.v[middle] + 3) < 0.2,
      "\(flow.u[middle]), \(flow.v[middle])")
  }

  @Test func theLongestVectors() {
    let field = FlowField(width: 20, height: 5, u: (0..<100).map(Float.init), v: [Float](repeating: 0, count: 100))
    #expect(
      field.longest(0.05) == 97 && field.longest(0.02) == 98.5 && field.longest(1) == 49.5 && field.longest(0) == 99)
  }

  @Test func threadsDoNotChangeABit() throws {
    let clip = try #require(MovingTexture.named("both", width: 64, height: 48)).frames(19)
    let one = PairMotion.all(clip, threads: 1)
    #expect(one.count == 18 && one == PairMotion.all(clip, threads: 2) && one == PairMotion.all(clip, threads: 7))
    let path = CameraPath(clip, scene: nil, threads: 1)
    #expect(path.steps == CameraPath(clip, scene: nil, threads: 3).steps)
  }

  /// Values worked by hand.
  @Test func occlusionVectors() {
    #expect(!FlowOcclusion.isHidden(SIMD2(2, 0), SIMD2(-2, 0)))
    #expect(FlowOcclusion.isHidden(SIMD2(2, 0), SIMD2(-1, 0)))
    #expect(!FlowOcclusion.isHidden(SIMD2(2, 0), SIMD2(-1.3, 0)))  // .49 against .5569
  }

  /// Worked by hand: one valid pixel that differs by .3 in each channel has .27 by the paper's formula.
  @Test func warpErrorVector() {
    let clip = Frames(
      count: 2, height: 1, width: 2, pixels: [0, 0, 0, 9, 9, 9] + [0, 0, 0, 153, 153, 153], fps: FrameRate(10))
    let flow = FlowField(width: 2, height: 1, u: [0.5, 7], v: [0, 0])  // halfway between 0 and 153 is .3; the other pixel leaves the frame
    let error = WarpError(clip, 0, 1, flow, where: [true, true])
    #expect(error.counted == 1 && abs((error.mean ?? .nan) - 0.27) < 1e-6)
  }
}

@Suite struct CameraTests {
  private let grid = (0..<25).map { SIMD2(Double($0 % 5) * 20, Double($0 / 5) * 15) }

  @Test func leastSquaresFitsAreExactOnExactMatches() throws {
    let maps: [(CameraModel, Homography)] = [
      (.translation, Homography([1, 0, 3.5, 0, 1, -2, 0, 0, 1])),
      (.similarity, Homography([1.1, -0.2, 4, 0.2, 1.1, -7, 0, 0, 1])),
      (.homography, Homography([1.05, 0.1, 3, -0.04, 0.97, 2, 4e-4, -3e-4, 1])),
    ]
    for (model, map) in maps {
      let matches = grid.map { Match(from: $0, to: map($0)) }, fit = try #require(model.fit(matches))
      for p in grid { #expect(((fit(p) - map(p)) * (fit(p) - map(p))).sum() < 1e-16, "\(model)") }
      // The stiffest family that explains the matches is chosen, not a looser one.
      #expect(CameraModel.choose(matches).model == model)
    }
    #expect(CameraModel.choose(grid.map { Match(from: $0, to: $0) }).model == .still)
    #expect(
      CameraModel.similarity.fit([]) == nil
        && CameraModel.homography.fit([Match](repeating: Match(from: .zero, to: .zero), count: 9)) == nil)
  }

  @Test func noiseDoesNotBuyParameters() {
    var random = TestRandom(state: 5)
    let matches = grid.map { Match(from: $0, to: $0 + SIMD2(2 + 0.2 * random.normal(), 1 + 0.2 * random.normal())) }
    #expect(CameraModel.choose(matches).model == .translation)
  }

  /// A disc that moves against a pan: the background's motion is found with the scene's masks and without.
  @Test func theCameraIsToldFromTheSubject() throws {
    let scene = try #require(MovingTexture.named("both", width: 128, height: 128)), clip = scene.frames(10),
      exact = scene.truth(10)
    for truth in [nil, exact] {
      let path = CameraPath(clip, scene: truth, threads: 2)
      #expect(path.steps.count == 9)
      for (t, step) in path.steps.enumerated() {
        #expect(step.model == .translation, "step \(t)")
        let d = step.map(SIMD2(64, 64)) - SIMD2(64, 64) - scene.pan
        #expect((d * d).sum().squareRoot() < 0.05, "step \(t): \(d)")
      }
    }
    let evidence = Evidence(clip, reference: clip, scene: exact)
    #expect(CameraPathError.estimate(evidence).value < 0.3)
    // Where the tracker loses the reference's own camera, here because the truth is said to rest, an error says
    // nothing.
    var resting = exact
    resting.camera = exact.camera.map { _ in .zero }
    let lost = CameraPathError.estimate(Evidence(clip, reference: clip, scene: resting))
    #expect(!lost.isApplicable && lost.note.contains("loses the camera of the reference itself"), "\(lost.note)")
    #expect(SubjectVelocityError.estimate(evidence).value < 0.2)
  }

  /// Flicker of ±8 levels must not throw the tracker: luma is normalised first (finding 6).
  @Test func flickerDoesNotMoveTheCamera() throws {
    let scene = try #require(MovingTexture.named("both", width: 128, height: 128)), exact = scene.truth(10)
    let clean = scene.frames(10), flickering = try Corruption.flicker.apply(to: clean, strength: 8)
    let a = CameraPathError.estimate(Evidence(clean, scene: exact)).value,
      b = CameraPathError.estimate(Evidence(flickering, scene: exact)).value
    #expect(a < 0.1 && b < 0.2, "\(a) clean, \(b) flickering")
  }

  @Test func turningAndGrowingIsASimilarity() throws {
    let scene = try #require(MovingTexture.named("affine", width: 128, height: 128))
    #expect(
      CameraPath(scene.frames(4), scene: nil, threads: 1).steps.map(\.model) == [.similarity, .similarity, .similarity])
    #expect(CameraPathError.estimate(Evidence(scene.frames(4), scene: scene.truth(4))).value < 0.1)
  }

  @Test func classesOfCameraMotion() throws {
    func kind(_ change: (inout MovingTexture) -> Void) -> CameraClass.Kind {
      var scene = MovingTexture(width: 96, height: 80)
      change(&scene)
      return CameraClass.kind(CameraPath(scene.frames(4), scene: nil, threads: 1), width: 96, height: 80)
    }
    #expect(kind { _ in } == .still)
    #expect(kind { $0.pan = SIMD2(1.5, 0.2) } == .panLeft)
    #expect(kind { $0.pan = SIMD2(-1.5, 0.2) } == .panRight)
    #expect(kind { $0.pan = SIMD2(0, 2) } == .tiltUp)
    #expect(kind { $0.pan = SIMD2(0.3, -2) } == .tiltDown)
    #expect(kind { $0.growth = 1.03 } == .zoomIn)
    #expect(kind { $0.growth = 0.97 } == .zoomOut)
    var scene = MovingTexture(width: 96, height: 80)
    scene.pan = SIMD2(2, 0)
    let clip = scene.frames(4)
    #expect(CameraClass.estimate(Evidence(clip, reference: clip)).value == 1)
    #expect(CameraClass.estimate(Evidence(clip, reference: Controls.frozen(clip, conditioning: 1))).value == 0)
    #expect(CameraClass.estimate(Evidence(clip)).note.contains("pan left"))
  }

  /// One object on a plain ground is no camera motion, whatever moves.
  @Test func aLoneObjectIsNoBackground() {
    var clip = Frames(
      count: 6, height: 64, width: 64, pixels: [UInt8](repeating: 230, count: 6 * 64 * 64 * 3), fps: FrameRate(10))
    for t in 0..<6 {
      paint(&clip.pixels, size: 64, frame: t, x: 15 + 5 * Double(t), y: 30, radius: 7, colour: SIMD3(220, 30, 30))
    }
    let path = CameraPath(clip, scene: nil, threads: 1)
    #expect(path.steps.count == 5 && path.steps.allSatisfy { $0.model == .still })
    #expect(StabilisedPSNR.estimate(Evidence(clip)).note.contains("camera taken for still"))
  }

  /// A patch of noise, 40 pixels a side, over flat grey: where it is in each frame, and the scene's truth of it.
  private func patch(_ places: [SIMD2<Int>]) -> (clip: Frames, truth: SceneTruth) {
    let size = 96, side = 40
    var random = TestRandom(state: 11), pixels = [UInt8](repeating: 230, count: places.count * size * size * 3)
    let noise = (0..<side * side).map { _ in UInt8(255 * min(random.unit(), 1)) }
    var masks = [[[Float]]](repeating: [[Float](repeating: 0, count: size * size)], count: places.count)
    for (t, place) in places.enumerated() {
      for y in 0..<side {
        for x in 0..<side {
          let i = (place.y + y) * size + place.x + x
          for c in 0..<3 { pixels[(t * size * size + i) * 3 + c] = noise[y * side + x] }
          masks[t][0][i] = 1
        }
      }
    }
    let flow = pairs(places.dropLast(), places.dropFirst()).map {
      [SIMD2<Float>](repeating: SIMD2(Float($1.x - $0.x), Float($1.y - $0.y)), count: size * size)
    }
    let truth = SceneTruth(
      flow: flow, known: flow.map { $0.map { _ in true } }, masks: masks, camera: places.map { _ in .zero },
      colours: [SIMD3(128, 128, 128)], conditioning: 1)
    return (Frames(count: places.count, height: size, width: size, pixels: pixels, fps: FrameRate(10)), truth)
  }

  /// Before a flat backdrop a subject that has left the truth's mask is all there is to follow; it is not the camera.
  @Test func aStraySubjectIsNoCamera() {
    let (reference, truth) = patch((0..<8).map { SIMD2(8 + 2 * $0, 6) }),
      (stray, _) = patch((0..<8).map { SIMD2(48 - 3 * $0, 50) })
    let evidence = Evidence(stray, reference: reference, scene: truth), error = CameraPathError.estimate(evidence)
    #expect(
      !error.isApplicable && error.note == "in the reference, the background has no corners to track",
      "\(error.value) \(error.note)")
    #expect(
      evidence.camera.steps.count == 7 && evidence.camera.steps.allSatisfy { $0.background == 0 }
        && !CameraClass.estimate(evidence).isApplicable)
    for metric in [BackgroundDriftSSIM.self, StabilisedPSNR.self, FlickerHighFrequencyRMS.self] as [any ClipMetric.Type]
    {
      #expect(metric.estimate(evidence).note.contains("taken for still: in the reference"), "\(metric.name)")
    }
    // The camera's rest is known from the scene, so the subject's own speed is still told.
    #expect(SubjectVelocityError.estimate(Evidence(reference, reference: reference, scene: truth)).value < 0.1)
    var moving = truth
    moving.camera = (0..<8).map { SIMD2(Double($0), 0) }
    #expect(
      SubjectVelocityError.estimate(Evidence(reference, reference: reference, scene: moving)).note.contains(
        "no corners"))
  }

  /// A corner found beside an object shows the object, however thin that is: crosses of single lines, which move
  /// together over flat grey.
  @Test func cornersBesideAnObjectAreTheObjects() {
    let size = 96
    var clip = Frames(
      count: 6, height: size, width: size, pixels: [UInt8](repeating: 230, count: 6 * size * size * 3),
      fps: FrameRate(10))
    var masks = [[[Float]]](repeating: [[Float](repeating: 0, count: size * size)], count: 6)
    for t in 0..<6 {
      for centre in 0..<16 {
        for k in -3...3 {
          let x = 12 + centre % 4 * 20 + 2 * t, y = 18 + centre / 4 * 20
          for i in [y * size + x + k, (y + k) * size + x] {
            for c in 0..<3 { clip.pixels[(t * size * size + i) * 3 + c] = 30 }
            masks[t][0][i] = 1
          }
        }
      }
    }
    let truth = SceneTruth(flow: [], known: [], masks: masks, camera: [], colours: [SIMD3(30, 30, 30)], conditioning: 1)
    #expect(
      CameraPath(clip, scene: nil, threads: 1).obstacle == nil
        && CameraPath(clip, scene: truth, threads: 1).obstacle != nil)
  }

  /// One frame without texture breaks the path on either side of it, and whatever rests on the path says so.
  @Test func brokenStepsAreSaid() {
    var scene = MovingTexture(width: 96, height: 96)
    scene.pan = SIMD2(1.5, 0.5)
    var clip = scene.frames(10)
    for i in 5 * clip.frameBytes..<6 * clip.frameBytes { clip.pixels[i] = 90 }
    let evidence = Evidence(clip, scene: scene.truth(10))
    for metric in [CameraPathError.self, BackgroundDriftL1.self, StabilisedSSIM.self, FlickerHighFrequencyRMS.self]
      as [any ClipMetric.Type]
    {
      #expect(
        metric.estimate(evidence).note.contains("camera taken for still in 2 of 9 steps"),
        "\(metric.name): \(metric.estimate(evidence).note)")
    }
  }
}
