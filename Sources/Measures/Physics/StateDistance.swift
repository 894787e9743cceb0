import Foundation

/// `mmd_state` ≥ 0 ↓: how far the states a clip (or many clips) shows are, as a set, from the true ones.
///
/// Energy distance 2·E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖ over (x, v, a), each coordinate divided by its deviation in the
/// truth (Székely & Rizzo, "Energy statistics", 2013; a maximum mean discrepancy with kernel −‖x − y‖). Means include
/// the diagonal, so it is never negative and is 0 only for equal sets.
/// Cannot see: the order in time.
public enum StateDistance {
  /// One point a scored frame and object that is seen in it and in both neighbours.
  static func features(_ scene: PhysicsScene, _ tracks: Tracks) -> [[Double]] {
    features(scene) { tracks.pixels[$0][$1].found ? tracks.state($0, $1) : nil }
  }

  /// The exact ones.
  static func features(_ scene: PhysicsScene, truth: Void) -> [[Double]] {
    features(scene) { scene.truth[$1][$0].state }
  }

  private static func features(_ scene: PhysicsScene, _ state: (Int, Int) -> SIMD2<Double>?) -> [[Double]] {
    scene.objects.indices.flatMap { k in
      (scene.conditioning..<max(scene.conditioning, scene.truth.count - 1)).compactMap { t -> [Double]? in
        guard (t - 1...t + 1).allSatisfy({ scene.truth[$0][k].demand == .present }), let a = state(k, t - 1),
          let b = state(k, t), let c = state(k, t + 1)
        else { return nil }
        let v = (c - a) / (2 * scene.timeStep), w = (c - 2 * b + a) / (scene.timeStep * scene.timeStep)
        return [b.x, b.y, v.x, v.y, w.x, w.y]
      }
    }
  }

  /// - Parameters: clip, truth: points `[n][d]`; coordinates that the truth holds constant are measured in their own
  ///   unit.
  /// - Returns: nil when either is empty.
  public static func between(_ clip: [[Double]], _ truth: [[Double]]) -> Double? {
    guard !clip.isEmpty, let first = truth.first else { return nil }
    let deviations = first.indices.map { j -> Double in
      let spread = deviation(truth.map { $0[j] }) ?? 0
      return spread > 1e-3 ? spread : 1
    }
    let x = clip.map { zip($0, deviations).map { $0 / $1 } }, y = truth.map { zip($0, deviations).map { $0 / $1 } }
    return max(0, 2 * mean(x, y) - mean(x, x) - mean(y, y))
  }

  private static func mean(_ a: [[Double]], _ b: [[Double]]) -> Double {
    var sum = 0.0
    for p in a {
      for q in b {
        var square = 0.0
        for j in p.indices { square += (p[j] - q[j]) * (p[j] - q[j]) }
        sum += square.squareRoot()
      }
    }
    return sum / Double(a.count * b.count)
  }
}
