/// The catalogue of clip metrics, in the order reports show them. A metric is one file and one line here.
public enum ClipMetrics {
  public static let all: [any ClipMetric.Type] = [
    // A. temporal consistency
    TemporalDSSIM.self,
    // B. flicker
    LumaFlickerD2.self,
    VBenchTemporalFlickering.self,
    // Images, frame by frame
    PSNR.self,
    SSIM.self,
    MSSSIM.self,
  ]
}
