import CKernels

/// The way back through a convolution: what it was given is itself one of the slopes, with the taps turned around, and
/// a weight's gradient is a product over all positions, in which a tap is an offset.
extension Convolve {
  /// The convolution that carries slopes [samples, framesOut, rows, columns, outputs], spread over the places that
  /// strides skipped, to x.
  var turned: Convolve {
    let lead = kernel.time - 1 - self.lead, frames = (framesOut - 1) * stride.time + 1
    return Convolve(
      compute: compute, type: type, samples: samples, frames: frames, height: (rows - 1) * stride.space + 1,
      width: (columns - 1) * stride.space + 1, channels: outputs, outputs: channels, kernel: kernel,
      stride: (1, 1), before: kernel.space - 1 - before, lead: lead,
      tail: self.frames + kernel.time - 1 - lead - frames, rows: height, columns: width, isDoubled: false)
  }

  /// The same over a picture that has been doubled.
  var widened: Convolve {
    Convolve(
      compute: compute, type: type, samples: samples, frames: frames, height: 2 * height, width: 2 * width,
      channels: channels, outputs: outputs, kernel: kernel, stride: stride, before: before, lead: lead, tail: tail,
      rows: 2 * rows, columns: 2 * columns, isDoubled: false)
  }

  /// Weights [outputs, channels, taps] as [channels, outputs, taps in reverse].
  func turnedWeights(_ weight: UnsafePointer<Float>) -> Buffer {
    let taps = kernel.time * kernel.space * kernel.space, buffer = compute.scratch(channels * outputs * taps),
      to = buffer.base, outputs = outputs, channels = channels
    compute.parallel(over: channels, grain: 1) { r in
      for c in r {
        for o in 0..<outputs {
          let from = weight + (o * channels + c) * taps, row = to + (c * outputs + o) * taps
          for t in 0..<taps { row[t] = from[taps - 1 - t] }
        }
      }
    }
    return buffer
  }

  /// Slopes at the places where a convolution of stride one would have had them, zeros between.
  func spread(_ dy: UnsafePointer<Float>) -> Buffer {
    let frames = (framesOut - 1) * stride.time + 1, high = (rows - 1) * stride.space + 1,
      wide = (columns - 1) * stride.space + 1, row = wide * outputs
    let buffer = compute.scratch(samples * frames * high * row), to = buffer.base, framesOut = framesOut
    compute.parallel(samples * frames * high) { i, _ in
      let y = i % high, f = i / high % frames, b = i / high / frames, line = to + i * row
      line.update(repeating: 0, count: row)
      guard y % stride.space == 0, f % stride.time == 0 else { return }
      let from = dy + ((b * framesOut + f / stride.time) * rows + y / stride.space) * columns * outputs
      for x in 0..<columns {
        (line + x * stride.space * outputs).update(from: from + x * outputs, count: outputs)
      }
    }
    return buffer
  }

  /// x as taps meet it, f32 [samples, lead + frames + tail, high, wide, channels], and what the norm kept of each row.
  struct Prepared {
    let buffer: Buffer, norms: Buffer
    let frames: Int, high: Int, wide: Int
    var positions: Int { frames * high * wide }
  }

  func prepared(_ source: Source) -> Prepared {
    let frames = lead + self.frames + tail, high = (rows - 1) * stride.space + kernel.space,
      wide = (columns - 1) * stride.space + kernel.space, row = wide * channels
    let buffer = compute.scratch(samples * frames * high * row), to = buffer.base,
      norms = compute.scratch(samples * self.frames * height * width), kept = norms.base, f32 = compute.f32
    compute.parallel(samples * frames * high) { i, _ in
      let y = i % high - before, f = i / high % frames - lead, b = i / high / frames, line = to + i * row
      line.update(repeating: 0, count: row)
      guard y >= 0, y < height, f >= 0, f < self.frames else { return }
      let first = ((b * self.frames + f) * height + y) * width
      f32.channel_rows(
        min(width, wide - before), channels, source.x + first * channels, source.gamma, source.activation.rawValue,
        kept + first, line + before * channels, channels)
    }
    return Prepared(buffer: buffer, norms: norms, frames: frames, high: high, wide: wide)
  }

  /// dW [outputs, channels, taps] and db [outputs], overwritten or added to.
  func weightGradient(
    _ x: Prepared, _ dy: UnsafePointer<Float>, weight: (tensor: Tensor, accumulate: Bool)?,
    bias: (tensor: Tensor, accumulate: Bool)?
  ) {
    let taps = kernel.time * kernel.space * kernel.space, positions = samples * x.positions, framesOut = framesOut
    // Slopes on the grid of what was prepared: a tap is then one offset.
    let grid = compute.scratch(positions * outputs), slopes = grid.base, row = x.wide * outputs
    compute.parallel(samples * x.frames * x.high) { i, _ in
      let y = i % x.high, f = i / x.high % x.frames, b = i / x.high / x.frames, line = slopes + i * row
      line.update(repeating: 0, count: row)
      guard y % stride.space == 0, y / stride.space < rows, f % stride.time == 0, f / stride.time < framesOut else {
        return
      }
      let from = dy + ((b * framesOut + f / stride.time) * rows + y / stride.space) * columns * outputs
      for p in 0..<columns {
        (line + p * stride.space * outputs).update(from: from + p * outputs, count: outputs)
      }
    }
    let products = Products(compute, .f32), kernels = compute.f32, mr = Int(kernels.mr), nr = Int(kernels.nr)
    let offsets = (0..<taps).map { t in
      let (time, place) = (t / (kernel.space * kernel.space), t % (kernel.space * kernel.space))
      return (time * x.high + place / kernel.space) * x.wide + place % kernel.space
    }
    // The last positions are further than any tap reaches.
    let used = positions - offsets[taps - 1], block = 1024
    let right = products.right(
      rows: channels, .init(x.buffer.base, .f32, ld: channels, columns: true), k: positions)
    let groups = (outputs + mr - 1) / mr, panels = (channels + nr - 1) / nr, times = kernel.time,
      each = taps / times, own = (mr * block + mr + each * mr * nr + 15) / 16 * 16
    let room = compute.scratch(compute.threads * own), rooms = room.base
    let to = weight?.tensor.pointer, sums = bias?.tensor.pointer
    compute.parallel(groups * panels * times) { index, worker in
      let time = index % times, panel = index / times % panels, from = index / times / panels * mr,
        count = min(mr, outputs - from), lanes = min(nr, channels - panel * nr)
      let left = rooms + worker * own, part = left + mr * block, tiles = part + mr,
        counts = panel == 0 && time == 0 && sums != nil
      guard to != nil || counts else { return }
      for word in Swift.stride(from: 0, to: used, by: block) {
        let some = min(block, used - word)
        products.pack(
          .init(slopes + word * outputs + from, .f32, ld: outputs, columns: true), count: count, some, width: mr, left,
          some, counts ? part : nil)
        if counts, let sums, let bias {
          for r in 0..<count {
            sums[from + r] = (word == 0 && !bias.accumulate ? 0 : sums[from + r]) + part[r]
          }
        }
        guard to != nil else { continue }
        for t in 0..<each {
          var out = ok_out(
            y: tiles + t * mr * nr, ld: nr, type: ElementType.f32.code, acc: word > 0 ? 1 : 0, bias: nil, act: 0,
            slope: 0, pre: nil, part: nil, ldpart: 0)
          kernels.tile(
            count, lanes, some, left, some, 0,
            right.base + panel * nr * right.words + (word + offsets[time * each + t]) * nr, right.words, &out)
        }
      }
      guard let to, let weight else { return }
      for r in 0..<count {
        for c in 0..<lanes {
          let row = to + ((from + r) * channels + panel * nr + c) * taps + time * each
          for t in 0..<each {
            let value = used > 0 ? tiles[(t * mr + r) * nr + c] : 0
            row[t] = weight.accumulate ? row[t] + value : value
          }
        }
      }
    }
    withExtendedLifetime((grid, right, room)) {}
  }
}
