import CKernels

/// y = x ∗ W + b over frames that lie channels last, at any stride and with any zeros around: the layers of networks for
/// recognition, which are only ever run frozen
///
/// x [B,F,H,W,C]  weight [O,C,t,k,k]  bias [O]  → y [B,F′,H′,W′,O], f32, with F′ = ⌊(F + zeros − t)/stride⌋ + 1, and so in
/// space. A gradient flows to x alone; `Convolution` is for layers that are trained.
public struct PaddedConvolution: Op {
  public let stride: Padding.Steps, zeros: Padding
  public init(stride: Padding.Steps = .init(), zeros: Padding = .init()) { (self.stride, self.zeros) = (stride, zeros) }

  public static let name = "PaddedConvolution"
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 }
  public func flops(_ x: [Shape]) -> Double {
    2 * Double(infer(x).y.count) * Double(x[1].count / max(1, x[1][0]))
  }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].rank == 5 && x[1].rank == 5 && x[1][1] == x[0].width && x[2].count == x[1][0] && x[1][3] == x[1][4],
      "padded convolution: \(x)")
    let k = x[1][3]
    precondition(
      zeros.rows.before < k && zeros.columns.before == zeros.rows.before && zeros.frames.before < x[1][2],
      "zeros \(zeros) of a kernel \(x[1])")
    let y = zeros.outputs(x[0], window: (x[1][2], k), stride)
    return ([x[0][0], y[1], y[2], y[3], x[1][0]], [])
  }
  /// Of x nothing but its shape.
  public var reads: BackwardReads { .inputs }

  private func convolve(_ compute: Compute, _ x: Shape, _ weight: Shape, _ y: Shape) -> Convolve {
    Convolve(
      compute: compute, type: .f32, samples: x[0], frames: x[1], height: x[2], width: x[3], channels: x[4],
      outputs: weight[0], kernel: (weight[2], weight[3]), stride: (stride.time, stride.space),
      before: zeros.rows.before, lead: zeros.frames.before, tail: zeros.frames.after, rows: y[2], columns: y[3],
      isDoubled: false)
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let plain = convolve(y.compute, x[0].shape, x[1].shape, y.shape)
    plain.run(
      .init(x: x[0].pointer, past: nil, gamma: nil, activation: .none),
      weight: .init(x[1], ld: x[1].count / max(1, x[1].shape[0])),
      .init(y: y.pointer, accumulate: false, bias: x[2].pointer, part: nil))
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let slot = dx[0] else { return }
    guard stride.time == 1, stride.space == 1 else { return scatter(x[1], dy, into: slot.openZeroed()) }
    let plain = convolve(y.compute, x[0].shape, x[1].shape, y.shape), turned = plain.turned,
      weights = plain.turnedWeights(x[1].pointer), (t, accumulate) = slot.open(),
      k = plain.outputs * plain.kernel.time * plain.kernel.space * plain.kernel.space
    turned.run(
      .init(x: dy.pointer, past: nil, gamma: nil, activation: .none), weight: .init(weights.base, .f32, ld: k),
      .init(y: t.pointer, accumulate: accumulate, bias: nil, part: nil))
    withExtendedLifetime(weights) {}
  }

  /// Adds to x's slopes what each output has of its window's: a product a frame, of which every row of x gathers its own.
  private func scatter(_ weight: Tensor, _ dy: Tensor, into x: Tensor) {
    let (s, w, o) = (x.shape, weight.shape, dy.shape), c = dy.compute, positions = o[2] * o[3], channels = s[4],
      window = w.count / w[0], (time, k, step) = (w[2], w[3], stride.space), before = zeros.rows.before
    let products = Products(c, .f32), sums = c.scratch(positions * window), from = sums.base
    for frame in 0..<o[0] * o[1] {
      let (sample, f) = (frame / o[1], frame % o[1])
      let left = products.left(
        .init(dy.pointer + frame * positions * o[4], .f32, ld: o[4]), rows: positions, k: o[4])
      products.multiply(
        rows: positions,
        [
          .init(
            window, [.init(left, .init(weight, ld: window, columns: true))],
            ok_out(
              y: from, ld: window, type: ElementType.f32.code, acc: 0, bias: nil, act: 0, slope: 0, pre: nil, part: nil,
              ldpart: 0))
        ])
      c.parallel(time * s[2]) { index, _ in
        let (t, row) = (index / s[2], index % s[2]), at = f * stride.time + t - zeros.frames.before
        guard at >= 0, at < s[1] else { return }
        let line = x.pointer + ((sample * s[1] + at) * s[2] + row) * s[3] * channels
        for r in 0..<o[2] {
          let i = row + before - r * step
          guard i >= 0, i < k else { continue }
          for q in 0..<o[3] {
            let slopes = from + (r * o[3] + q) * window
            for j in 0..<k {
              let column = q * step + j - before
              guard column >= 0, column < s[3] else { continue }
              for e in 0..<channels { line[column * channels + e] += slopes[((e * time + t) * k + i) * k + j] }
            }
          }
        }
      }
      withExtendedLifetime(left) {}
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (s, w) = (x[0].shape, x[1].shape)
    var y = Oracle(zeros: infer(x.map(\.shape)).y)
    for b in 0..<s[0] {
      for f in 0..<y.shape[1] {
        for v in 0..<y.shape[2] {
          for h in 0..<y.shape[3] {
            for n in 0..<w[0] {
              var sum = x[2].values[n]
              zeros.each(s, window: (w[2], w[3]), stride, (f, v, h)) { at, tap in
                for c in 0..<s[4] {
                  sum +=
                    x[0][b, at.frame, at.row, at.column, c] * x[1][n, c, tap.frame, tap.row, tap.column]
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
    let halved = Padding.Steps(time: 2, space: 2)
    return [
      OpCase("no zeros", PaddedConvolution(), [[1, 2, 4, 5, 2], [3, 2, 1, 3, 3], [3]]),
      OpCase(
        "zeros all around", PaddedConvolution(zeros: .init(frames: 1, 1, space: 1, 1)),
        [[1, 3, 4, 5, 2], [3, 2, 3, 3, 3], [3]]),
      OpCase(
        "transformed", PaddedConvolution(zeros: .init(frames: 1, 1, space: 1, 1)),
        [[2, 3, 5, 4, 17], [5, 17, 3, 3, 3], [5]]),
      OpCase(
        "five by five", PaddedConvolution(zeros: .init(space: 2, 2)), [[2, 1, 6, 5, 3], [4, 3, 1, 5, 5], [4]]),
      OpCase(
        "many taps", PaddedConvolution(zeros: .init(space: 3, 3)), [[1, 1, 6, 7, 3], [4, 3, 1, 7, 7], [4]]),
      OpCase(
        "strided", PaddedConvolution(stride: .init(space: 4), zeros: .init(space: 2, 2)),
        [[2, 1, 13, 15, 3], [5, 3, 1, 11, 11], [5]]),
      OpCase(
        "strided in time too", PaddedConvolution(stride: halved, zeros: .init(frames: 2, 3, space: 2, 3)),
        [[1, 4, 8, 6, 2], [3, 2, 7, 7, 7], [3]]),
      OpCase(
        "strided, few taps", PaddedConvolution(stride: halved, zeros: .init(frames: 0, 1, space: 0, 1)),
        [[1, 3, 5, 7, 4], [3, 4, 2, 3, 3], [3]]),
    ]
  }
}
