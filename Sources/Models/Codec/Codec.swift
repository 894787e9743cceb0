import Files
import Tensors

/// Between pixels [T,H,W,3] and latents [F,h,w,C]: each block of (time, space, space) pixels becomes one latent pixel
/// of C = 3·time·space² channels, either as it is (space-to-depth) or through an orthonormal 3-D Haar transform of the
/// block (Haar 1910), which is lossless up to rounding of floats.
///
/// Bytes become (value/255 − mean)/deviation first.
///
/// Or an autoencoder of the Wan family (`wan`): its first latent frame is the first frame alone, every further one four
/// frames. `ClipCoder` does the work.
public struct Codec: Sendable, Equatable {
  public enum Kind: String, CaseIterable, Sendable { case spaceToDepth = "space-to-depth", haar, wan }

  public var kind: Kind
  /// Frames a latent frame holds: 1, 2, 4 or 8.
  public var time: Int
  /// Pixels along each side of a latent pixel: 1, 2, 4, 8 or 16.
  public var space: Int
  public var mean: Double
  public var deviation: Double

  public init(_ kind: Kind = .spaceToDepth, time: Int = 1, space: Int = 8, mean: Double = 0.5, deviation: Double = 0.5)
  {
    (self.kind, self.time, self.space, self.mean, self.deviation) = (kind, time, space, mean, deviation)
  }

  /// `wan`: the autoencoder's folder or file, absolute.
  public var from: String?
  /// `wan`: SHA-256 over its configuration and weights, and channels of a latent pixel, once it was looked at.
  public var identity: String?, latentChannels: Int?

  public var channels: Int { latentChannels ?? 3 * time * space * space }

  /// Whether the first latent frame holds one frame alone.
  public var isCausal: Bool { kind == .wan }
  /// Latent frames of so many frames, and frames of so many latent ones.
  public func latentFrames(_ frames: Int) -> Int {
    isCausal ? (frames > 0 ? 1 + (frames - 1) / time : 0) : frames / time
  }
  public func frames(_ latents: Int) -> Int {
    isCausal ? (latents > 0 ? 1 + (latents - 1) * time : 0) : latents * time
  }

  /// The same between pixels and latents, wherever its autoencoder lies.
  public func isSame(as other: Codec) -> Bool {
    var (a, b) = (self, other)
    (a.from, b.from) = (nil, nil)
    return a == b
  }

  /// Where the autoencoder lies. - Throws: `Problem` when none was named.
  package func place() throws -> String {
    guard let from else {
      throw Problem.usage(
        "the model works on an autoencoder's latents, and where that lies is not said", at: "codec.from",
        expected: "diffusers' vae folder, or its safetensors" + (identity.map { ", identity \($0)" } ?? ""),
        fix: "name it: `from: DIR` under codec, or --autoencoder DIR")
    }
    return from
  }

  /// With what the autoencoder says of itself: its strides, channels and identity.
  /// - Throws: `Problem` when it is not the one named by identity, or has strides no codec has.
  func resolved(_ found: String, time: Int, space: Int, channels: Int) throws -> Codec {
    guard identity == nil || identity == found else {
      throw Problem(
        "the autoencoder is not the one that was used: its identity is \(found)", at: from,
        expected: identity, fix: "put the autoencoder back, or name where it is now")
    }
    guard Self.times.contains(time), Self.spaces.contains(space) else {
      throw Problem(
        "the autoencoder takes \(time) frames and \(space)×\(space) pixels to a latent pixel",
        at: from, expected: "1, 2, 4 or 8 frames, and 1 to 16 pixels, a power of two", fix: "use another autoencoder")
    }
    var codec = self
    (codec.time, codec.space, codec.latentChannels, codec.identity) = (time, space, channels, found)
    return codec
  }

  private static let times = [1, 2, 4, 8], spaces = [1, 2, 4, 8, 16]

  /// Latent sizes of a clip.
  /// - Parameter patch: of the model that is to take the latents: frames, rows, columns.
  /// - Throws: `Problem` when a size is no multiple of the codec's block times the patch, with the nearest that is.
  public func latentShape(
    frames: Int, height: Int, width: Int, patch: [Int] = [1, 1, 1], at place: String
  ) throws -> (frames: Int, height: Int, width: Int) {
    let block = (frames: time * patch[0], height: space * patch[1], width: space * patch[2])
    guard self.frames(latentFrames(frames)) == frames, latentFrames(frames) % patch[0] == 0,
      height % block.height == 0, width % block.width == 0,
      min(frames, height, width) > 0
    else {
      func nearest(_ n: Int, _ block: Int) -> Int { max(1, (n + block / 2) / block) * block }
      let isSize = height % block.height != 0 || width % block.width != 0 || min(height, width) <= 0
      throw Problem(
        "clips of \(frames) frames at \(width)×\(height) are not divisible by blocks of "
          + "\(Text.counted(block.frames, "frame")) at \(block.width)×\(block.height) pixels",
        at: place, expected: "multiples of codec.space × model.patch pixels and codec.time × model.patch[0] frames",
        fix: isCausal && !isSize
          ? "take 1 + a multiple of \(time) frames, such as \(self.frames(max(1, latentFrames(frames))))"
          : isSize
            ? "import the footage with --size \(nearest(width, block.width))x\(nearest(height, block.height)), the nearest "
              + "that fits; or choose a smaller codec.space or model.patch"
            : "take \(nearest(frames, block.frames)) frames, or a smaller codec.time or model.patch[0]")
    }
    return (latentFrames(frames), height / space, width / space)
  }

  /// Clips of one shape to latents [B,F,h,w,C]; `clips[b]` holds T·H·W·3 bytes.
  public func encode(
    _ clips: [UnsafeBufferPointer<UInt8>], frames: Int, height: Int, width: Int, on compute: Compute
  ) -> Tensor {
    precondition(
      clips.allSatisfy { $0.count == frames * height * width * 3 } && frames % time == 0 && height % space == 0
        && width % space == 0)
    let (f, h, w, c) = (frames / time, height / space, width / space, channels)
    let y = Tensor(undefined: [clips.count, f, h, w, c], on: compute)
    let scale = Float(1 / (255 * deviation)), offset = Float(-mean / deviation)
    let transform = BlockHaar(kind == .haar ? time : 1, kind == .haar ? space : 1)
    y.withElements { out in
      let out = out.baseAddress!
      compute.parallel(over: clips.count * f * h, grain: 4) { lines in
        for line in lines {
          let b = line / (f * h), lf = line / h % f, lh = line % h
          guard let bytes = clips[b].baseAddress else { continue }
          for lw in 0..<w {
            var at = out + (line * w + lw) * c
            let block = at
            for t in 0..<time {
              for i in 0..<space {
                let from = bytes + (((lf * time + t) * height + lh * space + i) * width + lw * space) * 3
                for j in 0..<space * 3 { at[j] = Float(from[j]) * scale + offset }
                at += space * 3
              }
            }
            transform.forward(block)
          }
        }
      }
    }
    return y
  }

  /// Latents of one sample [F,h,w,C] (or [1,F,h,w,C]) to T·H·W·3 bytes, rounded and clamped.
  public func decode(_ x: Tensor) -> [UInt8] {
    let s = Array(x.shape.sizes.suffix(4)), (f, h, w, c) = (s[0], s[1], s[2], s[3])
    precondition(c == channels && x.count == f * h * w * c, "latents \(x.shape) for \(channels) channels")
    let height = h * space, width = w * space
    var bytes = [UInt8](repeating: 0, count: x.count)
    let transform = BlockHaar(kind == .haar ? time : 1, kind == .haar ? space : 1)
    let copy = x.copy()
    copy.withElements { values in
      bytes.withUnsafeMutableBufferPointer { out in
        for line in 0..<f * h {
          let lf = line / h, lh = line % h
          for lw in 0..<w {
            var from = values.baseAddress! + (line * w + lw) * c
            transform.inverse(from)
            for t in 0..<time {
              for i in 0..<space {
                let to = (((lf * time + t) * height + lh * space + i) * width + lw * space) * 3
                for j in 0..<space * 3 {
                  let v = (Double(from[j]) * deviation + mean) * 255
                  out[to + j] = v.isFinite ? UInt8(max(0, min(255, v.rounded()))) : 0
                }
                from += space * 3
              }
            }
          }
        }
      }
    }
    return bytes
  }
}

extension Codec: DocumentSection {
  package static let section = Section(Codec()) {
    Field(
      "kind", \.kind, .choice,
      "pixels of a block as they are, through an orthonormal Haar transform, or a Wan autoencoder")
    Field("time", \.time, .powerOfTwo(in: 1...8), unit: "frames", "what a latent frame holds")
    Field("space", \.space, .powerOfTwo(in: 1...16), unit: "pixels", "what a latent pixel holds along each side")
    Field("mean", \.mean, .number(in: -1...2), "bytes become (value/255 − mean)/deviation")
    Field("deviation", \.deviation, .number(in: 0.001...10), "see `mean`")
    Field(
      "from", \.from, .optional(.path), hashed: .never, written: .whenNotDefault,
      "kind wan: the autoencoder, diffusers' folder or a safetensors file; `time`, `space` and what normalises are its own"
    )
    Field(
      "identity", \.identity, .optional(.text), hashed: .whenNotDefault, written: .whenNotDefault,
      "kind wan: SHA-256 over its configuration and weights; found out when it is left out")
    Field(
      "latent_channels", \.latentChannels, .optional(.integer(in: 1...4096)), hashed: .whenNotDefault,
      written: .whenNotDefault, "kind wan: channels of a latent pixel; found out when it is left out")
  }
}

/// The orthonormal Haar transform of one block [t, s, s, 3], along all three axes, to the last level.
package struct BlockHaar {
  package let t: Int, s: Int
  private let along: [(n: Int, stride: Int, offsets: [Int])]
  private let root = Float(0.5).squareRoot()

  package init(_ t: Int, _ s: Int) {
    (self.t, self.s) = (t, s)
    let count = t * s * s * 3
    along = [(t, s * s * 3), (s, s * 3), (s, 3)].filter { $0.0 > 1 }.map { n, stride in
      // Starts of every run of n elements `stride` apart.
      (n, stride, (0..<count).filter { $0 / stride % n == 0 })
    }
  }

  package func forward(_ x: UnsafeMutablePointer<Float>) {
    for axis in along {
      for o in axis.offsets {
        var n = axis.n
        while n > 1 {  // averages to the front, differences behind
          withUnsafeTemporaryAllocation(of: Float.self, capacity: n) { row in
            for i in 0..<n / 2 {
              let a = x[o + 2 * i * axis.stride], b = x[o + (2 * i + 1) * axis.stride]
              row[i] = (a + b) * root
              row[n / 2 + i] = (a - b) * root
            }
            for i in 0..<n { x[o + i * axis.stride] = row[i] }
          }
          n /= 2
        }
      }
    }
  }

  package func inverse(_ x: UnsafeMutablePointer<Float>) {
    for axis in along.reversed() {
      for o in axis.offsets {
        var n = 2
        while n <= axis.n {
          withUnsafeTemporaryAllocation(of: Float.self, capacity: n) { row in
            for i in 0..<n / 2 {
              let a = x[o + i * axis.stride], d = x[o + (n / 2 + i) * axis.stride]
              row[2 * i] = (a + d) * root
              row[2 * i + 1] = (a - d) * root
            }
            for i in 0..<n { x[o + i * axis.stride] = row[i] }
          }
          n *= 2
        }
      }
    }
  }
}
