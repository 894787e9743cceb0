import Testing
import Worlds

@Suite struct StateTests {
  @Test func aFallingDiscRestsOnTheFloor() throws {
    for index in 0..<50 {
      let instance = try Instance(.freeFall, .validation, index: index, setting: Setting(size: 64, frames: 32))
      let contact = try #require(instance.events.first { $0.name == "contact" }).time
      for (t, state) in instance.truth().enumerated() {
        #expect(state[0].y >= state[0].radius - 1e-12 && state[0].inside)
        #expect((state[0].vy == 0 && state[0].y == state[0].radius) == (instance.setting.time(t) >= contact))
      }
      #expect(
        abs(instance.law.bodies(at: contact - 1e-9)[0].centre.y - instance.law.bodies(at: contact)[0].radius) < 1e-7)
    }
  }

  @Test func energyOfAProjectileIsKept() throws {
    for index in 0..<20 {
      let truth = try Instance(.projectile, .validation, index: index, setting: Setting(size: 64, frames: 32)).truth()
      let energy = truth.map { ($0[0].vx * $0[0].vx + $0[0].vy * $0[0].vy) / 2 + World.gravity * $0[0].y }
      #expect(energy.allSatisfy { abs($0 - energy[0]) < 1e-9 })
    }
  }

  @Test(arguments: [Cell.validation, .variant("crossing")]) func anOccludedDiscIsHiddenBetweenItsEvents(
    cell: Cell
  ) throws {
    var compared = 0
    for index in 0..<20 {
      let instance = try Instance(.occlusion, cell, index: index, setting: Setting(size: 64, frames: 64))
      for (t, states) in instance.truth().enumerated() {
        for (k, state) in states.enumerated() {
          let events = Dictionary(
            uniqueKeysWithValues: instance.events.filter { $0.object == k }.map { ($0.name, $0.time) })
          let time = instance.setting.time(t)
          // Slivers thinner than 1/128 of the disc may be missed: stay two hundredths of its width away from the
          // events.
          let margin = 0.04 * state.radius / abs(state.vx)
          guard events.values.allSatisfy({ abs($0 - time) > margin }), state.inside else { continue }
          let hidden = try time > #require(events["hidden"]) && time < #require(events["emerging"])
          let clear = try time < #require(events["hiding"]) || time > #require(events["clear"])
          #expect(state.isHidden == hidden && state.isClear == clear, "\(instance.id) frame \(t)")
          compared += 1
        }
      }
    }
    #expect(compared > 20 * 20)
  }
}
