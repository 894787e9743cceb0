import Foundation
import TestKit
import Testing
import Worlds

/// Closed forms against `Integrator`, which is given forces and contact rules only.
@Suite struct IntegrationTests {
  static func instances(_ scenario: Scenario, _ cells: [Cell] = [.validation], _ count: Int = 8) throws -> [Instance] {
    try cells.flatMap { cell in
      try (0..<count).map {
        try Instance(scenario, cell, index: $0, setting: Setting(size: 64, frames: scenario.suiteFrames))
      }
    }
  }

  /// Runs to every frame and compares `positions` of the state with the truth's.
  static func compare(
    _ instance: Instance, _ integrator: Integrator, within tolerance: Double = 1e-8,
    _ positions: ([Double]) -> [(SIMD2<Double>, SIMD2<Double>)]
  ) -> Integrator {
    var integrator = integrator, worst = 0.0, compared = 0
    for (t, truth) in instance.truth().enumerated() {
      integrator.run(to: instance.setting.time(t))
      // At an event itself either side is right.
      if integrator.jumps.contains(where: { abs($0.time - instance.setting.time(t)) < 1e-6 }) { continue }
      compared += 1
      for (state, (q, v)) in pairs(truth, positions(integrator.state)) {
        let off = largestDifference([state.x, state.y, state.vx, state.vy], [q.x, q.y, v.x, v.y])
        // A number that is none stays.
        worst = off > worst || off.isNaN ? off : worst
      }
    }
    #expect(compared > instance.setting.frames / 2, "\(instance.id)")
    #expect(worst < tolerance, "\(instance.id): \(worst)")
    return integrator
  }

  static func ballistic(_ state: ObjectState, gravity: Double = World.gravity) -> Integrator {
    Integrator([state.x, state.y, state.vx, state.vy]) { [$0[2], $0[3], 0, -gravity] }
  }

  @Test func fallAndThrow() throws {
    for instance in try Self.instances(.freeFall) + Self.instances(.projectile) {
      let first = instance.truth()[0][0]
      var integrator = Self.ballistic(first)
      if instance.scenario == .freeFall {
        // On the floor: no more velocity, no more force; a guard that is already negative stays silent.
        integrator = Integrator([first.x, first.y, 0, first.vy, 1]) { [$0[2], $0[3], 0, -World.gravity * $0[4], 0] }
        integrator.guards = [{ $0[4] > 0 ? $0[1] - first.radius : -1 }]
        integrator.jump = { _, s in [s[0], first.radius, 0, 0, 0] }
      }
      let end = Self.compare(instance, integrator) { [(SIMD2($0[0], $0[1]), SIMD2($0[2], $0[3]))] }
      guard instance.scenario == .freeFall else { continue }
      let law = try #require(instance.law as? FreeFall)
      #expect(abs(try #require(end.jumps.first).time - law.contact) < 1e-9)
    }
  }

  @Test func bounces() throws {
    for instance in try Self.instances(.bounce, [.validation, .joint, .variant("combination")]) {
      let law = try #require(instance.law as? Bounce)
      var integrator = Integrator([law.y0, 0]) { [$0[1], -World.gravity] }
      integrator.guards = [{ $0[0] - law.r }]
      integrator.jump = { _, s in [law.r + 1e-13, -law.restitution * s[1]] }
      var ours: [Double] = [], theirs: [Double] = []
      for (t, truth) in instance.truth().enumerated() where instance.setting.time(t) < min(law.rest - 0.05, 8) {
        integrator.run(to: instance.setting.time(t))
        ours.append(truth[0].y)
        theirs.append(integrator.state[0])
      }
      let worst = largestDifference(ours, theirs)
      #expect(worst < 1e-8 && ours.count > 20, "\(instance.id): \(worst)")
      // The law knows of touches after the clip.
      let touches = law.touches(64).filter { $0 <= integrator.time }
      #expect(largestDifference(touches, integrator.jumps.map(\.time)) < 1e-8, "\(instance.id)")
    }
  }

  /// METRICS' hand-computable ball: h 4, e .7.
  @Test func bounceByHand() throws {
    let law = try #require(try Self.instances(.bounce)[0].law as? Bounce)
    let h = law.drop, e = law.restitution, t1 = (2 * h / 2.5).squareRoot()
    #expect(
      abs(law.firstTouch - t1) < 1e-12 && abs(law.touches(3)[1] - (t1 + 2 * e * t1)) < 1e-12
        && abs(law.rest - t1 * (1 + e) / (1 - e)) < 1e-9)
    let apex = law.bodies(at: t1 * (1 + e))[0].centre.y - law.r
    #expect(abs(apex - e * e * h) < 1e-9)
  }

  /// Contacts by reflecting velocities in the centre of mass's frame.
  static func line(_ x: [Double], _ v: [Double], _ r: [Double]) -> Integrator {
    let n = x.count
    var integrator = Integrator(x + v, step: 5e-3) { Array($0[n...]) + [Double](repeating: 0, count: n) }
    integrator.guards = (0..<n - 1).map { i in
      { s in s[n + i] > s[n + i + 1] + 1e-12 ? s[i + 1] - s[i] - r[i] - r[i + 1] : 1 }
    }
    integrator.jump = { i, s in
      var s = s
      let m1 = r[i] * r[i], m2 = r[i + 1] * r[i + 1], c = (m1 * s[n + i] + m2 * s[n + i + 1]) / (m1 + m2)
      s[n + i] = 2 * c - s[n + i]
      s[n + i + 1] = 2 * c - s[n + i + 1]
      return s
    }
    return integrator
  }

  @Test(arguments: [Scenario.collision, .chain]) func contactsOnALine(scenario: Scenario) throws {
    for instance in try Self.instances(scenario, scenario.cells.filter { $0 != .train }, 5) {
      let first = instance.truth()[0], n = first.count
      let end = Self.compare(instance, Self.line(first.map(\.x), first.map(\.vx), first.map(\.radius))) { s in
        (0..<n).map { (SIMD2(s[$0], first[$0].y), SIMD2(s[n + $0], 0)) }
      }
      // The law knows of contacts after the clip.
      let contacts = instance.events.filter { $0.name == "contact" && $0.time <= end.time }
      for (ours, theirs) in pairs(contacts, end.jumps) {
        #expect(abs(ours.time - theirs.time) < 1e-9 && ours.object == theirs.kind)
      }
      #expect(end.jumps.count >= n - 1)
      for states in instance.truth() {
        for i in 1..<n { #expect(states[i].x - states[i - 1].x >= states[i].radius + states[i - 1].radius - 1e-9) }
        let momentum = states.reduce(0) { $0 + $1.mass * $1.vx },
          energy = states.reduce(0) { $0 + $1.mass * $1.vx * $1.vx }
        #expect(
          abs(momentum - first.reduce(0) { $0 + $1.mass * $1.vx }) < 1e-9
            && abs(energy - first.reduce(0) { $0 + $1.mass * $1.vx * $1.vx }) < 1e-9)
      }
    }
  }

  @Test func pendulumSwings() throws {
    for instance in try Self.instances(.pendulum, [.validation, .joint]) {
      let law = try #require(instance.law as? Pendulum)
      let integrator = Integrator([law.amplitude, 0]) { [$0[1], -World.gravity / law.length * sin($0[0])] }
      _ = Self.compare(instance, integrator) { s in
        [(law.pivot + law.length * SIMD2(sin(s[0]), -cos(s[0])), law.length * s[1] * SIMD2(cos(s[0]), sin(s[0])))]
      }
      #expect(
        abs(law.angle(at: law.period).angle - law.amplitude) < 1e-9 && abs(law.angle(at: law.period / 4).angle) < 1e-9)
      for states in instance.truth() {
        let s = states[0], energy = (s.vx * s.vx + s.vy * s.vy) / 2 + World.gravity * s.y
        #expect(abs(energy - World.gravity * (law.pivot.y - law.length * cos(law.amplitude))) < 1e-9)
      }
    }
  }

  /// A rigid body on a plane: gravity, the plane's friction where it rolls, and the wheel equation.
  @Test func rollsAndSlides() throws {
    for instance in try Self.instances(
      .incline, [.validation, .variant("combination"), .outside(parameter: "alpha", .high)])
    {
      let law = try #require(instance.law as? Incline), angle = instance.truth()[0][0].angle
      let friction = law.beta == 0 ? 0 : World.gravity * sin(law.angle) / (1 + 1 / law.beta)  // so that the point of contact rests
      let push = World.gravity * sin(law.angle) - friction, twist = law.beta == 0 ? 0 : friction / (law.beta * law.r)
      let integrator = Integrator([0, 0, 0, 0]) { [$0[1], push, $0[3], twist] }
      let end = Self.compare(instance, integrator) { s in [(law.origin + law.direction * s[0], law.direction * s[1])] }
      let last = instance.truth()[instance.setting.frames - 1][0]
      #expect(abs((angle - last.angle) - end.state[2]) < 1e-8)
      for states in instance.truth() {
        let s = states[0], speed = s.vx * s.vx + s.vy * s.vy
        #expect(abs((1 + law.beta) * speed / 2 + World.gravity * (s.y - law.origin.y)) < 1e-9)
        // It touches the ramp: the distance of its centre from the surface is its rolling radius.
        let d = SIMD2(s.x, s.y) - law.foot
        #expect(abs(d.x * sin(law.angle) + d.y * cos(law.angle) - law.r) < 1e-9)
      }
    }
  }

  @Test func waterRunsOut() throws {
    for instance in try Self.instances(
      .pour, [.validation, .outside(parameter: "ratio", .low), .outside(parameter: "ratio", .high)], 5)
    {
      let law = try #require(instance.law as? Pour)
      // Torricelli: the slot lets √(2gh) through, a/A of the width. √h has no slope at 0: stay away from the last
      // drops.
      let integrator = Integrator([law.h0], step: 1e-3) {
        [-law.ratio * (2 * World.gravity * max(0, $0[0])).squareRoot()]
      }
      var run = integrator, worst = 0.0
      for (t, states) in instance.truth().enumerated() {
        let time = instance.setting.time(t)
        if time < law.drained - 0.02 {
          run.run(to: time)
          worst = max(worst, abs(run.state[0] - law.levels(at: time).upper))
        }
        let (upper, lower) = law.levels(at: time)
        #expect(abs(upper * Pour.upperWidth + lower * Pour.lowerWidth - law.volume) < 1e-9)
        #expect(
          abs(states[0].area - upper * Pour.upperWidth) < 1e-9 && abs(states[1].area - lower * Pour.lowerWidth) < 1e-9)
        #expect((upper == 0) == (time >= law.drained) && states[0].isClear == (upper > 0))
      }
      #expect(worst < 1e-8, "\(instance.id): \(worst)")
    }
  }

  @Test func uniformMotions() throws {
    for instance in try Self.instances(.occlusion, [.validation, .variant("crossing")])
      + Self.instances(.pan, [.validation])
    {
      let first = instance.truth()[0], n = first.count
      let integrator = Integrator(first.flatMap { [$0.x, $0.y] }, step: 0.1) { _ in first.flatMap { [$0.vx, $0.vy] } }
      _ = Self.compare(instance, integrator) { s in
        (0..<n).map { (SIMD2(s[2 * $0], s[2 * $0 + 1]), SIMD2(first[$0].vx, first[$0].vy)) }
      }
    }
  }

  @Test func camerasTurnAndReturn() throws {
    for cell in [Cell.variant("reversal"), .variant("loop"), .outside(parameter: "pan", .high)] {
      for instance in try Self.instances(.pan, [cell]) {
        let law = try #require(instance.law as? Pan), last = instance.setting.time(63)
        #expect(law.mode != .disc)
        for (t, states) in instance.truth().enumerated() {
          let time = instance.setting.time(t), world = SIMD2(states[0].x, states[0].y) + law.camera(at: time)
          #expect(abs(world.x - law.world(at: time).x) < 1e-12 && abs(world.x - (law.start.x + law.u * time)) < 1e-9)
        }
        if cell == .variant("loop") {
          #expect(abs(law.camera(at: last).x) < 1e-9 && abs(law.camera(at: last / 2).x) > 0)
          let plates = instance.plates(), same = plates[63] == plates[0] && plates[40] == plates[23]
          #expect(same && (plates[30] != plates[0] || abs(law.pan) < 1e-3))
        }
      }
    }
  }

  @Test func particlesFlyFreely() throws {
    for instance in try Self.instances(.particles, [.validation, .joint], 3) {
      let bodies = (0..<instance.setting.frames).map { instance.law.bodies(at: instance.setting.time($0)) }
      #expect(bodies[0].count == Particles.count)
      for k in [0, 57, 199] {
        var run = Integrator(
          [bodies[0][k].centre.x, bodies[0][k].centre.y, bodies[0][k].velocity.x, bodies[0][k].velocity.y], step: 0.02
        ) { [$0[2], $0[3], 0, -World.gravity] }
        for t in bodies.indices {
          run.run(to: instance.setting.time(t))
          #expect(abs(bodies[t][k].centre.x - run.state[0]) < 1e-9 && abs(bodies[t][k].centre.y - run.state[1]) < 1e-9)
        }
      }
      for scene in [bodies[0], bodies[31]] {
        let mean = scene.reduce(SIMD2.zero) { $0 + $1.centre } / Double(scene.count),
          state = instance.truth()[scene == bodies[0] ? 0 : 31][0]
        #expect(abs(mean.x - state.x) < 1e-9 && abs(mean.y - state.y) < 1e-9)
        for (i, a) in scene.enumerated() {
          for b in scene[..<i] {
            #expect(((a.centre - b.centre) * (a.centre - b.centre)).sum() >= 4 * Particles.size * Particles.size)
          }
        }
      }
    }
  }
}
