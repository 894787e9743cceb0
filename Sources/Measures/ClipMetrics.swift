import Files

/// The catalogue of clip metrics, in the order reports show them. A metric is one file and one line here.
public enum ClipMetrics {
  public static let all: [any ClipMetric.Type] = [
    // A. temporal consistency
    WarpErrorExcess.self,
    WarpErrorDIS.self,
    WarpCoverage.self,
    SharpnessRatio.self,
    AppearanceConsistency.self,
    AreaCV.self,
    ColourDrift.self,
    ShapeIoU.self,
    BackgroundDriftSSIM.self,
    BackgroundDriftSlope.self,
    BackgroundDriftL1.self,
    MidframeResidualLinear.self,
    MidframeResidualFlow.self,
    TOFFarneback.self,
    TemporalDSSIM.self,
    FlowCycleError.self,
    RevisitPSNR.self,
    RevisitSSIM.self,
    RevisitObjectScore.self,
    CameraPathError.self,
    CameraClass.self,
    SubjectVelocityError.self,
    // B. flicker
    LumaFlickerD2.self,
    FlickerHighFrequencyRMS.self,
    FlickerHighFrequencyRatio.self,
    VBenchTemporalFlickering.self,
    StaticGate.self,
    StabilisedPSNR.self,
    StabilisedSSIM.self,
    ChromaFlickerD2.self,
    DynamicDegree.self,
    // Images, frame by frame
    PSNR.self,
    SSIM.self,
    MSSSIM.self,
  ]

  /// Those that need weights, which are measured where somebody brings them.
  public static let learnt: [any ClipMetric.Type] = [LPIPS.self, LPIPSVGG.self, AppearanceViT.self]

  /// - Throws: `Problem` (usage) for a name that is not in the catalogue.
  public static func named(_ name: String) throws -> any ClipMetric.Type {
    guard let found = (all + learnt).first(where: { $0.name == name }) else {
      let names = (all + learnt).map { $0.name }
      throw Problem.usage(
        "there is no metric '\(name)'" + Nearest.hint(name, names), at: "--metric",
        expected: names.joined(separator: ", "))
    }
    return found
  }
}
