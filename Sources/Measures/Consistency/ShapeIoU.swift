import Frames

/// `shape_iou` ∈ [0, 1] ↑ : mean over t ≥ 1 of Σ min(a₀, aₜ) / Σ max(a₀, aₜ), a an object's coverage with its centroid
/// moved onto that of its first frame, to a fraction of a pixel. A frame where it is lost counts as 0. Truth has about
/// 1, less where the object turns. Cannot see: where the object is, or its colour; cannot tell a turn from a change of
/// shape.
public enum ShapeIoU: ClipMetric {
  public static let name = "shape_iou"
  public static let version = 2
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let orders: Set<Corruption> = [.vanish]
  public static let blindTo: Set<Corruption> = [.frozen]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let width = evidence.frames.width, height = evidence.frames.height
    return ObjectDrift.mean(evidence) { track in
      guard let first = track.found.first else { return nil }
      let rest = track.views[(track.views.firstIndex { $0 != nil }! + 1)...]
      guard !rest.isEmpty else { return nil }
      return rest.reduce(0.0) { $0 + ($1.map { overlap(first, $0, width, height) } ?? 0) } / Double(rest.count)
    }
  }

  private static func overlap(_ a: ObjectViews.View, _ b: ObjectViews.View, _ width: Int, _ height: Int) -> Double {
    let dx = b.x - a.x, dy = b.y - a.y, fx = dx.rounded(.down), fy = dy.rounded(.down), u = Float(dx - fx),
      v = Float(dy - fy)
    func at(_ x: Int, _ y: Int) -> Float { x >= 0 && y >= 0 && x < width && y < height ? b.coverage[y * width + x] : 0 }
    let reach = 2 + max(b.high.x - b.low.x, b.high.y - b.low.y, a.high.x - a.low.x, a.high.y - a.low.y)
    var inter = 0.0, union = 0.0
    for y in Int(a.y) - reach...Int(a.y) + reach {
      for x in Int(a.x) - reach...Int(a.x) + reach {
        let p = x + Int(fx), q = y + Int(fy)
        let moved =
          (1 - v) * ((1 - u) * at(p, q) + u * at(p + 1, q)) + v * ((1 - u) * at(p, q + 1) + u * at(p + 1, q + 1))
        let own = x >= 0 && y >= 0 && x < width && y < height ? a.coverage[y * width + x] : 0
        inter += Double(min(own, moved))
        union += Double(max(own, moved))
      }
    }
    return union > 0 ? inter / union : 0
  }
}
