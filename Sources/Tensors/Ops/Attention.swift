import CKernels

#if canImport(Glibc)
  import Glibc
#endif

/// softmax(scale·q·kᵀ + bias)·v      qkv [B,T,3D]  table [buckets, heads], where there is one  → o [B,T,D]
///
/// Bidirectional, without norms or rotations (Vaswani et al. 2017), as text and image encoders have it. The bias is
/// T5's: one number a head and bucket of the distance between key and query (Raffel et al. 2020, §2.1). Run frozen only.
public struct Attention: Op {
  /// Buckets of distances: half of them for keys behind the query, of each half one a distance up to half its size,
  /// then logarithmic up to `far`, beyond which all are the same.
  public struct Distances: Sendable, Equatable {
    public let buckets: Int, far: Int
    public init(buckets: Int, far: Int) { (self.buckets, self.far) = (buckets, far) }

    /// Of key − query; in f32, as those who trained with it computed it.
    public func bucket(_ offset: Int) -> Int {
      let side = buckets / 2, exact = side / 2, n = abs(offset), first = offset > 0 ? side : 0
      guard n >= exact else { return first + n }
      let place =
        logf(Float(n) / Float(exact)) / Float(log(Double(far) / Double(exact))) * Float(side - exact)
      return first + min(side - 1, exact + Int(place))
    }
  }

  public let heads: Int, scale: Float, mask: AttentionMask
  public let distances: Distances?
  public init(heads: Int, scale: Float, mask: AttentionMask = .none, distances: Distances? = nil) {
    (self.heads, self.scale, self.mask, self.distances) = (heads, scale, mask, distances)
  }

  public static let name = "Attention"
  public func isDifferentiable(_ input: Int) -> Bool { false }
  /// Two products of T×T with H a head, whatever the mask leaves out.
  public func flops(_ x: [Shape]) -> Double { 4 * Double(x[0].count / 3) * Double(x[0][1]) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].rank == 3 && x[0][2] % (3 * heads) == 0 && x.count == (distances == nil ? 1 : 2),
      "attention: \(x), \(heads) heads")
    if let distances {
      precondition(x[1] == [distances.buckets, heads] && distances.buckets % 4 == 0, "attention: biases \(x[1])")
    }
    return ([x[0][0], x[0][1], x[0][2] / 3], [])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], .f32) }

  private static let queriesPerTask = 256

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, kernels = c.operand(y.type), size = y.type.size, samples = y.shape[0], t = y.shape[1],
      d = y.shape[2], head = d / heads, ld = 3 * d, run = min(t, Self.queriesPerTask), per = (t + run - 1) / run
    // Where query 0's bias of key 0 is, and how far from one head's to the next: a tile's width is read past the end.
    let span = 2 * t - 1 + Int(kernels.nr), biases = distances.map { _ in c.scratch(heads * span) }
    if let biases, let distances { spread(x[1].pointer, distances, t, span, into: biases.base) }
    let each = (Int(kernels.attend_room(t, head)) + 15) / 16 * 16 + (run + 15) / 16 * 16,
      scratch = c.scratch(c.threads * each), rooms = scratch.base, limits = mask.limits(samples, t, t)
    let from = x[0].raw, to = y.raw, bias = biases?.base
    limits.withUnsafeBufferPointer { limits in
      c.parallel(samples * heads * per) { i, worker in
        let first = i % per * run, sample = i / per / heads, h = i / per % heads, count = min(run, t - first),
          row = sample * t, at = from + (row * ld + h * head) * size, room = rooms + worker * each
        var part = ok_head(
          queries: count, keys: t, head: head, scale: scale, q: at + first * ld * size, k: at + d * size,
          v: at + 2 * d * size, ldq: ld, ldk: ld, ldv: ld,
          limits: limits.isEmpty ? nil : limits.baseAddress! + row + first,
          bias: bias.map { UnsafePointer($0 + h * span + t - 1 + first) })
        kernels.attend(
          &part, to + ((row + first) * d + h * head) * size, d, room, room + (run + 15) / 16 * 16)
      }
    }
    withExtendedLifetime((scratch, biases)) {}
  }

  /// The bias of query − key from −(T−1) to T−1, head after head, over the scale.
  private func spread(
    _ table: UnsafePointer<Float>, _ distances: Distances, _ t: Int, _ span: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<span {
      let bucket = i < 2 * t - 1 ? distances.bucket(t - 1 - i) : 0
      for h in 0..<heads { out[h * span + i] = table[bucket * heads + h] / scale }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {}

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, t, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2] / 3), h = d / heads
    var y = Oracle(zeros: [b, t, d])
    for i in 0..<b {
      for head in 0..<heads {
        for r in 0..<t {
          let scores = (0..<mask.visible(i, r, of: t)).map { key in
            let product = (0..<h).reduce(0.0) { $0 + x[0][i, r, head * h + $1] * x[0][i, key, d + head * h + $1] }
            return Double(scale) * product + (distances.map { x[1][$0.bucket(key - r), head] } ?? 0)
          }
          let top = scores.max() ?? 0, weights = scores.map { exp($0 - top) }, total = weights.reduce(0, +)
          for e in 0..<h {
            y[i, r, head * h + e] = weights.indices.reduce(0.0) {
              $0 + weights[$1] / total * x[0][i, $1, 2 * d + head * h + e]
            }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    let near = Distances(buckets: 8, far: 16)
    return [
      OpCase("three heads", Attention(heads: 3, scale: 0.5), [[1, 7, 27]]),
      OpCase("key lengths", Attention(heads: 2, scale: 0.7, mask: .keyLengths([1, 4])), [[2, 5, 24]]),
      OpCase("biased", Attention(heads: 2, scale: 1, distances: near), [[2, 40, 12], [8, 2]]),
      OpCase(
        "biased, key lengths", Attention(heads: 1, scale: 0.5, mask: .keyLengths([30, 3]), distances: near),
        [[2, 33, 12], [8, 1]]),
      OpCase(
        "many keys", Attention(heads: 2, scale: 0.2, distances: Distances(buckets: 32, far: 128)),
        [[1, 530, 12], [32, 2]]),
    ]
  }
}
