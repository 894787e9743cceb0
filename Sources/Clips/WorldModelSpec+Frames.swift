import Diffusion
import Frames

extension WorldModel.Spec {
  /// What a model made, as frames of its size.
  /// - Parameter bytes: `[T, height, width, 3]`, 8-bit RGB.
  package func frames(_ bytes: [UInt8], fps: FrameRate) -> Frames {
    Frames(count: bytes.count / (height * width * 3), height: height, width: width, pixels: bytes, fps: fps)
  }
}
