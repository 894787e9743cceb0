import Frames

/// Draws bodies into 8-bit sRGB with coverage anti-aliasing: α = clip(½ − d/px, 0, 1), d the signed distance to the
/// edge.
///
/// Colours blend linearly in the 8-bit values as they stand. Pixel (row i, column j) has its centre at
/// x = (j + ½)/s, y = 10 − (i + ½)/s, s pixels a unit. Bodies are laid over each other in order, rounded once a body.
public struct Renderer: Sendable {
  public let height: Int
  public let width: Int
  /// Pixels in one world unit.
  public let scale: Double
  /// H·W·3 bytes: what is drawn upon.
  public let backdrop: [UInt8]

  public init(_ setting: Setting, backdrop: [UInt8]) {
    precondition(backdrop.count == setting.height * setting.width * 3)
    height = setting.height
    width = setting.width
    scale = setting.pixelsPerUnit
    self.backdrop = backdrop
  }

  /// One frame, H·W·3 bytes.
  public func frame(_ bodies: [Body]) -> [UInt8] {
    var pixels = backdrop
    pixels.withUnsafeMutableBufferPointer { buffer in
      for body in bodies { draw(body, into: UnsafeMutableBufferPointer(rebasing: buffer[...])) }
    }
    return pixels
  }

  /// A clip, one list of bodies a frame.
  /// - Parameter backdrops: what lies behind frame t, where the camera moves; nil takes the renderer's own for every
  ///   frame.
  public func clip(_ scenes: [[Body]], over backdrops: ((Int) -> [UInt8])? = nil) -> Frames {
    let size = height * width * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: size * scenes.count) { buffer, count in
      for (t, bodies) in scenes.enumerated() {
        let frame = UnsafeMutableBufferPointer(rebasing: buffer[t * size..<(t + 1) * size])
        _ = frame.initialize(from: backdrops?(t) ?? backdrop)
        for body in bodies { draw(body, into: frame) }
      }
      count = size * scenes.count
    }
    return Frames(count: scenes.count, height: height, width: width, pixels: pixels, fps: World.fps)
  }

  /// Visible coverage of every body, `[bodies][H·W]` in [0, 1]: its own coverage times what those in front leave.
  public func masks(_ bodies: [Body]) -> [[Float]] { masks(bodies, groups: Array(bodies.indices)) }

  /// Visible coverage of groups of bodies, summed: `groups[i]` is body i's, −1 for none.
  func masks(_ bodies: [Body], groups: [Int]) -> [[Float]] {
    var left = [Float](repeating: 1, count: height * width)  // share of each pixel not yet taken, from the eye backwards
    var masks = [[Float]](repeating: [Float](repeating: 0, count: height * width), count: (groups.max() ?? -1) + 1)
    for (body, group) in zip(bodies, groups).reversed() {
      forEachCovered(body) { pixel, coverage in
        let seen = Float(coverage) * left[pixel]
        left[pixel] -= seen
        if group >= 0 { masks[group][pixel] += seen }
      }
    }
    return masks
  }

  /// The front-most body at every pixel's centre, by its place in `bodies`; −1 for the backdrop. `[H·W]`.
  func owners(_ bodies: [Body]) -> [Int32] {
    var owners = [Int32](repeating: -1, count: height * width)
    for (k, body) in bodies.enumerated() {
      forEachCovered(body) { pixel, coverage in if coverage >= 0.5 { owners[pixel] = Int32(k) } }
    }
    return owners
  }

  /// Blends one body over `pixels` [H·W·3].
  private func draw(_ body: Body, into pixels: UnsafeMutableBufferPointer<UInt8>) {
    let r = Double(body.colour.x), g = Double(body.colour.y), b = Double(body.colour.z)
    forEachCovered(body) { pixel, coverage in
      let p = pixel * 3
      if coverage >= 1 {
        pixels[p] = body.colour.x
        pixels[p + 1] = body.colour.y
        pixels[p + 2] = body.colour.z
      } else {
        pixels[p] = Self.mix(pixels[p], r, coverage)
        pixels[p + 1] = Self.mix(pixels[p + 1], g, coverage)
        pixels[p + 2] = Self.mix(pixels[p + 2], b, coverage)
      }
    }
  }

  @inline(__always)
  private static func mix(_ under: UInt8, _ over: Double, _ coverage: Double) -> UInt8 {
    let u = Double(under)
    return UInt8((u + (over - u) * coverage).rounded())
  }

  /// Calls `each(pixel index, coverage)` for every pixel the body covers in part or whole.
  @inline(__always)
  private func forEachCovered(_ body: Body, _ each: (Int, Double) -> Void) {
    if body.isEmpty { return }
    // Centre in pixel coordinates, y down; a pixel of margin for the soft edge.
    let cx = body.centre.x * scale, cy = (World.height - body.centre.y) * scale
    let reach = body.reach * scale
    guard cx + reach.x > -1, cx - reach.x < Double(width) + 1, cy + reach.y > -1, cy - reach.y < Double(height) + 1
    else { return }
    let columns = max(0, Int(cx - reach.x - 1))..<min(width, Int(cx + reach.x) + 2)
    let rows = max(0, Int(cy - reach.y - 1))..<min(height, Int(cy + reach.y) + 2)
    guard !columns.isEmpty, !rows.isEmpty else { return }
    switch body.shape {
    case .disc(let radius):
      let radius = radius * scale, outer = (radius + 0.5) * (radius + 0.5)
      let inner = radius > 0.5 ? (radius - 0.5) * (radius - 0.5) : -1
      for i in rows {
        let dy = Double(i) + 0.5 - cy
        for j in columns {
          let dx = Double(j) + 0.5 - cx, square = dx * dx + dy * dy
          if square >= outer { continue }
          each(i * width + j, square <= inner ? 1 : min(1, 0.5 + radius - square.squareRoot()))
        }
      }
    case .box(let half):
      let c = cosine(body.angle), s = -sine(body.angle), hx = half.x * scale, hy = half.y * scale  // rows run downwards
      for i in rows {
        let dy = Double(i) + 0.5 - cy
        for j in columns {
          let dx = Double(j) + 0.5 - cx
          let qx = abs(dx * c + dy * s) - hx, qy = abs(dy * c - dx * s) - hy
          let outside = SIMD2(max(qx, 0), max(qy, 0))
          let distance = (outside * outside).sum().squareRoot() + min(max(qx, qy), 0)
          if distance < 0.5 { each(i * width + j, min(1, 0.5 - distance)) }
        }
      }
    case .ring:
      let c = cosine(body.angle), s = sine(body.angle)
      for i in rows {
        let y = (cy - Double(i) - 0.5) / scale
        for j in columns {
          let x = (Double(j) + 0.5 - cx) / scale
          let distance = Body.distance(body.shape, SIMD2(x * c + y * s, y * c - x * s)) * scale
          if distance < 0.5 { each(i * width + j, min(1, 0.5 - distance)) }
        }
      }
    }
  }
}
