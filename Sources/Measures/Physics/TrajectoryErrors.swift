import Files

/// Errors of place and velocity over the scored frames (docs/PHYSICS.md, "Other values").
///
/// Only frames in which the truth shows an object whole are asked for, and only those in which the clip shows it are
/// measured; with fewer than half of them measured there is no value, since a clip must not gain by hiding what it
/// cannot do.
enum TrajectoryErrors {
  struct Value { let metric: String, value: Double?, reason: String }

  static func measure(_ scene: PhysicsScene, _ tracks: Tracks, height: Int) -> [Value] {
    var velocity = Mean(), phyworld = Mean(), euclid = Mean(), coordinates = Mean()
    for k in scene.objects.indices {
      for t in scene.truth.indices.dropFirst(3) where scene.truth[t][k].demand == .present {
        let truth = scene.truth[t][k]
        if t >= scene.conditioning {
          let d = (tracks.position(k, t) - truth.position) * tracks.scale
          euclid.take(CentroidError.euclidean(d, height: Double(height)))
          coordinates.take(CentroidError.coordinates(d, height: Double(height)))
        }
        guard scene.truth[t - 1][k].demand == .present else { continue }
        let d =
          ((tracks.state(k, t) - tracks.state(k, t - 1)) - (truth.state - scene.truth[t - 1][k].state)) / scene.timeStep
        if t >= scene.conditioning { velocity.take(length(d)) }
        if t > 3 { phyworld.take(abs(d.x)) }
      }
    }
    let isLiquid = scene.objects.contains { $0.tank != nil }
    var values: [Value] = [Value(metric: "velocity_error", value: velocity.value, reason: velocity.reason)]
    if !isLiquid {
      values += [
        Value(metric: "velocity_error_phyworld", value: phyworld.value, reason: phyworld.reason),
        Value(metric: "centroid_l2", value: euclid.value, reason: euclid.reason),
        Value(metric: "centroid_l2_pisa", value: coordinates.value, reason: coordinates.reason),
      ]
    }
    return values
  }

  /// A mean over what was measured of what was asked.
  private struct Mean {
    private var sum = 0.0, measured = 0, asked = 0
    mutating func take(_ x: Double) {
      asked += 1
      if x.isFinite { sum += x; measured += 1 }
    }
    var value: Double? { measured > 0 && 2 * measured >= asked ? sum / Double(measured) : nil }
    var reason: String {
      asked == 0 ? "no scored frame asks for it" : "the clip shows \(measured) of \(asked) object frames asked for"
    }
  }
}

/// Distance of two centroids `d` px apart, over √2·H.
package enum CentroidError {
  package static func euclidean(_ d: SIMD2<Double>, height: Double) -> Double {
    length(d) / (2.0.squareRoot() * height)
  }
  /// What PISA's code computes under the name of L2: the mean absolute difference of the two coordinates.
  package static func coordinates(_ d: SIMD2<Double>, height: Double) -> Double {
    (abs(d.x) + abs(d.y)) / 2 / (2.0.squareRoot() * height)
  }
}
