import Bench
import Frames
import Measures
import Worlds

/// The calibration curve of physics: scenes of our own whose gravity alone is wrong by 5, 10 and 20 %, either way,
/// judged as a model's clip would be.
///
/// A response is the mean over instances and both signs. `physics_tol5` does not fall before 5 %, which is the error it
/// counts as none.
package struct ScoreCalibrationGravity {
  package static let clip = "wrong-g"
  /// Ruled by gravity, and in the picture long enough for it to show.
  package static let scenarios = [Scenario.freeFall, .projectile, .bounce, .pendulum]
  package static let shares = [0, 0.05, 0.1, 0.2]
  private static let metrics = [
    PhysicsTol5.name, "law_score", "param_error", "energy_drift", "event_error", "trajectory_rmse", "velocity_error",
    "mask_iou", "piq_style_verified",
  ]
  /// What a wrong g must make worse at every step; the others saturate, or are asked of events that a wrong g may leave
  /// in their frame.
  private static let ordered: Set = ["param_error", "trajectory_rmse", "velocity_error"]

  package let size: Int
  package let instances: Int

  /// - Parameters:
  ///   - size: pixels a side.
  ///   - instances: of each scenario.
  package init(size: Int, instances: Int) { (self.size, self.instances) = (size, instances) }

  package func responses(threads: Int) throws -> [ScoreCalibration.Response] {
    let each = try concurrently(Self.scenarios.count * instances, threads: threads) { k in
      try judged(Self.scenarios[k / instances], k % instances)
    }
    return Self.scenarios.enumerated().flatMap { s, scenario in
      Self.metrics.compactMap { name -> ScoreCalibration.Response? in
        guard let metric = PhysicsMetrics.named(name), let better = metric.better else { return nil }
        let values = Self.shares.indices.map { step -> Double? in
          let known = each[s * instances..<(s + 1) * instances].flatMap { verdicts in
            verdicts[step].compactMap { $0.values[name] }
          }
          return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
        return ScoreCalibration.Response(
          clip: Self.clip, metric: name, unit: metric.unit, better: better, damage: scenario.rawValue,
          damageUnit: "% wrong g",
          claim: Self.ordered.contains(name) ? .orders : .open, strengths: Self.shares.map { $0 * 100 }, values: values)
      }
    }
  }

  /// What an instance's judge says of too little and too much gravity, a pair a share.
  private func judged(_ scenario: Scenario, _ index: Int) throws -> [[PhysicsVerdict]] {
    let instance = try Instance(
      scenario, .validation, index: index, setting: Setting(size: size, frames: scenario.suiteFrames))
    let judge = try PhysicsJudge(
      instance.scene(), groundTruth: instance.render(), secondTake: instance.renderPerturbed(scale: 1.02))
    return try Self.shares.map { share in
      try [1 - share, 1 + share].map { try judge.judge(instance.render(positions: Self.places(instance, gravity: $0))) }
    }
  }

  /// Where the objects are when gravity is `gravity` times what it should be and all else is right, `[T][objects]`.
  package static func places(_ instance: Instance, gravity: Double) -> [[SIMD2<Double>]] {
    (0..<instance.setting.frames).map { frame in
      let t = instance.setting.time(frame)
      func height(_ y: Double, _ v: Double, _ g: Double) -> Double { y + v * t - 0.5 * gravity * g * t * t }
      switch instance.law {
      case let law as FreeFall: return [SIMD2(law.x0, max(law.r, height(law.y0, law.v0, law.gravity)))]
      case let law as Projectile: return [SIMD2(law.x0 + law.vx * t, height(law.y0, law.vy, law.gravity))]
      // What starts from rest does the same under k·g, √k times as fast.
      default: return instance.law.bodies(at: t * gravity.squareRoot()).filter(\.isObject).map(\.centre)
      }
    }
  }
}
