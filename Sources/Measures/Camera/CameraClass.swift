import Frames

/// `camera_class_klt` ∈ {0, 1}; over clips, the share ↑ : whether the camera does the same as in the reference clip.
///
/// VBench-2.0's camera classes (Zheng et al. 2025) by our own tracker: where the middles of the picture's four edges
/// are carried from the first frame to the last, in units of 0.005·min(H, W) px. The note names the class; without a
/// reference there is nothing to agree with. Cannot see: a camera before a background without corners (static), roll,
/// or a path that returns to where it began.
public enum CameraClass: ClipMetric {
  public static let name = "camera_class_klt"
  public static let version = 2
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .jitter, .swap, .vanish]

  /// What a camera does; content moves the other way.
  public enum Kind: String, Sendable, CaseIterable {
    case still = "static", panLeft = "pan left", panRight = "pan right", tiltUp = "tilt up", tiltDown = "tilt down",
      zoomIn = "zoom in", zoomOut = "zoom out"
  }

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames, own = kind(evidence.camera, width: frames.width, height: frames.height)
    guard let path = evidence.referenceCamera else {
      return .notApplicable(evidence.camera.obstacle ?? "no reference to agree with; this clip: \(own.rawValue)")
    }
    if let obstacle = path.obstacle { return .notApplicable(obstacle) }
    let wanted = kind(path, width: frames.width, height: frames.height)
    return .value(
      own == wanted ? 1 : 0, note: own == wanted ? own.rawValue : "\(own.rawValue), reference \(wanted.rawValue)")
  }

  public static func kind(_ path: CameraPath, width: Int, height: Int) -> Kind {
    guard let whole = path.fromFirst.last else { return .still }
    let w = Double(width - 1), h = Double(height - 1), threshold = 0.005 * Double(min(width, height))
    let edges = [SIMD2(0, h / 2), SIMD2(w, h / 2), SIMD2(w / 2, 0), SIMD2(w / 2, h)].map { whole($0) - $0 }
    let mean = edges.reduce(.zero, +) / 4
    // Growth of half the picture's width and height.
    let growth = ((edges[1].x - edges[0].x) / 2 + (edges[3].y - edges[2].y) / 2) / 2
    let (size, zoom) = (max(abs(mean.x), abs(mean.y)), abs(growth))
    guard max(size, zoom) > threshold else { return .still }
    if zoom > size { return growth > 0 ? .zoomIn : .zoomOut }
    if abs(mean.x) >= abs(mean.y) { return mean.x > 0 ? .panLeft : .panRight }
    return mean.y > 0 ? .tiltUp : .tiltDown
  }
}
