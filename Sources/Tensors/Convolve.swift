import CKernels

/// Convolutions of frames that lie channels last, as products: a task prepares a strip of every frame it needs (norm,
/// activation, borders) and multiplies all taps as runs of one sum. 3×3 taps of stride one go through the transformed
/// domain F(2×2, 3×3) (Lavin & Gray 2016), with 4/9 of the products.
///
/// Every output is one sum in one order: the same bits for any number of threads, strips or samples.
struct Convolve {
  let compute: Compute
  let type: ElementType
  /// x [samples, frames, height, width, channels].
  let samples: Int, frames: Int, height: Int, width: Int, channels: Int, outputs: Int
  let kernel: (time: Int, space: Int), stride: (time: Int, space: Int)
  /// Pixels of zeros above and to the left; frames before the first and after the last.
  let before: Int, lead: Int, tail: Int
  /// Rows and columns that are computed; with `doubled`, of x seen at twice its size, so half as many as are written.
  let rows: Int, columns: Int
  /// Whether x is seen with every pixel repeated 2×2: the taps that meet the same pixel are added beforehand.
  let isDoubled: Bool

  /// What is read: x, the `lead` frames before it (zeros without), what is done to them first.
  struct Source {
    let x: UnsafePointer<Float>, past: UnsafePointer<Float>?
    let gamma: UnsafePointer<Float>?, activation: Linear.Activation
  }
  /// Where sums go: y is written, or added to; `part` is added, in y's layout.
  struct Destination {
    let y: UnsafeMutablePointer<Float>, accumulate: Bool
    let bias: UnsafePointer<Float>?, part: UnsafePointer<Float>?
  }

  var framesOut: Int { (lead + frames + tail - kernel.time) / stride.time + 1 }
  private var products: Products { Products(compute, type) }
  private var kernels: ok_operand { compute.operand(type) }
  private var words: Int { products.words(channels) }
  /// Channels as they are prepared: whole words.
  private var deep: Int { words * Int(kernels.pair) }
  private var panels: Int { (outputs + Int(kernels.nr) - 1) / Int(kernels.nr) }

  /// Least channels for which transforming costs less than it saves.
  static let leastTransformed = 16
  private var isTransformed: Bool {
    kernel.space == 3 && stride.space == 1 && !isDoubled && channels >= Self.leastTransformed
  }
  /// Whether a row of the kernel is one run of the sum, since its taps lie side by side: of kernels with more taps than
  /// `Phase.sums` has bits.
  private var isByRows: Bool { kernel.time * kernel.space * kernel.space > UInt32.bitWidth }
  /// Words of a run.
  private var run: Int { isByRows ? kernel.space * words : words }

  /// Outputs that share their taps: all of them, or one of four in a doubled picture.
  private struct Phase {
    let row: Int, column: Int
    /// Where each tap reads, and which of the kernel's taps it adds up.
    let taps: [(time: Int, row: Int, column: Int)], sums: [UInt32]
  }

  private var phases: [Phase] {
    let space = kernel.space
    func phase(_ row: Int, _ column: Int, _ at: (Int, Int) -> Int) -> Phase {
      var taps: [(time: Int, row: Int, column: Int)] = [], sums: [UInt32] = []
      for t in 0..<kernel.time {
        for y in 0..<space {
          for x in 0..<space {
            let place = (time: t, row: at(row, y), column: at(column, x)),
              bit = UInt32(1) << ((t * space + y) * space + x)
            if let i = taps.firstIndex(where: { $0 == place }) {
              sums[i] |= bit
            } else {
              taps.append(place)
              sums.append(bit)
            }
          }
        }
      }
      return Phase(row: row, column: column, taps: taps, sums: sums)
    }
    guard !isByRows else {
      precondition(!isDoubled && deep == channels, "a kernel of more than \(UInt32.bitWidth) taps is f32 and undoubled")
      let taps = (0..<kernel.time * space).map { (time: $0 / space, row: $0 % space, column: 0) }
      return [Phase(row: 0, column: 0, taps: taps, sums: [])]
    }
    guard isDoubled else { return [phase(0, 0) { $1 }] }
    // Tap k of output 2i + p meets pixel ⌊(2i + p + k − 1) / 2⌋, which stands one further among prepared ones.
    return (0..<4).map { phase($0 / 2, $0 % 2) { ($0 + $1 + 1) / 2 } }
  }

  /// Words of every panel, ready to be multiplied by.
  private struct Weights {
    let buffer: Buffer
    /// Floats from a panel to the next; from a phase or a position to the next.
    let panel: Int, set: Int
  }

  /// - Parameter source: rows are outputs, the sum's elements [channels, time, row, column].
  private func weights(_ source: Products.Source, _ phases: [Phase]) -> Weights {
    let nr = Int(kernels.nr), taps = kernel.time * kernel.space * kernel.space, k = channels * taps, kernels = kernels,
      channels = channels, panels = panels, outputs = outputs
    let longest = phases.map(\.taps.count).max() ?? 0,
      panel = (isTransformed ? kernel.time * words : longest * run) * nr, isByRows = isByRows,
      sets = isTransformed ? 16 : phases.count, set = panel * panels
    let room = compute.scratch(compute.threads * k * nr), rooms = room.base, buffer = compute.scratch(sets * set),
      base = buffer.base, time = kernel.time, isTransformed = isTransformed, f32 = Products(compute, .f32)
    compute.parallel(panels) { i, worker in
      let packed = rooms + worker * k * nr
      // An f32 panel whatever the operands are: it is summed or transformed before it is rounded.
      f32.pack(
        source.ready(for: .f32).from(row: i * nr, k: 0), count: min(nr, outputs - i * nr), k, width: nr, packed, k)
      if isTransformed {
        kernels.winograd_weights(channels, time, packed, base + i * panel, set)
      } else if isByRows {
        // Taps first, then channels.
        for t in 0..<taps {
          for c in 0..<channels {
            (base + i * panel + (t * channels + c) * nr).update(from: packed + (c * taps + t) * nr, count: nr)
          }
        }
      } else {
        for (p, phase) in phases.enumerated() {
          phase.sums.withUnsafeBufferPointer {
            kernels.tap_weights(channels, taps, packed, $0.count, $0.baseAddress!, base + p * set + i * panel)
          }
        }
      }
    }
    withExtendedLifetime(room) {}
    return Weights(buffer: buffer, panel: panel, set: set)
  }

  /// A strip of rows, and what a task needs to hold of a frame.
  private struct Strip {
    /// Rows that are computed together (pairs of rows when transformed), and how many strips a frame has.
    let rows: Int, count: Int
    /// Rows and pixels that are prepared of a frame.
    let rowsIn: Int, columnsIn: Int
    /// Tiles of a strip: transformed only.
    let tiles: Int, wide: Int
    /// Floats: of f32 rows; of a prepared frame; of products before they are transformed back.
    let plain: Int, slot: Int, sums: Int
    /// Floats before the first slot that may be read.
    let slack: Int
    func size(_ time: Int) -> Int { plain + slack + time * slot + sums }
  }

  /// Most floats of a transformed frame's strip, and the tasks that are wanted.
  private static let mostTransformed = 3 << 18, tasksWanted = 12

  private var strip: Strip {
    func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
    let slack = lines((Int(kernels.mr) * stride.space * deep * type.size + 3) / 4)
    guard isTransformed else {
      let some = max(1, min(rows, 16, rows * samples / Self.tasksWanted))
      let taken = (some - 1) * stride.space + (isDoubled ? 3 : kernel.space),
        columnsIn = (columns - 1) * stride.space + (isDoubled ? 3 : kernel.space)
      return Strip(
        rows: some, count: (rows + some - 1) / some, rowsIn: taken, columnsIn: columnsIn, tiles: 0, wide: 0,
        plain: lines(channels * width), slot: lines((taken * columnsIn * deep * type.size + 3) / 4), sums: 0,
        slack: slack)
    }
    let wide = (columns + 1) / 2, high = (rows + 1) / 2,
      most = max(1, Self.mostTransformed / (16 * wide * deep)), wanted = max(1, high * samples / Self.tasksWanted)
    let some = min(high, most, max(wanted, (56 + wide - 1) / wide)), tiles = some * wide
    return Strip(
      rows: some, count: (high + some - 1) / some, rowsIn: 2 * some + 2, columnsIn: 2 * wide + 2, tiles: tiles,
      wide: wide, plain: lines((2 * some + 2) * (2 * wide + 2) * channels),
      slot: lines((16 * tiles * deep * type.size + 3) / 4), sums: lines(16 * tiles * outputs), slack: slack)
  }

  /// Writes y from x. - Parameter weight: rows are outputs, the sum's elements [channels, time, row, column].
  func run(_ source: Source, weight: Products.Source, _ to: Destination) {
    guard samples * rows * columns * outputs * framesOut > 0 else { return }
    let phases = phases, weights = weights(weight, phases), strip = strip, time = kernel.time, step = stride.time,
      size = strip.size(time)
    let room = compute.scratch(compute.threads * size), rooms = room.base, total = lead + frames + tail
    compute.parallel(samples * strip.count) { index, worker in
      let sample = index / strip.count, first = index % strip.count * strip.rows, own = rooms + worker * size
      for frame in 0..<total {
        let slot = own + strip.plain + strip.slack + frame % time * strip.slot
        prepare(source, sample: sample, frame: frame - lead, from: first, strip, plain: own, slot)
        let last = frame - time + 1
        guard last >= 0, last % step == 0 else { continue }
        // Byte offsets of each of the kernel's frames from the first slot.
        let offsets = (0..<time).map { (last + $0) % time * strip.slot * 4 }, slots = own + strip.plain + strip.slack
        if isTransformed {
          multiplyTransformed(weights, slots, offsets, strip, sums: slots + time * strip.slot)
          finish(to, sample: sample, frame: last / step, from: first, strip, sums: slots + time * strip.slot)
        } else {
          for (i, phase) in phases.enumerated() {
            multiply(
              phase, weights.buffer.base + i * weights.set, weights.panel / Int(kernels.nr), slots, offsets, strip, to,
              sample: sample,
              frame: last / step, from: first)
          }
        }
      }
    }
    withExtendedLifetime((room, weights.buffer)) {}
  }

  /// A strip of a frame as it is multiplied. Frames before 0 are past ones.
  private func prepare(
    _ source: Source, sample: Int, frame: Int, from first: Int, _ strip: Strip, plain: UnsafeMutablePointer<Float>,
    _ slot: UnsafeMutablePointer<Float>
  ) {
    let picture = height * width * channels,
      at: UnsafePointer<Float>? =
        frame < 0
        ? source.past.map { $0 + (sample * lead + lead + frame) * picture }
        : frame < frames ? source.x + (sample * frames + frame) * picture : nil
    let f32 = compute.f32, kernels = kernels, activation = source.activation.rawValue
    guard isTransformed else {
      let raw = UnsafeMutableRawPointer(slot), row = strip.columnsIn * deep * type.size,
        above = first * stride.space - before
      raw.initializeMemory(as: UInt8.self, repeating: 0, count: strip.rowsIn * row)
      guard let at else { return }
      let inside = min(width, strip.columnsIn - before)
      for y in max(0, -above)..<max(0, -above, min(strip.rowsIn, height - above)) {
        kernels.channel_rows(
          inside, channels, at + (above + y) * width * channels, source.gamma, activation, nil,
          raw + y * row + before * deep * type.size, deep)
      }
      return
    }
    let row = strip.columnsIn * channels, above = 2 * first - before
    plain.update(repeating: 0, count: strip.rowsIn * row)
    if let at {
      let inside = min(width, strip.columnsIn - before)
      for y in max(0, -above)..<max(0, -above, min(strip.rowsIn, height - above)) {
        f32.channel_rows(
          inside, channels, at + (above + y) * width * channels, source.gamma, activation, nil,
          plain + y * row + before * channels, channels)
      }
    }
    let raw = UnsafeMutableRawPointer(slot), position = strip.tiles * deep
    if deep > channels { raw.initializeMemory(as: UInt8.self, repeating: 0, count: 16 * position * type.size) }
    for y in 0..<strip.rows {
      kernels.winograd_input(
        strip.wide, channels, plain + 2 * y * row, row, raw + y * strip.wide * deep * type.size, deep, position)
    }
  }

  /// Products of every position, a run of the sum a frame.
  private func multiplyTransformed(
    _ weights: Weights, _ slots: UnsafeMutablePointer<Float>, _ offsets: [Int], _ strip: Strip,
    sums: UnsafeMutablePointer<Float>
  ) {
    let nr = Int(kernels.nr), words = words, kernels = kernels, run = words * nr, length = kernel.time * words,
      most = max(1, Products.mostWords / words)
    for position in 0..<16 {
      let a = UnsafeRawPointer(slots) + position * strip.tiles * deep * type.size,
        b = weights.buffer.base + position * weights.set
      for t in Swift.stride(from: 0, to: kernel.time, by: most) {
        let count = min(most, kernel.time - t)
        var out = ok_out(
          y: sums + position * strip.tiles * outputs, ld: outputs, type: ElementType.f32.code, acc: t > 0 ? 1 : 0,
          bias: nil, act: 0, slope: 0, pre: nil, part: nil, ldpart: 0)
        offsets.withUnsafeBufferPointer {
          kernels.tile_taps(
            strip.tiles, outputs, words, a, deep, count, $0.baseAddress! + t, b + t * run, length, &out)
        }
      }
    }
  }

  private func finish(
    _ to: Destination, sample: Int, frame: Int, from first: Int, _ strip: Strip, sums: UnsafeMutablePointer<Float>
  ) {
    let row = columns * outputs
    for y in 0..<strip.rows {
      let at = 2 * (first + y), there = min(2, rows - at)
      guard there > 0 else { return }
      let offset = ((sample * framesOut + frame) * rows + at) * row
      compute.f32.winograd_output(
        strip.wide, outputs, sums + y * strip.wide * outputs, strip.tiles * outputs, there, columns, to.bias,
        to.part.map { $0 + offset }, to.accumulate ? 1 : 0, to.y + offset, row)
    }
  }

  private func multiply(
    _ phase: Phase, _ panels: UnsafeMutablePointer<Float>, _ length: Int, _ slots: UnsafeMutablePointer<Float>,
    _ offsets: [Int], _ strip: Strip, _ to: Destination, sample: Int, frame: Int, from first: Int
  ) {
    let kernels = kernels, pixel = deep * type.size, row = strip.columnsIn * pixel, scale = isDoubled ? 2 : 1
    let runs = phase.taps.map { offsets[$0.time] + $0.row * row + $0.column * pixel }
    let line = columns * scale * outputs
    runs.withUnsafeBufferPointer { runs in
      for y in 0..<min(strip.rows, rows - first) {
        let offset =
          ((sample * framesOut + frame) * rows * scale + (first + y) * scale + phase.row) * line + phase.column
          * outputs
        var out = ok_out(
          y: to.y + offset, ld: scale * outputs, type: ElementType.f32.code, acc: to.accumulate ? 1 : 0, bias: to.bias,
          act: 0, slope: 0, pre: nil, part: to.part.map { $0 + offset }, ldpart: scale * outputs)
        kernels.tile_taps(
          columns, outputs, run, UnsafeRawPointer(slots) + y * stride.space * row, stride.space * deep, runs.count,
          runs.baseAddress!, panels, length, &out)
      }
    }
  }
}
