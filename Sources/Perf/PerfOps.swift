import Files
import Foundation
import Models
import Nets
import Tensors

/// `orrery perf ops`: every op of the catalogue, forward and backward, at the shapes a training step gives it, beside
/// the roofline.
///
/// The shapes come from a tape: a step of the model is recorded, and each op it holds is timed alone on the tensors it
/// saw. An op that the step does not use is timed on the largest of its test cases. The step's products stand beside
/// OpenBLAS's too.
public struct PerfOps {
  /// Of the model whose step it is.
  public let options: PerfOptions
  /// Least seconds spent on each measurement.
  public let seconds: Double

  public init(_ options: PerfOptions, seconds: Double) {
    var options = options
    // A block that is run again records itself as one piece.
    options.recompute = false
    (self.options, self.seconds) = (options, seconds)
  }

  /// One op at one set of shapes.
  private struct Item { let name: String, note: String, op: any Op, inputs: [Tensor], wanted: [Bool]; var count: Int }

  /// One pass of one op.
  package struct Row {
    package let name: String, pass: String, shapes: String
    package let count: Int
    package let seconds: Double, flops: Double, bytes: Double, roof: Double
    package var share: Double { roof / seconds }
  }

  public func run(on compute: Compute, _ console: Console) throws -> Perf.Result {
    let items = try items(compute)
    // With no time given this is a trial, on roofs of straw.
    let roof = Roofline(
      product: Self.large(seconds > 0 ? 2048 : 32, compute.products(options.products), compute),
      streamed: seconds > 0 ? 1 << 26 : 1 << 16, on: compute)
    let progress = console.progress("timing ops", total: items.count)
    var rows: [Row] = []
    for (i, item) in items.enumerated() {
      rows += time(item, roof, compute)
      progress.update(i + 1, item.name)
    }
    rows.append(optimizer(try options.config(), roof, compute))
    let yardstick = try PerfYardstick(Self.products(items), seconds: seconds, instructions: compute.instructions)
    return result(rows, roof, yardstick, compute)
  }

  /// The forward products of the step's `Linear`s; several projections of one x count as one product.
  private static func products(_ items: [Item]) -> [PerfYardstick.Product] {
    items.filter { $0.op is Linear && $0.count > 0 }.map { item in
      let outputs = stride(from: 1, to: item.inputs.count, by: 2).reduce(0) { $0 + item.inputs[$1].shape[0] }
      return PerfYardstick.Product(rows: item.inputs[0].shape.rows, k: item.inputs[0].shape.width, n: outputs)
    }
  }

  /// x [rows, 1536] in the type of the products, weight [1536, 1536] and bias; for few rows a smaller weight.
  private static func large(_ rows: Int, _ type: ElementType, _ compute: Compute) -> [Tensor] {
    let width = min(1536, rows), x = Tensor.normals([rows, width], seed: 3, on: compute)
    return [
      Tensor(x.values, x.shape, type, on: compute), .normals([width, width], seed: 4, on: compute),
      Tensor(zeros: [width], on: compute),
    ]
  }

  /// The different ops of one training step, in the order they first appear, then those of the catalogue that it lacks.
  private func items(_ compute: Compute) throws -> [Item] {
    let config = try options.fittingConfig(), tape = Tape()
    let input = PerfInput(options, config, on: compute), loss = input.loss(tape, into: Gradients(of: input.parameters))
    var items: [Item] = [], places: [String: Int] = [:]
    for (op, inputs) in tape.recorded {
      let name = type(of: op).name, shapes = Self.describe(inputs)
      if let at = places["\(op) \(shapes)"] { items[at].count += 1; continue }
      places["\(op) \(shapes)"] = items.count
      items.append(
        Item(
          name: name, note: "", op: op, inputs: inputs.map(\.detached), wanted: inputs.map { $0.trace != nil }, count: 1
        ))
    }
    tape.backward(loss)  // lets go of everything but what was kept above
    for entry in Catalogue.ops where !items.contains(where: { $0.name == entry.name }) {
      guard
        let largest = entry.cases.max(by: {
          $0.shapes.reduce(0) { $0 + $1.count } < $1.shapes.reduce(0) { $0 + $1.count }
        })
      else { continue }
      let inputs = largest.shapes.enumerated().map { i, shape in
        largest.fixed[i].map { Tensor($0, shape, on: compute) } ?? .normals(shape, seed: UInt64(i), on: compute)
      }
      items.append(
        Item(
          name: entry.name, note: "test case", op: largest.op, inputs: inputs,
          wanted: inputs.indices.map(largest.op.isDifferentiable), count: 0))
    }
    return items
  }

  /// x and every other input that is no vector, equal ones counted: "4×512×384 · 384×384 (3)".
  private static func describe(_ x: [Tensor]) -> String {
    func text(_ t: Tensor) -> String {
      t.shape.sizes.map(String.init).joined(separator: "×") + (t.type == .f32 ? "" : " \(t.type)")
    }
    var parts: [(text: String, count: Int)] = []
    for t in x.dropFirst() where t.shape.rank >= 2 {
      if parts.last?.text == text(t) { parts[parts.count - 1].count += 1 } else { parts.append((text(t), 1)) }
    }
    return ([text(x[0])] + parts.map { $0.count > 1 ? "\($0.text) (\($0.count))" : $0.text }).joined(separator: " · ")
  }

  private func time(_ item: Item, _ roof: Roofline, _ compute: Compute) -> [Row] {
    let shapes = item.inputs.map(\.shape), y = item.op.apply(item.inputs)
    let flops = item.op.flops(shapes), note = item.note.isEmpty ? "" : " (\(item.note))"
    let inputBytes = item.inputs.reduce(0.0) { $0 + Double($1.byteCount) },
      gradientBytes = zip(item.inputs, item.wanted).reduce(0.0) { $0 + ($1.1 ? Double($1.0.byteCount) : 0) }
    let forward = Stopwatch.median(seconds: seconds) { _ = item.op.apply(item.inputs) }
    let forwardBytes = inputBytes + Double(y.byteCount)
    var rows = [
      Row(
        name: item.name, pass: "forward", shapes: Self.describe(item.inputs) + note, count: item.count,
        seconds: forward, flops: flops, bytes: forwardBytes,
        roof: roof.seconds(flops: flops, bytes: forwardBytes))
    ]
    guard item.wanted.contains(true) else { return rows }
    let storage = item.inputs.map { $0.copy() }
    let backward = Stopwatch.median(
      seconds: seconds,
      prepare: { () -> (Tape, Tensor) in
        let tape = Tape()
        let x = item.inputs.indices.map { i in
          item.wanted[i] ? tape.leaf(item.inputs[i], gradient: Leaf(gradient: storage[i])) : item.inputs[i]
        }
        return (tape, item.op.apply(x))
      }
    ) { tape, traced in tape.backward(traced, seed: y) }
    // The tape copies the cotangent, which the op may then overwrite: one read and one write more.
    // Without a gradient for its first input a product's way back is one product, not two.
    let passes = item.wanted[0] ? 2.0 : 1
    let backwardBytes = inputBytes + 3 * Double(y.byteCount) + gradientBytes
    rows.append(
      Row(
        name: item.name, pass: "backward", shapes: Self.describe(item.inputs) + note, count: item.count,
        seconds: backward, flops: passes * flops,
        bytes: backwardBytes, roof: roof.seconds(flops: passes * flops, bytes: backwardBytes)))
    return rows
  }

  /// Clip, AdamW and the moving average over all of the model's parameters: what a step does after its backward pass.
  private func optimizer(_ config: WorldTransformerConfig, _ roof: Roofline, _ compute: Compute) -> Row {
    let parameters = PerfInput(options, config, on: compute).parameters, gradients = Gradients(of: parameters),
      optimizer = AdamW(parameters, .init()), average = MovingAverage(parameters, decay: 0.999)
    let seconds = Stopwatch.median(seconds: seconds) {
      optimizer.step(parameters, gradients, rate: 1e-4, clip: 1)
      average.update(parameters, updates: optimizer.updates)
    }
    // Once through: values, gradients, two moments and the average are read; all but the gradients are written.
    let bytes = 36 * Double(parameters.count)
    return Row(
      name: "AdamW", pass: "clip+EMA", shapes: "\(parameters.count) parameters", count: 1, seconds: seconds,
      flops: 20 * Double(parameters.count), bytes: bytes, roof: roof.seconds(flops: 0, bytes: bytes))
  }

  private func result(_ rows: [Row], _ roof: Roofline, _ yardstick: PerfYardstick, _ compute: Compute) -> Perf.Result {
    let value: Value = [
      "isa": .string(compute.instructions), "dtype": .string(options.products.rawValue),
      "threads": Value(compute.threads),
      "roofline": [
        "gflop_per_s": .number(roof.gflops), "memory_gb_per_s": .number(roof.memory),
        "cache_gb_per_s": .number(roof.cached),
      ],
      "ops": .array(
        rows.map { r in
          [
            "op": .string(r.name), "pass": .string(r.pass), "shapes": .string(r.shapes), "per_step": Value(r.count),
            "ms": .number(r.seconds * 1e3),
            "gflop_per_s": .number(r.flops / r.seconds / 1e9), "gb_per_s": .number(r.bytes / r.seconds / 1e9),
            "share_of_roofline": .number(r.share),
          ]
        }),
      "yardstick": yardstick.value,
    ]
    let table = TextTable.text(
      [["op", "pass", "shapes", "a step", "ms", "GFLOP/s", "GB/s", "of roof"]]
        + rows.map { r in
          [
            r.name, r.pass, r.shapes, "\(r.count)×", Text.short(r.seconds * 1e3), Text.short(r.flops / r.seconds / 1e9),
            Text.short(r.bytes / r.seconds / 1e9),
            Text.fixed(100 * r.share, 0) + " %",
          ]
        })
    let head =
      "\(options.products), \(compute.instructions), \(compute.threads) threads; roofs measured here: \(Text.short(roof.gflops)) GFLOP/s in products, \(Text.short(roof.memory)) GB/s from memory, "
      + "\(Text.short(roof.cached)) GB/s from the caches (ops of up to \(Text.bytes(Roofline.cacheBytes)))"
    return Perf.Result(value: value, text: head + "\n" + table + "\n\n" + yardstick.text)
  }
}

extension Tensor {
  fileprivate var byteCount: Int { count * type.size }

  fileprivate static func normals(_ shape: Shape, seed: UInt64, on compute: Compute) -> Tensor {
    let tensor = Tensor(undefined: shape, on: compute)
    Random(seed: seed).fillNormal(tensor, .sample)
    return tensor
  }
}
