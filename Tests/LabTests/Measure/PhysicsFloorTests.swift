import Bench
import Foundation
import Frames
import Measures
import Media
import TestKit
import Testing
import Worlds

/// What the trackers err on ground truth: the floor under every physics value.
@Suite struct PhysicsFloorTests {
  struct Floor { var position = 0.0, velocity = 0.0, validity = 0.0, law = 0.0, parameter = 0.0 }

  /// Root mean square of one coordinate's error in pixels, and of the velocity's in world units/s, over what the truth
  /// shows whole.
  static func floor(_ scenario: Scenario, size: Int, count: Int, _ change: (Frames) -> Frames = { $0 }) throws -> Floor
  {
    let setting = try Setting(size: size, frames: scenario.suiteFrames)
    var position: [Double] = [], velocity: [Double] = [], validity: [Double] = [], law: [Double] = [],
      parameter: [Double] = []
    for index in 0..<count {
      let instance = try Instance(scenario, .validation, index: index, setting: setting), scene = try instance.scene(),
        clip = change(instance.render())
      let states = try PhysicsTol5.states(scene, clip), px = setting.pixelsPerUnit
      for k in scene.objects.indices {
        var last: SIMD2<Double>?
        for t in scene.truth.indices {
          let truth = scene.truth[t][k], seen = states[k][t]
          guard truth.inside, truth.visible >= 1 - 1e-9, seen.found else { last = nil; continue }
          let error: SIMD2<Double> =
            truth.level.map { SIMD2(0, seen.level / px - $0) }
            ?? SIMD2(seen.x / px - truth.x, 10 - seen.y / px - truth.y)
          position += [error.x * error.x, error.y * error.y]
          if let last {
            let slip = (error - last) / World.timeStep
            velocity += [slip.x * slip.x, slip.y * slip.y]
          }
          last = error
        }
      }
      let verdict = try PhysicsJudge(scene, groundTruth: instance.render()).judge(clip)
      validity.append(verdict.score.validity)
      law.append(
        try #require(verdict.values["law_score"], "\(instance.id): \(verdict.notes["law_score"] ?? "no note")"))
      verdict.values["param_error"].map { parameter.append($0) }
    }
    func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }
    return Floor(
      position: mean(position).squareRoot() * Double(size) / 10, velocity: mean(velocity).squareRoot(),
      validity: mean(validity), law: mean(law), parameter: mean(parameter))
  }

  @Test(arguments: PhysicsLadderTests.scenarios) func groundTruthIsFollowedAt64Pixels(scenario: Scenario) throws {
    let floor = try Self.floor(scenario, size: 64, count: 4)
    #expect(floor.position < 0.05 && floor.velocity < 0.06 && floor.validity > 0.999, "\(scenario): \(floor)")
    // A pan has speeds and a path, no constant to fit.
    #expect(scenario == .pan ? floor.parameter.isNaN : floor.parameter < 0.02, "\(scenario): \(floor)")
  }

  @Test func compressionCostsLittle() throws {
    for scenario in [Scenario.projectile, .collision, .pour] {
      let floor = try Self.floor(scenario, size: 64, count: 3) { JPEGLike.through($0) }
      #expect(floor.validity > 0.95 && floor.position < 0.2, "\(scenario): \(floor)")
    }
  }
}

extension PhysicsSoakTests {
  @Test(arguments: PhysicsLadderTests.scenarios) func floors(scenario: Scenario) throws {
    var floors = try [64, 128, 256].map { try PhysicsFloorTests.floor(scenario, size: $0, count: $0 == 256 ? 8 : 16) }
    floors += try [64, 128].map { try PhysicsFloorTests.floor(scenario, size: $0, count: 8) { JPEGLike.through($0) } }
    for (name, f) in pairs(["64", "128", "256", "jpeg 64", "jpeg 128"], floors) {
      print(
        "FLOOR \(scenario) \(name) "
          + [f.position, f.velocity, f.validity, f.law, f.parameter].map { String(format: "%.4g", $0) }.joined(
            separator: " | "))
    }
    // A floor may lie a twentieth beside the page, and as far as the page rounds.
    func expect(_ start: String, _ figures: [Double], rounding: Double) throws {
      let told = try PageTable("PHYSICS.md", after: start).numbers([scenario.rawValue])
      for (said, measured) in pairs(told, figures) {
        #expect(
          said.map { abs($0 - measured) <= rounding + 0.05 * $0 } ?? measured.isNaN,
          "\(start) said \(told), measured \(figures)")
      }
    }
    try expect("Position, px RMS", floors.map(\.position), rounding: 0.0005)
    try expect("Velocity from frame", floors.map(\.velocity), rounding: 0.0005)
    try expect("Fitted constants", floors.map(\.parameter), rounding: 0)
    #expect(
      floors.prefix(3).allSatisfy { $0.validity == 1 }
        && floors.suffix(2).allSatisfy { $0.validity > (scenario == .pour ? 0.97 : 0.9999) })
  }
}
