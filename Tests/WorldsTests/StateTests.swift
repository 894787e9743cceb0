import Testing
import Worlds

@Suite struct StateTests {
  /// Any scenario's position against RK4 on x″ = a, started from frame 0's state, while nothing is touched.
  @Test(arguments: Scenario.allCases) func exactStateAgreesWithRungeKutta(scenario: Scenario) throws {
    let acceleration = scenario == .occlusion ? SIMD2(0.0, 0.0) : SIMD2(0, -World.gravity)
    let setting = try Setting(size: 64, frames: scenario.suiteFrames)
    for index in 0..<20 {
      let instance = try Instance(scenario, .validation, index: index, setting: setting)
      let end = instance.events.first { $0.name == "contact" }?.time ?? .infinity
      let truth = instance.truth(), h = 1e-3
      var q = SIMD2(truth[0][0].x, truth[0][0].y), v = SIMD2(truth[0][0].vx, truth[0][0].vy), time = 0.0
      for t in 1..<setting.frames where setting.time(t) < end {
        while time < setting.time(t) - h / 2 {
          let k1 = v, k2 = v + acceleration * (h / 2), k4 = v + acceleration * h
          q += (k1 + k2 * 4 + k4) * (h / 6)
          v += acceleration * h
          time += h
        }
        #expect(abs(truth[t][0].x - q.x) < 1e-9 && abs(truth[t][0].y - q.y) < 1e-9)
        #expect(abs(truth[t][0].vx - v.x) < 1e-9 && abs(truth[t][0].vy - v.y) < 1e-9)
      }
    }
  }

  @Test func aFallingDiscRestsOnTheFloor() throws {
    for index in 0..<50 {
      let instance = try Instance(.freeFall, .validation, index: index, setting: Setting(size: 64, frames: 32))
      let contact = try #require(instance.events.first { $0.name == "contact" }).time
      for (t, state) in instance.truth().enumerated() {
        #expect(state[0].y >= state[0].radius - 1e-12 && state[0].inside)
        #expect((state[0].vy == 0 && state[0].y == state[0].radius) == (instance.setting.time(t) >= contact))
      }
      #expect(abs(instance.law.bodies(at: contact - 1e-9)[0].centre.y - instance.law.bodies(at: contact)[0].radius) < 1e-7)
    }
  }

  @Test func energyOfAProjectileIsKept() throws {
    for index in 0..<20 {
      let truth = try Instance(.projectile, .validation, index: index, setting: Setting(size: 64, frames: 32)).truth()
      let energy = truth.map { ($0[0].vx * $0[0].vx + $0[0].vy * $0[0].vy) / 2 + World.gravity * $0[0].y }
      #expect(energy.allSatisfy { abs($0 - energy[0]) < 1e-9 })
    }
  }

  @Test(arguments: [Cell.validation, .variant("crossing")]) func anOccludedDiscIsHiddenBetweenItsEvents(cell: Cell) throws {
    for index in 0..<20 {
      let instance = try Instance(.occlusion, cell, index: index, setting: Setting(size: 64, frames: 64))
      for (t, states) in instance.truth().enumerated() {
        for (k, state) in states.enumerated() {
          let events = Dictionary(uniqueKeysWithValues: instance.events.filter { $0.object == k }.map { ($0.name, $0.time) })
          let time = instance.setting.time(t)
          // Slivers thinner than 1/128 of the disc may be missed: stay two hundredths of its width away from the events.
          let margin = 0.04 * state.radius / abs(state.vx)
          guard events.values.allSatisfy({ abs($0 - time) > margin }), state.inside else { continue }
          let hidden = try time > #require(events["hidden"]) && time < #require(events["emerging"])
          let clear = try time < #require(events["hiding"]) || time > #require(events["clear"])
          #expect(state.isHidden == hidden && state.isClear == clear, "\(instance.id) frame \(t)")
        }
      }
    }
  }
}
