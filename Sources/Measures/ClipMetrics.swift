/// The catalogue of clip metrics, in the order reports show them. A metric is one file and one line here.
public enum ClipMetrics {
  public static let all: [any ClipMetric.Type] = [
    // A. temporal consistency
    WarpErrorExcess.self,
    WarpErrorDIS.self,
    WarpCoverage.self,
    SharpnessRatio.self,
    BackgroundDriftSSIM.self,
    BackgroundDriftSlope.self,
    BackgroundDriftL1.self,
    MidframeResidualFlow.self,
    TOFFarneback.self,
    TemporalDSSIM.self,
    FlowCycleError.self,
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
}
