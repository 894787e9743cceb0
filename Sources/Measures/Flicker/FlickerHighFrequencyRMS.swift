/// `flicker_hf_rms` ≥ 0 levels ↓ : root mean square of 8×8-block luma above a quarter of the frame rate, in the
/// stabilised picture, off the subject.
///
/// See `BlockSpectrum`. An alternation by ±A scores A, anywhere in the picture or all over it; a linear fade scores 0.
/// Independent noise of σ adds some 0.06 σ to it in quadrature, a block being a mean of 64 pixels: on films whose
/// motion registration does not take away that is lost, so noise is not claimed.
/// Cannot see: flicker slower than four frames, chroma, texture finer than a block, the subject, or a frozen clip (0).
public enum FlickerHighFrequencyRMS: ClipMetric {
  public static let name = "flicker_hf_rms"
  public static let version = 2
  public static let unit = "levels"
  public static let better = PairedComparison.Direction.lower
  public static let orders: Set<Corruption> = [.flicker]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let spectrum = evidence.blockSpectrum
    if let obstacle = spectrum.obstacle { return .notApplicable(obstacle) }
    return .value((spectrum.high / Double(spectrum.series)).squareRoot(), note: evidence.camera.note)
  }
}
