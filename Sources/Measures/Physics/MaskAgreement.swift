import Files

/// Overlap and distance of the objects' masks, clip against ground truth, both by the same extraction (PISA's metrics
/// on coverage masks, docs/PHYSICS.md, "Other values").
package enum MaskAgreement {
  /// `mask_iou` [0, 1] ↑, both empty is 1; `mask_chamfer` ↓, mean nearest distance both ways over √2·H, on the object
  /// frames where both show. A vanished object is punished by the first alone, as in PISA; the second's reason says so.
  static func measure(
    _ scene: PhysicsScene, _ tracks: Tracks, _ truth: Tracks, height: Int, width: Int
  ) -> [TrajectoryErrors.Value] {
    var overlap = 0.0, asked = 0, distance = 0.0, both = 0
    for k in scene.objects.indices {
      for t in scene.conditioning..<scene.truth.count where scene.truth[t][k].demand != .anything {
        let hidden = scene.truth[t][k].demand == .absent
        let a = tracks.pixels[k][t].mask, b = hidden ? [] : truth.pixels[k][t].mask
        asked += 1
        guard t < tracks.length else { continue }  // an end is not an empty picture
        overlap += iou(a, b)
        guard !a.isEmpty, !b.isEmpty else { continue }
        distance += chamfer(a, b, width: width) / (2.0.squareRoot() * Double(height))
        both += 1
      }
    }
    return [
      .init(
        metric: "mask_iou", value: asked > 0 ? overlap / Double(asked) : nil, reason: "no scored frame asks for it"),
      .init(
        metric: "mask_chamfer", value: both > 0 && 2 * both >= asked ? distance / Double(both) : nil,
        reason: "masks show in \(both) of \(asked) object frames"),
    ]
  }

  /// Of two ascending lists of pixels.
  package static func iou(_ a: [Int32], _ b: [Int32]) -> Double {
    var i = 0, j = 0, common = 0
    while i < a.count && j < b.count {
      if a[i] == b[j] { common += 1; i += 1; j += 1 } else if a[i] < b[j] { i += 1 } else { j += 1 }
    }
    let union = a.count + b.count - common
    return union == 0 ? 1 : Double(common) / Double(union)
  }

  /// Mean nearest distance from a to b plus that from b to a, px. - Precondition: neither is empty.
  package static func chamfer(_ a: [Int32], _ b: [Int32], width: Int) -> Double {
    if a == b { return 0 }
    let columns = (a + b).map { Int($0) % width }, low = columns.min() ?? 0, high = columns.max() ?? 0
    let top = min(Int(a[0]), Int(b[0])) / width, bottom = max(Int(a[a.count - 1]), Int(b[b.count - 1])) / width
    func local(_ mask: [Int32]) -> [Int] {
      mask.map { (Int($0) / width - top) * (high - low + 1) + Int($0) % width - low }
    }
    let p = local(a), q = local(b)
    func mean(_ from: [Int], _ to: [Int]) -> Double {
      let field = DistanceField(to, height: bottom - top + 1, width: high - low + 1)
      return from.reduce(0) { $0 + field.squares[$1].squareRoot() } / Double(from.count)
    }
    return mean(p, q) + mean(q, p)
  }
}

/// Exact squared Euclidean distance of every pixel to a set (Felzenszwalb & Huttenlocher, "Distance transforms of
/// sampled functions", 2012): the lower envelope of parabolas, along columns and then along rows.
struct DistanceField {
  /// `[H·W]`, px².
  let squares: [Double]

  init(_ set: [Int], height: Int, width: Int) {
    var field = [Double](repeating: 1e20, count: height * width)
    for p in set { field[p] = 0 }
    for j in 0..<width {
      let line = Self.envelope((0..<height).map { field[$0 * width + j] })
      for i in 0..<height { field[i * width + j] = line[i] }
    }
    for i in 0..<height {
      field.replaceSubrange(i * width..<(i + 1) * width, with: Self.envelope(Array(field[i * width..<(i + 1) * width])))
    }
    squares = field
  }

  private static func envelope(_ f: [Double]) -> [Double] {
    var vertex = [0], border = [-Double.infinity, .infinity]
    for q in 1..<max(f.count, 1) where q < f.count {
      func crossing(_ v: Int) -> Double { ((f[q] + Double(q * q)) - (f[v] + Double(v * v))) / Double(2 * (q - v)) }
      var s = crossing(vertex[vertex.count - 1])
      while s <= border[vertex.count - 1] {
        vertex.removeLast()
        border.removeLast()
        s = crossing(vertex[vertex.count - 1])
      }
      vertex.append(q)
      border[vertex.count - 1] = s
      if border.count < vertex.count + 1 { border.append(.infinity) } else { border[vertex.count] = .infinity }
    }
    var k = 0
    return f.indices.map { q in
      while border[k + 1] < Double(q) { k += 1 }
      return Double((q - vertex[k]) * (q - vertex[k])) + f[vertex[k]]
    }
  }
}
