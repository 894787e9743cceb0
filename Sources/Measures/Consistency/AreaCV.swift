/// `area_cv` ≥ 0 ↓ : standard deviation over mean of an object's area, over the frames in which its truth is whole and
/// unhidden. A frame where it is lost has area 0. Truth has 0 up to antialiasing.
/// Cannot see: change of shape or colour at equal area, or a wrong but steady size.
public enum AreaCV: ClipMetric {
  public static let name = "area_cv"
  public static let version = 2
  public static let unit = "of the mean"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let orders: Set<Corruption> = [.vanish]
  public static let blindTo: Set<Corruption> = [.frozen]

  public static func measure(_ evidence: Evidence) -> Measurement {
    ObjectDrift.mean(evidence) { track in
      let areas = track.views.map { $0?.area ?? 0 }, mean = areas.reduce(0, +) / Double(areas.count)
      guard mean > 0 else { return nil }
      return (areas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(areas.count)).squareRoot() / mean
    }
  }
}
