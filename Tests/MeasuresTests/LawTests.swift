import Foundation
import Measures
import Testing

/// Laws fitted to exact series, to series of another simulator, and to nothing.
@Suite struct LawTests {
  static let step = 0.1, frames = 64

  /// What would be seen of exact positions, one function an object.
  static func seen(
    _ paths: [(Double) -> SIMD2<Double>], masses: [Double]? = nil, radius: Double = 0.5,
    truth: [(Double) -> SIMD2<Double>]? = nil, frames: Int = frames
  ) -> Observation {
    let exact = truth ?? paths, h = 1e-5
    return Observation(
      sightings: paths.map { path in (0..<frames).map { Observation.Sighting(path(Double($0) * step)) } },
      truth: (0..<frames).map { t in
        exact.map { path in
          let p = path(Double(t) * step), v = (path(Double(t) * step + h) - p) / h
          return PhysicsTruth(x: p.x, y: p.y, vx: v.x, vy: v.y, radius: radius)
        }
      }, masses: masses, timeStep: step)
  }

  static func nothing(like other: Observation) -> Observation {
    var empty = other
    empty.sightings = other.sightings.map { $0.map { _ in nil } }
    return empty
  }

  static func error(_ terms: [LawTerm], _ metric: String, _ detail: String? = nil) -> Double {
    terms.first { $0.metric == metric && (detail == nil || $0.detail == detail) }?.error ?? .nan
  }

  static func fall(_ g: Double) -> (Double) -> SIMD2<Double> {
    { t in SIMD2(5, max(0.5, 8 - 0.5 * t - 0.5 * g * t * t)) }
  }

  @Test func freeFallFindsGravity() {
    let law = FreeFallLaw(gravity: 2.5), truth = [Self.fall(2.5)]
    #expect(Self.error(law.terms(Self.seen(truth)), "param_error") < 1e-9)
    #expect(Self.error(law.terms(Self.seen(truth)), "energy_drift") < 1e-4)
    for wrong in [0.8, 0.9, 1.1, 1.2] {
      let found = Self.error(law.terms(Self.seen([Self.fall(2.5 * wrong)], truth: truth)), "param_error")
      #expect(abs(found - abs(wrong - 1)) < 1e-9)
    }
    let still = law.terms(Self.seen([{ _ in SIMD2(5, 7) }], truth: truth))
    #expect(abs(Self.error(still, "param_error") - 1) < 1e-9)
    #expect(
      law.terms(Self.nothing(like: Self.seen(truth))).allSatisfy {
        !$0.isDefined && !$0.reason.isEmpty && $0.score == 0
      })
  }

  /// One, two or three frames leave every law without what it needs, and none of them traps.
  @Test func noLawTrapsOnAFewFrames() {
    let laws: [(any PhysicsLaw, Int)] = [
      (FreeFallLaw(gravity: 2.5), 1), (ProjectileLaw(gravity: 2.5), 1),
      (CollisionLaw(before: [2, -1], after: [0.8, 3.8], contact: 0.7), 2),
      (BounceLaw(gravity: 2.5, restitution: 0.7), 1),
      (PendulumLaw(pivot: SIMD2(5, 7), length: 2, gravity: 2.5, amplitude: 0.5), 1),
      (InclineLaw(start: SIMD2(1, 8), direction: SIMD2(1, 0), acceleration: 0.8, rolling: 0.6), 1),
      (OcclusionLaw(passages: [.init(object: 0, velocity: SIMD2(2, 0), hiding: 0.1, clear: 0.3)]), 1),
      (ContactChainLaw(contacts: [.init(striker: 0, struck: 1, time: 0.6, velocity: 2.5)], velocity: 2.5), 2),
      (PanLaw(objectVelocity: SIMD2(1, 0), camera: []), 1), (PourLaw(k: 0.56, upperWidth: 4, lowerWidth: 8), 2),
    ]
    for (law, objects) in laws {
      for frames in 1...3 {
        for conditioning in [1, 4] {
          var seen = Self.seen((0..<objects).map { k in { t in SIMD2(2 + 3 * Double(k) + t, 7) } }, frames: frames)
          seen.conditioning = conditioning
          let terms = law.terms(seen)
          #expect(terms.allSatisfy { $0.isDefined || !$0.reason.isEmpty }, "\(law), \(frames) frames")
        }
      }
    }
  }

  @Test func projectileKeepsSidewaysMomentum() {
    let law = ProjectileLaw(gravity: 2.5)
    let truth: (Double) -> SIMD2<Double> = { t in SIMD2(1 + 2 * t, 6 + t - 1.25 * t * t) }
    let exact = law.terms(Self.seen([truth], frames: 32))
    #expect(exact.allSatisfy { $0.error < 1e-4 && $0.score == 1 })
    let slowing = law.terms(
      Self.seen([{ t in SIMD2(1 + 2 * t - 0.2 * t * t, 6 + t - 1.25 * t * t) }], truth: [truth], frames: 32))
    #expect(Self.error(slowing, "momentum_drift") > 0.3 && Self.error(slowing, "param_error") < 1e-9)
  }

  @Test func anElasticCollisionKeepsMomentumAndEnergy() {
    let radii = [1.5, 0.75], masses = radii.map { $0 * $0 }, before = [2.0, -1.0],
      after = CollisionLaw.elastic(masses, before)
    #expect(abs(after[0] - 0.8) < 1e-12 && abs(after[1] - 3.8) < 1e-12)  // worked by hand
    let contact = 0.73
    func paths(_ out: [Double], _ time: Double) -> [(Double) -> SIMD2<Double>] {
      (0..<2).map { k in
        { t in
          SIMD2((k == 0 ? 4 - radii[0] : 4 + radii[1]) + (t < time ? before[k] * (t - time) : out[k] * (t - time)), 5)
        }
      }
    }
    func seen(_ shown: [(Double) -> SIMD2<Double>]) -> Observation {
      var seen = Self.seen(shown, masses: masses, truth: paths(after, contact), frames: 20)
      for t in seen.truth.indices { for k in 0..<2 { seen.truth[t][k].radius = radii[k] } }
      return seen
    }
    let law = CollisionLaw(before: before, after: after, contact: contact)
    let exact = law.terms(seen(paths(after, contact)))
    #expect(exact.filter { $0.kind != .described }.allSatisfy { $0.error < 1e-9 && $0.score == 1 }, "\(exact)")
    let late = law.terms(seen(paths(after, contact + 0.4)))
    #expect(abs(Self.error(late, "event_error") - 4) < 1e-6)
    let dull = law.terms(seen(paths([1.4, 1.4], contact)))  // momentum kept, energy lost
    #expect(
      Self.error(dull, "momentum_drift") < 1e-9 && Self.error(dull, "energy_drift") > 0.4
        && Self.error(dull, "param_error") > 0.9)
    let through = law.terms(seen(paths(before, contact)))
    #expect(Self.error(through, "no_penetration") == 1 && Self.error(through, "penetration") > 1)
    #expect(!through[0].isDefined)
  }

  static func bounce(_ h: Double, _ e: Double, _ g: Double, radius: Double = 0.5) -> (Double) -> SIMD2<Double> {
    { t in
      var start = 0.0, speed = 0.0, height = h
      while true {  // one flight after another
        let flight = (speed + (speed * speed + 2 * g * height).squareRoot()) / g
        if t < start + flight || flight < 1e-3 {
          let s = min(t - start, flight)
          return SIMD2(5, radius + max(0, height + speed * s - 0.5 * g * s * s))
        }
        (start, speed, height) = (start + flight, (g * flight - speed) * e, 0)
      }
    }
  }

  @Test func bouncesFollowTheirSchedule() {
    let law = BounceLaw(gravity: 2.5, restitution: 0.7), schedule = law.schedule(height: 4, contacts: 2)
    #expect(
      abs(schedule.times[0] - 1.788854) < 1e-6 && abs(schedule.times[1] - 4.293250) < 1e-6
        && abs(schedule.apexes[0] - 1.96) < 1e-12)  // worked by hand
    #expect(abs(law.stop(height: 4) - 10.136841) < 1e-6)
    for e in [0.3, 0.6, 0.9] {
      let law = BounceLaw(gravity: 2.5, restitution: e), truth = [Self.bounce(5, e, 2.5)]
      let exact = law.terms(Self.seen(truth))
      #expect(exact.filter { $0.kind != .described }.allSatisfy { $0.error < 1e-3 }, "\(e): \(exact)")
      let wrong = law.terms(Self.seen([Self.bounce(5, e * 0.9, 2.5)], truth: truth))
      #expect(abs(Self.error(wrong, "param_error", "e") - 0.1) < 2e-3)
      #expect(abs(Self.error(wrong, "param_error", "g")) < 1e-3)
    }
    let dead = law.terms(
      Self.seen([{ t in SIMD2(5, max(0.5, 4.5 - 1.25 * t * t)) }], truth: [Self.bounce(4, 0.7, 2.5)]))
    #expect(!dead[0].isDefined && dead.contains { $0.metric == "event_error" && !$0.isDefined })
    let through = law.terms(Self.seen([{ t in SIMD2(5, 4.5 - t) }], truth: [Self.bounce(4, 0.7, 2.5)]))
    #expect(Self.error(through, "no_penetration") == 1)
    // A fall that hardly bends would land long after the clip: nothing was seen to land.
    let drifting = law.terms(
      Self.seen([{ t in SIMD2(5, 4.5 - 0.02 * t - 1e-4 * t * t) }], truth: [Self.bounce(4, 0.7, 2.5)]))
    let landings = drifting.filter { $0.metric == "event_error" }
    #expect(!landings.isEmpty && landings.allSatisfy { !$0.isDefined }, "\(drifting)")
  }

  @Test func aPendulumHasItsExactPeriod() {
    let law = PendulumLaw(pivot: SIMD2(5, 7), length: 4, gravity: 2.5, amplitude: 1.2)
    #expect(abs(law.period - 8.728212) < 1e-6)  // worked by hand; small angle: 7.947671
    /// Runge-Kutta at 1 ms.
    func swing(_ g: Double, _ length: Double, _ amplitude: Double) -> (Double) -> SIMD2<Double> {
      var angles: [Double] = [], a = amplitude, v = 0.0, h = 1e-3
      func force(_ x: Double) -> Double { -g / length * sin(x) }
      for i in 0...6500 {
        if i % 1 == 0 { angles.append(a) }
        let k1 = (v, force(a)), k2 = (v + h / 2 * k1.1, force(a + h / 2 * k1.0)),
          k3 = (v + h / 2 * k2.1, force(a + h / 2 * k2.0)), k4 = (v + h * k3.1, force(a + h * k3.0))
        a += h / 6 * (k1.0 + 2 * k2.0 + 2 * k3.0 + k4.0)
        v += h / 6 * (k1.1 + 2 * k2.1 + 2 * k3.1 + k4.1)
      }
      h = 1e-3
      return { t in
        let angle = angles[min(angles.count - 1, Int((t / h).rounded()))]
        return SIMD2(5 + length * sin(angle), 7 - length * cos(angle))
      }
    }
    for (length, amplitude) in [(1.0, 0.3), (1.6, 0.9), (2.5, 0.6)] {
      let law = PendulumLaw(pivot: SIMD2(5, 7), length: length, gravity: 2.5, amplitude: amplitude),
        truth = [swing(2.5, length, amplitude)]
      let exact = law.terms(Self.seen(truth))
      #expect(
        Self.error(exact, "param_error") < 2e-3 && Self.error(exact, "energy_drift") < 0.02
          && Self.error(exact, "rod_length_cv") < 1e-9, "\(exact)")
      let wrong = Self.error(law.terms(Self.seen([swing(2.5 * 1.21, length, amplitude)], truth: truth)), "param_error")
      #expect(abs(wrong - (1 - 1 / 1.1)) < 3e-3)
    }
  }

  @Test func whatRollsAccelerateslessThanWhatSlides() {
    let expected: [(Double, Double)] = [(0, 1.25), (0.5, 0.833333), (1, 0.625)]  // worked by hand
    for (inertia, a) in expected {
      #expect(abs(InclineLaw.acceleration(gravity: 2.5, angle: Double.pi / 6, inertia: inertia) - a) < 1e-6)
    }
    let direction = SIMD2(cos(0.4), -sin(0.4)), a = 0.8, radius = 0.6
    let law = InclineLaw(start: SIMD2(1, 8), direction: direction, acceleration: a, rolling: radius)
    func path(_ a: Double) -> (Double) -> SIMD2<Double> { { t in SIMD2(1, 8) + direction * (0.5 * a * t * t) } }
    func seen(_ a: Double, roll: Double) -> Observation {
      var seen = Self.seen([path(a)], truth: [path(0.8)], frames: 32)
      for t in 0..<32 {
        let angle = -roll * 0.5 * a * Double(t * t) * 0.01 / radius
        seen.sightings[0][t]?.angle = angle - Double.pi * (angle / Double.pi).rounded()
      }
      return seen
    }
    let exact = law.terms(seen(a, roll: 1))
    #expect(
      Self.error(exact, "param_error") < 1e-9 && Self.error(exact, "rolling_error") < 1e-9
        && Self.error(exact, "off_ramp") < 1e-9, "\(exact)")
    #expect(abs(Self.error(law.terms(seen(0.9 * a, roll: 1)), "param_error") - 0.1) < 1e-9)
    #expect(abs(Self.error(law.terms(seen(a, roll: 0)), "rolling_error") - 1) < 0.05)  // it slides
  }

  @Test func aChainIsHandedOnInOrder() {
    func paths(_ t1: Double, _ t2: Double) -> [(Double) -> SIMD2<Double>] {
      [
        { t in SIMD2(1 + 2.5 * min(t, t1), 5) }, { t in SIMD2(3.5 + 2.5 * max(0, min(t, t2) - t1), 5) },
        { t in SIMD2(6 + 2.5 * max(0, t - t2), 5) },
      ]
    }
    let law = ContactChainLaw(
      contacts: [
        .init(striker: 0, struck: 1, time: 0.63, velocity: 2.5, next: 1.27),
        .init(striker: 1, struck: 2, time: 1.27, velocity: 2.5),
      ], velocity: 2.5)
    let exact = law.terms(Self.seen(paths(0.63, 1.27), frames: 24))
    #expect(exact.filter { $0.kind != .described }.allSatisfy { $0.error < 1e-6 && $0.score == 1 }, "\(exact)")
    #expect(abs(Self.error(exact, "transfer_ratio") - 1) < 1e-9)
    let early = law.terms(Self.seen(paths(0.63, 0.87), truth: paths(0.63, 1.27), frames: 24))  // C starts before B has come
    #expect(
      abs(Self.error(early, "event_error", "onset of object 2") - 4) < 1e-6
        && Self.error(early, "stillness", "object 2 before contact") == 1)
    #expect(Self.error(early, "momentum_drift") < 1e-9)
    let still = law.terms(
      Self.seen(
        [{ _ in SIMD2(1, 5) }, { _ in SIMD2(3.5, 5) }, { _ in SIMD2(6, 5) }], truth: paths(0.63, 1.27), frames: 24))
    #expect(Self.error(still, "order") == 1 && Self.error(still, "momentum_drift") == 1)
  }

  @Test func aPanKeepsCameraAndObjectApart() {
    let law = PanLaw(objectVelocity: SIMD2(1, 0), camera: (0..<32).map { SIMD2(0.08 * Double($0), 0) })
    func seen(_ u: Double, _ c: Double) -> Observation {
      var seen = Self.seen([{ t in SIMD2(2 + (u - c) * t, 5) }], frames: 32)
      seen.camera = (0..<32).map { SIMD2(c * 0.1 * Double($0), 0) }
      return seen
    }
    #expect(law.terms(seen(1, 0.8)).allSatisfy { $0.error < 1e-9 })
    // The same picture of the object under a resting camera: another world.
    let wrong = law.terms(seen(0.2, 0))
    #expect(abs(Self.error(wrong, "world_velocity_error") - 0.8) < 1e-9 && Self.error(wrong, "camera_error") > 0.4)
  }

  @Test func pouredLiquidIsKept() {
    let law = PourLaw(k: 0.56, upperWidth: 4, lowerWidth: 8)
    func seen(_ k: Double, gain: Double = 1) -> Observation {
      func level(_ t: Double) -> Double { max(0, 3.0.squareRoot() - k * t / 2) * max(0, 3.0.squareRoot() - k * t / 2) }
      var seen = Self.seen([{ _ in .zero }, { _ in .zero }])
      for t in 0..<Self.frames {
        let h = level(Double(t) * Self.step)
        seen.sightings[0][t]?.level = h
        seen.sightings[1][t]?.level = 0.5 + gain * (3 - h) / 2
        (seen.truth[t][0].level, seen.truth[t][1].level) = (h, 0.5 + (3 - h) / 2)
      }
      return seen
    }
    let exact = law.terms(seen(0.56))
    // No surface is seen here, so nothing can be said of its ripple.
    #expect(exact.filter { !$0.isDefined }.map(\.metric) == ["surface_ripple"])
    #expect(exact.count == 5 && exact.filter(\.isDefined).allSatisfy { $0.error < 1e-9 }, "\(exact)")
    #expect(abs(Self.error(law.terms(seen(0.56 * 1.1)), "param_error") - 0.1) < 1e-9)
    #expect(Self.error(law.terms(seen(0.56, gain: 1.2)), "volume_drift") > 0.1)
  }

  @Test func anOccludedObjectMustComeOut() {
    let truth: (Double) -> SIMD2<Double> = { t in SIMD2(1 + 2 * t, 5) }
    let law = OcclusionLaw(passages: [.init(object: 0, velocity: SIMD2(2, 0), hiding: 1, clear: 2.55)])
    func seen(_ path: @escaping (Double) -> SIMD2<Double>, lost: Bool = false) -> Observation {
      var seen = Self.seen([path], truth: [truth], frames: 40)
      for t in 0..<40 {
        let time = Double(t) * Self.step
        if time > 1 && time < 2.55 {
          seen.truth[t][0].visible = time > 1.4 && time < 2.1 ? 0 : 0.5; seen.sightings[0][t] = nil
        }
        if lost && time >= 2.55 { seen.sightings[0][t] = nil }
      }
      return seen
    }
    let exact = law.terms(seen(truth))
    #expect(exact.allSatisfy { $0.error < 1e-9 }, "\(exact)")
    let late = law.terms(seen { t in SIMD2(1 + 2 * t - (t > 1.5 ? 0.6 : 0), 5) })
    #expect(
      abs(Self.error(late, "event_error") - 3) < 1e-6 && abs(Self.error(late, "exit_position_error") - 0.6) < 1e-9)
    let gone = law.terms(seen(truth, lost: true))
    #expect(Self.error(gone, "permanence") == 1 && !gone[2].isDefined)
  }

  @Test func termsScoreAsTheSuiteSays() {
    let law = FreeFallLaw(gravity: 2.5)
    let ten = law.terms(Self.seen([Self.fall(2.75)], truth: [Self.fall(2.5)]))[0]
    #expect(abs(ten.score - 0.5) < 1e-6 && ten.kind == .parameter)
  }
}
