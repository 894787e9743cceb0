import Files
import Frames

extension Controls {
  /// The given frames, then the last of them moved on along the flow between the last two (inverse search), as far a frame
  /// as between those: what a model does that knows how things move, and nothing else. A pixel takes its colour from where
  /// the flow at its own place says it came from; what comes from outside repeats the border.
  /// - Throws: `Problem` where a single frame is given, or frames are too small for flow.
  public static func constantMotion(_ frames: Frames, conditioning: Int) throws -> Frames {
    precondition(conditioning > 0 && conditioning <= frames.count, "\(conditioning) given frames of \(frames.count)")
    guard conditioning > 1 else { throw Problem("one given frame shows no motion") }
    let (w, h, last) = (frames.width, frames.height, conditioning - 1)
    let flow = try FlowField.inverseSearch(from: LumaPlane(frames, last - 1), to: LumaPlane(frames, last))
    var pixels = Array(frames.pixels[..<(conditioning * frames.frameBytes)])
    pixels.reserveCapacity(frames.pixels.count)
    frames.pixels.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return }
      let from = base + last * frames.frameBytes
      for t in conditioning..<frames.count {
        let steps = Float(t - last)
        for y in 0..<h {
          for x in 0..<w {
            let i = y * w + x
            let u = min(Float(w - 1), max(0, Float(x) - steps * flow.u[i])),
              v = min(Float(h - 1), max(0, Float(y) - steps * flow.v[i]))
            guard let place = BilinearPlace(u, v, w, h) else { preconditionFailure("a place outside the frame") }
            for c in 0..<3 { pixels.append(UInt8(max(0, min(255, place.mix(from, c).rounded())))) }
          }
        }
      }
    }
    return Frames(count: frames.count, height: h, width: w, pixels: pixels, fps: frames.fps)
  }
}
