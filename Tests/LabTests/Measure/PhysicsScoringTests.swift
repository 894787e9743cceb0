import Bench
import Files
import Frames
import Measures
import Testing
import Worlds

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// The tracker and the score on worlds whose truth is known.
@Suite struct PhysicsScoringTests {
  static func instances(_ scenario: Scenario, _ count: Int, frames: Int? = nil) throws -> [Instance] {
    let setting = try Setting(size: 64, frames: frames ?? scenario.suiteFrames)
    return try (0..<count).map { try Instance(scenario, .validation, index: $0, setting: setting) }
  }

  @Test(arguments: [(Scenario.freeFall, 16), (.freeFall, 32), (.projectile, 32)])
  func theScaleIsCalibrated(scenario: Scenario, frames: Int) throws {
    var scores: [String: [Double]] = [:]
    for instance in try Self.instances(scenario, 60, frames: frames) {
      let truth = instance.render(), referee = try PhysicsTol5(instance.scene(), groundTruth: truth)
      #expect(try referee.score(truth).score == 100)
      for (name, pair) in [("1 %", (0.99, 1.01)), ("5 %", (0.95, 1.05)), ("10 %", (0.9, 1.1)), ("20 %", (0.8, 1.2))] {
        for scale in [pair.0, pair.1] {
          scores[name, default: []].append(try referee.score(instance.renderPerturbed(scale: scale)).score)
        }
      }
      scores["frozen", default: []].append(
        try referee.score(Controls.frozen(truth, conditioning: World.conditioning)).score)
      let line = try Controls.extrapolated(.constantVelocity, instance.scene(), groundTruth: truth) {
        instance.render(positions: $0, radii: $1)
      }
      scores["constant velocity", default: []].append(try referee.score(line).score)
    }
    let means = scores.mapValues(mean)
    func expect(_ name: String, _ range: ClosedRange<Double>) {
      #expect(range.contains(means[name] ?? .nan), "\(name): \(means[name] ?? .nan)")
    }
    expect("1 %", 99.9...100)
    expect("5 %", 96...100)
    expect("10 %", 45...56)
    expect("20 %", 22...32)
    expect("frozen", 1...8)
    expect("constant velocity", 3...14)
  }

  @Test func occlusionDemandsAbsenceAndReturn() throws {
    for instance in try Self.instances(.occlusion, 12) {
      let truth = instance.render(), referee = try PhysicsTol5(instance.scene(), groundTruth: truth)
      #expect(try referee.score(truth).score == 100)
      let frozen = try referee.score(Controls.frozen(truth, conditioning: World.conditioning))
      #expect(frozen.faults.contains { $0.kind == .present } && frozen.score < 25)
      // A disc that never comes out is right while hidden and lost after.
      let hidden = try #require(instance.events.first { $0.name == "hidden" }).time
      let away = instance.truth().enumerated().map { t, s in
        [instance.setting.time(t) < hidden ? SIMD2(s[0].x, s[0].y) : SIMD2(-50, -50)]
      }
      let vanished = try referee.score(instance.render(positions: away))
      #expect(vanished.validity < 1 && vanished.faults.allSatisfy { $0.kind == .lost })
    }
  }

  @Test func cheatsLowerValidity() throws {
    for instance in try Self.instances(.freeFall, 10, frames: 16) {
      let truth = instance.render(), scene = try instance.scene(), referee = try PhysicsTol5(scene, groundTruth: truth)
      let other = instance.draw.colours[1].rgb, plate = instance.plate(), size = truth.frameBytes
      var vanished = truth, swapped = truth, doubled = truth, shrunk = truth
      for t in 8..<16 {
        let frame = t * size..<(t + 1) * size
        vanished.pixels.replaceSubrange(frame, with: plate)
        let body = instance.law.bodies(at: instance.setting.time(t))[0]
        let renderer = Renderer(instance.setting, backdrop: plate)
        var painted = body, small = body, copy = body
        painted.colour = other
        small.shape = .disc(radius: body.radius * 0.7)
        copy.centre.x =
          body.centre.x < 5 ? body.centre.x + 2 * body.radius + 0.5 : body.centre.x - 2 * body.radius - 0.5
        copy.shape = .disc(radius: body.radius * 0.7)
        swapped.pixels.replaceSubrange(frame, with: renderer.frame([painted]))
        shrunk.pixels.replaceSubrange(frame, with: renderer.frame([small]))
        doubled.pixels.replaceSubrange(frame, with: renderer.frame([body, copy]))
      }
      let expected = 4.0 / 12  // frames 4…7 of 4…15
      for (clip, kinds) in [
        (vanished, [PhysicsScore.Fault.Kind.lost]), (swapped, [.colour, .lost]), (doubled, [.extra]), (shrunk, [.area]),
      ] {
        let score = try referee.score(clip)
        #expect(score.validity == expected && score.trajectory == 1)
        #expect(score.faults.count == 8 && score.faults.allSatisfy { kinds.contains($0.kind) }, "\(score.faults)")
      }
      let cut = try referee.score(truth[0..<8])
      #expect(cut.validity == expected)
      #expect(throws: Problem.self) {
        try referee.score(Frames(count: 17, height: 64, width: 64, pixels: truth.pixels + plate, fps: truth.fps))
      }
    }
  }

  /// What a model paints is never clean: noise of σ = 8 levels costs no validity and hardly any position, on texture
  /// too.
  @Test func noiseOnAnHonestClipCostsLittle() throws {
    let setting = try Setting(height: 64, width: 64, frames: 16, backdrop: .noise(amplitude: 15))
    var state: UInt64 = 1
    for index in 0..<10 {
      let instance = try Instance(.freeFall, .validation, index: index, setting: setting)
      let truth = instance.render(), referee = try PhysicsTol5(instance.scene(), groundTruth: truth)
      var noisy = truth
      for p in noisy.pixels.indices {
        var sum = -6.0  // twelve uniforms less six: close to normal
        for _ in 0..<12 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          sum += Double(state >> 33) / Double(1 << 31)
        }
        noisy.pixels[p] = UInt8(min(255, max(0, Double(noisy.pixels[p]) + 8 * sum)).rounded())
      }
      let score = try referee.score(noisy)
      #expect(score.validity == 1 && score.trajectory == 1 && (score.error ?? 1) < 0.02)
    }
  }

  @Test func aClipOfAnotherSizeIsRefused() throws {
    let instance = try Self.instances(.freeFall, 1, frames: 16)[0],
      small = try Instance(.freeFall, .validation, index: 0, setting: Setting(size: 32, frames: 16))
    let referee = try PhysicsTol5(instance.scene(), groundTruth: instance.render())
    #expect(throws: Problem.self) { try referee.score(small.render()) }
  }

  @Test func aStillClipIsStaticBiased() throws {
    for instance in try Self.instances(.freeFall, 6, frames: 16) {
      let truth = instance.render()
      let verdict = try PhysicsJudge(instance.scene(), groundTruth: truth).judge(
        Controls.frozen(truth, conditioning: World.conditioning))
      #expect(try #require(verdict.values["motion_ratio"]) < 0.01 && verdict.values["volume_drift"] == nil)
    }
  }

  @Test func crossingDiscsAreToldApart() throws {
    for index in 0..<8 {
      let instance = try Instance(
        .occlusion, .variant("crossing"), index: index, setting: Setting(size: 64, frames: 64))
      let truth = instance.render(), referee = try PhysicsTol5(instance.scene(), groundTruth: truth)
      #expect(referee.floor < 0.02)
      #expect(try referee.score(truth).score == 100)
    }
  }

  @Test func theMedianPlateServesWhenNothingRests() throws {
    for instance in try Self.instances(.projectile, 30) where instance.draw["vx"] > 2.5 {
      var scene = try instance.scene()
      scene.plate = .median
      #expect(try PhysicsTol5(scene, groundTruth: instance.render()).floor < 0.02)
    }
  }
}
