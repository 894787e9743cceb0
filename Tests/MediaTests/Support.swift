import CHDF5
import Foundation
import Frames
import Media

/// A disc that moves over a smooth, slowly changing ground: compressible, and no two frames alike.
func movingDisc(
  _ count: Int, height: Int = 48, width: Int = 64, seed: Int = 0, fps: FrameRate = FrameRate(24)
) -> Frames {
  var pixels = [UInt8](repeating: 0, count: count * height * width * 3)
  pixels.withUnsafeMutableBufferPointer { out in
    var i = 0
    for t in 0..<count {
      let cx = (seed * 7 + 8 + t * 2) % width, cy = height / 2
      for y in 0..<height {
        for x in 0..<width {
          let inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 60
          out[i] = inside ? 180 : UInt8(truncatingIfNeeded: 40 + x + t)
          out[i + 1] = inside ? 140 : UInt8(truncatingIfNeeded: 60 + y + seed)
          out[i + 2] = inside ? 130 : 120
          i += 3
        }
      }
    }
  }
  return Frames(count: count, height: height, width: width, pixels: pixels, fps: fps)
}

/// Peak signal-to-noise ratio in dB over all bytes; NaN, which is above no bound, where there are not as many.
func psnr(_ a: Frames, _ b: Frames) -> Double {
  guard a.pixels.count == b.pixels.count, !a.pixels.isEmpty else { return .nan }
  var sum = 0
  a.pixels.withUnsafeBufferPointer { a in
    b.pixels.withUnsafeBufferPointer { b in
      for i in a.indices { let d = Int(a[i]) - Int(b[i]); sum += d * d }
    }
  }
  return sum == 0 ? .infinity : 10 * log10(255 * 255 * Double(a.pixels.count) / Double(sum))
}

/// Makes an HDF5 file by hand, or opens one to damage it; by turns with whatever else writes, as libhdf5 demands.
func handmade(_ path: String, existing: Bool = false, _ body: (hid_t) -> Void) {
  HDF5.locked {
    let file = existing ? orrery_h5_open(path, 1) : orrery_h5_create(path, nil)
    precondition(file >= 0)
    body(file)
    H5Fclose(file)
  }
}

func put<T>(_ file: hid_t, _ name: String, _ type: hid_t, _ shape: [Int], _ values: [T]) {
  let space = H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
  let id = H5Dcreate2(file, name, type, space, 0, 0, 0)
  _ = values.withUnsafeBytes { H5Dwrite(id, type, 0, 0, 0, $0.baseAddress) }
  H5Dclose(id)
  H5Sclose(space)
}
