import CKernels

/// Video latents to tokens and back: a patch of (pt, ph, pw) becomes one row.
///
/// - `Patchify`: x [B,F,H,W,C] → [B, F/pt·H/ph·W/pw, C·pt·ph·pw], features ordered (channel, t, h, w) as a
///   convolution's kernel is.
/// - `Unpatchify`: the inverse, features ordered (t, h, w, channel) as Wan's output projection has them.
public struct Patchify: Op {
  public let patch: Patch
  /// The type of y; x is f32.
  public let result: ElementType
  public init(_ patch: Patch, as result: ElementType = .f32) { (self.patch, self.result) = (patch, result) }

  public static let name = "Patchify"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let g = patch.grid(x[0])
    return ([x[0][0], g.tokens, x[0][4] * patch.volume], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, from = x[0].pointer, to = y.raw, type = y.type, channels = x[0].shape[4], volume = patch.volume,
      features = volume * channels
    // A token's pixels are gathered [volume, channels] and turned over by the kernel that packs panels.
    let size = (features + 15) / 16 * 16, room = c.scratch(c.threads * 2 * size), rooms = room.base, f32 = c.f32,
      kernels = y.kernels
    patch.walk(c, x[0].shape) { token, first, places, worker in
      let part = rooms + worker * 2 * size, turned = part + size
      for place in 0..<volume { (part + place * channels).update(from: from + first + places[place], count: channels) }
      f32.pack_rows(volume, volume, channels, part, ElementType.f32.code, channels, turned)
      kernels.round_rows(1, features, turned, features, to + token * features * type.size, features, 0)
    }
    withExtendedLifetime(room) {}
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = y.compute, from = dy.raw, type = dy.type, to = t.pointer, channels = x[0].shape[4], volume = patch.volume,
      features = volume * channels
    let room = c.scratch(c.threads * features), rooms = room.base, kernels = dy.kernels
    patch.walk(c, x[0].shape) { token, first, places, worker in
      let row = rooms + worker * features
      kernels.widen_rows(1, features, from + token * features * type.size, features, row, features)
      for place in 0..<volume {
        let pixel = to + first + places[place]
        for e in 0..<channels { pixel[e] = (accumulate ? pixel[e] : 0) + row[e * volume + place] }
      }
    }
    withExtendedLifetime(room) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let s = x[0].shape, g = patch.grid(s), (pt, ph, pw) = (patch.t, patch.h, patch.w)
    var y = Oracle(zeros: [s[0], g.tokens, s[4] * patch.volume])
    for b in 0..<s[0] {
      for f in 0..<s[1] {
        for i in 0..<s[2] {
          for j in 0..<s[3] {
            for c in 0..<s[4] {
              let token = ((f / pt) * g.h + i / ph) * g.w + j / pw
              y[b, token, ((c * pt + f % pt) * ph + i % ph) * pw + j % pw] = x[0][b, f, i, j, c]
            }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("1,2,2", Patchify(Patch(1, 2, 2)), [[2, 3, 4, 6, 3]]),
      OpCase("2,2,2", Patchify(Patch(2, 2, 2)), [[1, 4, 2, 4, 2]]),
    ]
  }
}

/// x [B,T,pt·ph·pw·C] → y [B,F,H,W,C]. See `Patchify`.
public struct Unpatchify: Op {
  public let patch: Patch
  /// F, H, W of the output.
  public let frames: Int, height: Int, width: Int
  public init(_ patch: Patch, frames: Int, height: Int, width: Int) {
    (self.patch, self.frames, self.height, self.width) = (patch, frames, height, width)
  }

  public static let name = "Unpatchify"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let y: Shape = [x[0][0], frames, height, width, x[0][2] / patch.volume]
    precondition(patch.grid(y).tokens == x[0][1] && x[0][2] % patch.volume == 0, "unpatchify: \(x[0]) to \(y)")
    return (y, [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let from = x[0].pointer, to = y.pointer, channels = y.shape[4], volume = patch.volume
    patch.walk(y.compute, y.shape) { token, first, places, _ in
      for place in 0..<volume {
        (to + first + places[place]).update(from: from + (token * volume + place) * channels, count: channels)
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let from = dy.pointer, to = t.pointer, channels = y.shape[4], volume = patch.volume, kernels = y.compute.f32
    patch.walk(y.compute, y.shape) { token, first, places, _ in
      for place in 0..<volume {
        let features = to + (token * volume + place) * channels, pixel = first + places[place]
        if accumulate {
          kernels.add(channels, features, from + pixel, features)
        } else {
          features.update(from: from + pixel, count: channels)
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let channels = x[0].shape[2] / patch.volume, (pt, ph, pw) = (patch.t, patch.h, patch.w)
    var y = Oracle(zeros: [x[0].shape[0], frames, height, width, channels])
    for b in 0..<y.shape[0] {
      for f in 0..<frames {
        for i in 0..<height {
          for j in 0..<width {
            for c in 0..<channels {
              let token = ((f / pt) * (height / ph) + i / ph) * (width / pw) + j / pw
              y[b, f, i, j, c] = x[0][b, token, ((f % pt * ph + i % ph) * pw + j % pw) * channels + c]
            }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("1,2,2", Unpatchify(Patch(1, 2, 2), frames: 2, height: 4, width: 2), [[2, 4, 12]]),
      OpCase("2,2,2", Unpatchify(Patch(2, 2, 2), frames: 4, height: 2, width: 4), [[1, 4, 16]]),
    ]
  }
}

/// A patch's extent in latent frames, rows and columns.
public struct Patch: Sendable, Equatable {
  public let t: Int, h: Int, w: Int
  public init(_ t: Int, _ h: Int, _ w: Int) { (self.t, self.h, self.w) = (t, h, w) }
  public var volume: Int { t * h * w }

  /// The token grid of latents [B,F,H,W,C]. Sizes must be divisible by the patch.
  public func grid(_ x: Shape) -> (t: Int, h: Int, w: Int, tokens: Int) {
    precondition(
      x.rank == 5 && x[1] % t == 0 && x[2] % h == 0 && x[3] % w == 0,
      "latents \(x) are not divisible by the patch [\(t), \(h), \(w)]")
    let g = (x[1] / t, x[2] / h, x[3] / w)
    return (g.0, g.1, g.2, g.0 * g.1 * g.2)
  }

  /// Calls `body(token, first, places, worker)` once for every token of latents `x`, in parallel: its latent pixels'
  /// channels begin at first + places[…], in the order (t, h, w) of the patch.
  fileprivate func walk(
    _ c: Compute, _ x: Shape,
    _ body: (_ token: Int, _ first: Int, _ places: UnsafeBufferPointer<Int>, _ worker: Int) -> Void
  ) {
    let g = grid(x), (f, height, width, channels) = (x[1], x[2], x[3], x[4])
    let places = (0..<volume).map { p in ((p / (h * w) * height + p / w % h) * width + p % w) * channels }
    places.withUnsafeBufferPointer { places in
      c.parallel(x[0] * g.t * g.h) { line, worker in
        let b = line / (g.t * g.h), gt = line / g.h % g.t, gh = line % g.h
        for gw in 0..<g.w {
          body(line * g.w + gw, (((b * f + gt * t) * height + gh * h) * width + gw * w) * channels, places, worker)
        }
      }
    }
  }
}
