import CKernels

/// y = act(norm(x)) ∗ W + b (+ residual), over frames that lie channels last
///
/// x [B,F,H,W,C]  weight [O,C,t,k,k] or [O,C,k,k]  bias [O]  (γ [C])  (residual, as y)  (past [B,P,H,W,C])
/// → y [B,F′,H′,W′,O], f32
///
/// In time it is causal: an output sees no frame after its own. In space there are zeros around a picture. With γ,
/// what is convolved is SiLU(x·√C/max(‖x‖₂, 10⁻¹²)·γ), the norm over channels, as in the autoencoders of the Wan
/// family (Wan team 2025, §4.1).
public struct Convolution: Op {
  /// What stands where a kernel reaches past a picture's edges.
  public enum Space: Sendable {
    /// As many zeros on every side as keep the size.
    case same
    /// A zero row below and a zero column to the right, and every second output.
    case halved
    /// As `same`, over x at twice its size, each pixel repeated 2×2.
    case doubled
  }
  /// Which frames an output sees.
  public enum Time: Sendable {
    /// t − 1 frames before its own; before the first there are past ones, or zeros.
    case causal
    /// Every second output of those that see only frames there are (t = 3): of x, after `past` frames of it.
    case halved(past: Int)
  }

  public let space: Space, time: Time
  /// Which of the further inputs there are.
  public let isNormed: Bool, hasResidual: Bool, hasPast: Bool
  /// What products are made of.
  public let operands: ElementType

  /// - Parameters:
  ///   - isNormed: γ is given.
  ///   - hasResidual: something of y's shape is added.
  ///   - hasPast: the frames before x are given; no gradient flows then.
  public init(
    _ space: Space = .same, _ time: Time = .causal, isNormed: Bool = false, hasResidual: Bool = false,
    hasPast: Bool = false, operands: ElementType = .f32
  ) {
    (self.space, self.time, self.operands) = (space, time, operands)
    (self.isNormed, self.hasResidual, self.hasPast) = (isNormed, hasResidual, hasPast)
  }

  public static let name = "Convolution"
  /// After past frames it is inference.
  public func isDifferentiable(_ input: Int) -> Bool { !hasPast }
  public func flops(_ x: [Shape]) -> Double {
    2 * Double(infer(x).y.count) * Double(x[1].count / max(1, x[1][0]))
  }

  private func gamma<T>(_ x: [T]) -> T? { isNormed ? x[3] : nil }
  private func residual<T>(_ x: [T]) -> T? { hasResidual ? x[isNormed ? 4 : 3] : nil }
  private func past<T>(_ x: [T]) -> T? { hasPast ? x.last : nil }

  private func geometry(
    _ x: [Shape]
  ) -> (rows: Int, columns: Int, frames: Int, lead: Int, t: Int, k: Int) {
    let time = x[1].rank == 5 ? x[1][2] : 1, k = x[1][-1], f = x[0][1]
    let lead: Int, frames: Int
    switch self.time {
    case .causal: (lead, frames) = (time - 1, f)
    case .halved(let past): (lead, frames) = (past, (f + past - time) / 2 + 1)
    }
    let high = x[0][2], wide = x[0][3]
    switch space {
    case .same, .doubled: return (high, wide, frames, lead, time, k)
    case .halved: return ((high + 1 - k) / 2 + 1, (wide + 1 - k) / 2 + 1, frames, lead, time, k)
    }
  }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x.count == 3 + (isNormed ? 1 : 0) + (hasResidual ? 1 : 0) + (hasPast ? 1 : 0) && x[0].rank == 5
        && (x[1].rank == 5 || x[1].rank == 4) && x[1][1] == x[0].width && x[2].count == x[1][0]
        && x[1][-1] == x[1][-2] && x[1][-1] % 2 == 1, "convolution: \(x)")
    if case .halved(let past) = time {
      precondition(x[0][1] + past >= (x[1].rank == 5 ? x[1][2] : 1), "no frame can be made of \(x[0]) and \(past)")
    }
    let e = geometry(x), scale = space == .doubled ? 2 : 1,
      y = Shape([x[0][0], e.frames, e.rows * scale, e.columns * scale, x[1][0]])
    precondition(space != .doubled || e.k == 3, "what is doubled has a kernel of three")
    if let gamma = gamma(x) { precondition(gamma.count == x[0].width, "convolution: \(x)") }
    if let residual = residual(x) { precondition(residual == y, "convolution: \(residual) is added to \(y)") }
    if let past = past(x) {
      precondition(past == Shape([x[0][0], e.lead, x[0][2], x[0][3], x[0][4]]), "convolution: past \(past) of \(x[0])")
    }
    return (y, [])
  }

  private func convolve(_ x: [Tensor], _ type: ElementType) -> Convolve {
    let shapes = x.map(\.shape), e = geometry(shapes), s = shapes[0]
    var stride = (time: 1, space: 1)
    if case .halved = time { stride.time = 2 }
    if space == .halved { stride.space = 2 }
    return Convolve(
      compute: x[0].compute, type: type, samples: s[0], frames: s[1], height: s[2], width: s[3], channels: s[4],
      outputs: shapes[1][0], kernel: (e.t, e.k), stride: stride, before: space == .halved ? 0 : (e.k - 1) / 2,
      lead: e.lead, tail: 0, rows: e.rows, columns: e.columns, isDoubled: space == .doubled)
  }

  private func source(_ x: [Tensor]) -> Convolve.Source {
    .init(
      x: x[0].pointer, past: past(x).map { UnsafePointer($0.pointer) },
      gamma: gamma(x).map { UnsafePointer($0.pointer) },
      activation: isNormed ? .silu : .none)
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    convolve(x, operands).run(
      source(x), weight: .init(x[1], ld: x[1].count / max(1, x[1].shape[0])),
      .init(
        y: y.pointer, accumulate: false, bias: x[2].pointer, part: residual(x).map { UnsafePointer($0.pointer) }))
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard !hasPast else { return }
    if let slot = hasResidual ? dx[isNormed ? 4 : 3] : nil { slot.add(dy) }
    let c = y.compute, whole = convolve(x, operands)
    // Doubled pictures are differentiated as what they are.
    let wide = space == .doubled ? Self.doubled(x[0]) : x[0], plain = space == .doubled ? whole.widened : whole
    let source = Convolve.Source(
      x: wide.pointer, past: nil, gamma: gamma(x).map { UnsafePointer($0.pointer) },
      activation: isNormed ? .silu : .none)
    precondition(!(isNormed && space == .doubled), "what is doubled is not normed")
    let wantsX = dx[0] != nil || (isNormed && dx[3] != nil)
    if dx[1] != nil || dx[2] != nil || (wantsX && isNormed) {
      let prepared = plain.prepared(source)
      if dx[1] != nil || dx[2] != nil {
        plain.weightGradient(prepared, dy.pointer, weight: dx[1]?.open(), bias: dx[2]?.open())
      }
      if isNormed, wantsX {
        let slopes = Tensor(undefined: wide.shape, on: c)
        carry(plain, x[1], dy, to: slopes, accumulate: false)
        ChannelNorm.backward(.silu, x[0], x[3], norms: prepared.norms.base, slopes, dx[0], dx[3])
        withExtendedLifetime(prepared) {}
      }
    }
    guard !isNormed, let slot = dx[0] else { return }
    if space == .doubled {
      let slopes = Tensor(undefined: wide.shape, on: c)
      carry(plain, x[1], dy, to: slopes, accumulate: false)
      let (t, accumulate) = slot.open()
      Self.gathered(slopes, into: t, accumulate: accumulate)
    } else {
      let (t, accumulate) = slot.open()
      carry(plain, x[1], dy, to: t, accumulate: accumulate)
    }
  }

  /// ∂loss/∂x of a convolution from ∂loss/∂y.
  private func carry(_ plain: Convolve, _ weight: Tensor, _ dy: Tensor, to: Tensor, accumulate: Bool) {
    let turned = plain.turned, strided = plain.stride.time > 1 || plain.stride.space > 1
    let values = weight.stored.map { Tensor($0.values(dy.compute), weight.shape, on: dy.compute) } ?? weight,
      weights = plain.turnedWeights(values.pointer), spread = strided ? plain.spread(dy.pointer) : nil,
      k = plain.outputs * plain.kernel.time * plain.kernel.space * plain.kernel.space
    turned.run(
      .init(x: spread?.base ?? dy.pointer, past: nil, gamma: nil, activation: .none),
      weight: .init(weights.base, .f32, ld: k), .init(y: to.pointer, accumulate: accumulate, bias: nil, part: nil))
    withExtendedLifetime((weights, spread, values)) {}
  }

  /// Every pixel 2×2 times.
  private static func doubled(_ x: Tensor) -> Tensor {
    let s = x.shape, y = Tensor(undefined: [s[0], s[1], 2 * s[2], 2 * s[3], s[4]], on: x.compute), d = s[4], w = s[3],
      from = x.pointer, to = y.pointer
    x.compute.parallel(s[0] * s[1] * 2 * s[2]) { i, _ in
      let row = from + i / 2 * w * d, line = to + i * 2 * w * d
      for p in 0..<2 * w { (line + p * d).update(from: row + p / 2 * d, count: d) }
    }
    return y
  }

  /// Sums of 2×2 pixels.
  private static func gathered(_ y: Tensor, into x: Tensor, accumulate: Bool) {
    let s = y.shape, d = s[4], w = s[3] / 2, rows = s[0] * s[1] * s[2] / 2, from = y.pointer, to = x.pointer,
      c = y.compute
    c.parallel(rows) { i, _ in
      let top = from + 2 * i * 2 * w * d, bottom = top + 2 * w * d, line = to + i * w * d
      for p in 0..<w {
        for e in 0..<d {
          let at = 2 * p * d + e, sum = (top[at] + top[at + d]) + (bottom[at] + bottom[at + d])
          line[p * d + e] = accumulate ? line[p * d + e] + sum : sum
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let shapes = x.map(\.shape), e = geometry(shapes), s = shapes[0], c = s[4], o = shapes[1][0]
    var y = Oracle(zeros: infer(shapes).y)
    let scale = space == .doubled ? 2 : 1, before = space == .halved ? 0 : (e.k - 1) / 2,
      step = space == .halved ? 2 : 1
    var stepTime = 1
    if case .halved = time { stepTime = 2 }
    var seen = x[0]
    if let gamma = gamma(x) { seen = ChannelNorm.reference(.silu, seen, gamma) }
    let earlier = past(x).map { past in gamma(x).map { ChannelNorm.reference(.silu, past, $0) } ?? past }
    let residual = residual(x)
    for b in 0..<s[0] {
      for f in 0..<y.shape[1] {
        for v in 0..<y.shape[2] {
          for h in 0..<y.shape[3] {
            for n in 0..<o {
              var sum = x[2].values[n] + (residual.map { $0[b, f, v, h, n] } ?? 0)
              for t in 0..<e.t {
                let frame = f * stepTime + t - e.lead
                if frame < 0, earlier == nil { continue }
                for i in 0..<e.k {
                  for j in 0..<e.k {
                    let row = v * step + i - before, column = h * step + j - before
                    guard row >= 0, row < s[2] * scale, column >= 0, column < s[3] * scale else { continue }
                    for m in 0..<c {
                      let weight = x[1].values[(((n * c + m) * e.t + t) * e.k + i) * e.k + j]
                      let value =
                        frame < 0
                        ? earlier![b, e.lead + frame, row / scale, column / scale, m]
                        : seen[b, frame, row / scale, column / scale, m]
                      sum += weight * value
                    }
                  }
                }
              }
              y[b, f, v, h, n] = sum
            }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", Convolution(), [[1, 3, 4, 5, 2], [3, 2, 3, 3, 3], [3]]),
      OpCase("one picture", Convolution(), [[2, 2, 3, 4, 3], [2, 3, 3, 3], [2]]),
      OpCase("in time", Convolution(), [[1, 4, 2, 3, 5], [4, 5, 3, 1, 1], [4]]),
      OpCase("transformed", Convolution(), [[1, 3, 5, 7, 17], [5, 17, 3, 3, 3], [5]]),
      OpCase("transformed, many columns", Convolution(), [[2, 1, 3, 30, 16], [34, 16, 3, 3], [34]]),
      OpCase(
        "normed, with a residual", Convolution(isNormed: true, hasResidual: true),
        [[1, 2, 4, 3, 6], [5, 6, 3, 3, 3], [5], [6], [1, 2, 4, 3, 5]]),
      OpCase(
        "normed, transformed", Convolution(isNormed: true, hasResidual: true),
        [[1, 2, 4, 4, 16], [16, 16, 3, 3, 3], [16], [16], [1, 2, 4, 4, 16]]),
      OpCase("halved", Convolution(.halved), [[1, 2, 6, 4, 3], [4, 3, 3, 3], [4]]),
      OpCase("halved, odd", Convolution(.halved), [[1, 1, 5, 7, 2], [3, 2, 3, 3], [3]]),
      OpCase("doubled", Convolution(.doubled), [[1, 2, 3, 4, 3], [2, 3, 3, 3], [2]]),
      OpCase("halved in time", Convolution(.same, .halved(past: 0)), [[1, 5, 2, 3, 4], [3, 4, 3, 1, 1], [3]]),
      OpCase(
        "after past frames", Convolution(isNormed: true, hasPast: true),
        [[1, 2, 3, 4, 4], [3, 4, 3, 3, 3], [3], [4], [1, 2, 3, 4, 4]]),
      OpCase(
        "halved in time, after a past frame", Convolution(.same, .halved(past: 1), hasPast: true),
        [[1, 4, 2, 3, 4], [3, 4, 3, 1, 1], [3], [1, 1, 2, 3, 4]]),
    ]
  }
}
