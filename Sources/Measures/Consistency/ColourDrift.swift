/// `colour_de2000_drift` ≥ 0 ↓, in ΔE2000 (1 is just noticeable): mean difference of an object's mean colour from that
/// of its first frame. Frames in which it is lost have no colour and are named in the note. CIEDE2000: Sharma, Wu &
/// Dalal 2005. Cannot see: a colour that is wrong from the start, pattern, or an object lost altogether (see
/// `area_cv`); colours far from the object's own are not found, and so count as lost.
public enum ColourDrift: ClipMetric {
  public static let name = "colour_de2000_drift"
  public static let version = 2
  public static let unit = "ΔE2000"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let blindTo: Set<Corruption> = [.frozen, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    ObjectDrift.mean(evidence) { track in
      let colours = track.found.map { LabColour(sRGB: $0.colour) }
      guard colours.count >= 2 else { return nil }
      return colours.dropFirst().reduce(0.0) { $0 + colours[0].difference(to: $1) } / Double(colours.count - 1)
    }
  }
}
