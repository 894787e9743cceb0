import Frames

/// Pixels of a frame that belong to a subject rather than the background: the scene's masks where known, else discs
/// about corners that did not move with the camera.
struct SubjectMask {
  /// Radius of those discs, px.
  static let radius = 8
  private let width: Int
  private let covered: [Bool]

  init(_ evidence: Evidence, _ t: Int) {
    let w = evidence.frames.width, h = evidence.frames.height
    width = w
    if let scene = evidence.scene, scene.masks.count == evidence.frames.count,
      scene.masks[t].allSatisfy({ $0.count == w * h })
    {
      var any = [Bool](repeating: false, count: w * h)
      for mask in scene.masks[t] { for i in any.indices where mask[i] > 0 { any[i] = true } }
      covered = any
      return
    }
    let steps = evidence.camera.steps
    var points: [SIMD2<Double>] = []
    if t < steps.count { points += steps[t].subject.map(\.from) }
    if t > 0, t - 1 < steps.count { points += steps[t - 1].subject.map(\.to) }
    guard !points.isEmpty else {
      covered = []
      return
    }
    var any = [Bool](repeating: false, count: w * h)
    for p in points {
      let cx = Int(p.x.rounded()), cy = Int(p.y.rounded()), r = Self.radius
      for y in max(0, cy - r)...max(0, min(h - 1, cy + r)) {
        for x in max(0, cx - r)...max(0, min(w - 1, cx + r))
        where x < w && y < h && (x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r { any[y * w + x] = true }
      }
    }
    covered = any
  }

  @inline(__always) func covers(_ x: Int, _ y: Int) -> Bool { !covered.isEmpty && covered[y * width + x] }
}
