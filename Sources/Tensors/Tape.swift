import CKernels

/// A record of the ops a forward pass ran, in order; `backward` walks it from the end.
///
/// Values are numbered; a node is an op, the tensors it saw and the number it produced. What a node keeps is released
/// as soon as its backward has run, so memory falls as the walk goes.
public final class Tape {
  private struct Node {
    let op: any Op
    let inputs: [Input]
    let output: Tensor
    let kept: [Tensor]
    let value: Int
  }

  /// What an op saw: the tensor, or only its description where its elements are not read again or can be had again from
  /// a cheap op.
  private struct Input {
    let tensor: Tensor
    let remake: Remake?

    /// The tensor with its elements, without a trace.
    var whole: Tensor { remake.map { $0.op.apply($0.inputs) } ?? tensor.detached }
  }

  /// How to have the output of a cheap op again; its inputs carry no trace.
  private struct Remake { let op: any Op, inputs: [Tensor] }

  /// A stretch of the forward pass of which only the input was kept.
  private struct Segment {
    let input: Tensor
    let body: (Tensor) -> Tensor
    let value: Int
  }

  private enum Entry {
    case op(Node), segment(Segment)
    var value: Int {
      switch self {
      case .op(let n): n.value;
      case .segment(let s): s.value
      }
    }
  }

  private var entries: [Entry] = []
  /// Above zero while a segment runs forward: its ops leave nothing behind.
  private var paused = 0
  private var values = 0
  /// The outputs of cheap ops by their numbers.
  private var remakes: [Int: Remake] = [:]
  private var leaves: [Int: Leaf] = [:]
  private var gradients: [Int: Tensor] = [:]

  public init() {}

  /// Ops recorded so far, for printing and tests.
  public var operations: [String] {
    entries.map { entry in
      switch entry {
      case .op(let node): type(of: node.op).name
      case .segment: "recompute"
      }
    }
  }

  /// The same, with what each op saw, zeros where nothing kept it: for timing them one by one. Segments that are run
  /// again are left out.
  package var recorded: [(op: any Op, inputs: [Tensor])] {
    entries.compactMap { entry in
      guard case .op(let node) = entry else { return nil }
      return (
        node.op,
        node.inputs.map { input in
          let seen = input.tensor
          var whole =
            seen.isDescription && input.remake == nil
            ? Tensor(cleared: seen.shape, seen.type, on: seen.compute) : input.whole
          whole.trace = seen.trace
          return whole
        }
      )
    }
  }

  /// `value` as something gradients flow to; they arrive in `leaf`.
  public func leaf(_ value: Tensor, gradient leaf: Leaf) -> Tensor {
    var traced = value
    traced.trace = Trace(tape: self, value: values)
    leaves[values] = leaf
    values += 1
    return traced
  }

  package func record(_ op: any Op, _ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) -> Tensor {
    guard paused == 0 else { return y }
    var traced = y
    traced.trace = Trace(tape: self, value: values)
    let inputs = x.map { x -> Input in
      guard op.reads.contains(.inputs) else { return Input(tensor: x.description, remake: nil) }
      let remake = x.trace.flatMap { remakes[$0.value] }
      return Input(tensor: remake == nil ? x : x.description, remake: remake)
    }
    if op.isCheap { remakes[values] = Remake(op: op, inputs: x.map(\.detached)) }
    entries.append(
      .op(
        Node(op: op, inputs: inputs, output: op.reads.contains(.output) ? y : y.description, kept: kept, value: values))
    )
    values += 1
    return traced
  }

  /// `body(x)`, of which only x is kept; the backward pass runs `body` again and differentiates that (Chen et al.
  /// 2016). The same bits as without. Gradients reach x and whatever traced tensors `body` uses. Without a trace on x
  /// it is just `body(x)`.
  public static func recompute(_ x: Tensor, _ body: @escaping (Tensor) -> Tensor) -> Tensor {
    guard let tape = x.trace?.tape, tape.paused == 0 else { return body(x) }
    tape.paused += 1
    var y = body(x).detached
    tape.paused -= 1
    y.trace = Trace(tape: tape, value: tape.values)
    tape.entries.append(.segment(Segment(input: x, body: body, value: tape.values)))
    tape.values += 1
    return y
  }

  /// Propagates from `loss` (one element) with the weight `seed`. The tape is empty afterwards; its leaves stay, so a
  /// bound model can be run and differentiated again.
  public func backward(_ loss: Tensor, seed: Float = 1) {
    precondition(loss.count == 1, "backward starts at one number, not \(loss.shape)")
    backward(loss, seed: Tensor([seed], loss.shape, on: loss.compute))
  }

  /// Propagates from any tensor with the given cotangent (a vector–Jacobian product).
  public func backward(_ y: Tensor, seed: Tensor) {
    guard let trace = y.trace else { return }
    precondition(trace.tape === self, "the tensor belongs to another tape")
    precondition(
      entries.contains { $0.value == trace.value },
      "nothing is recorded for this tensor: backward already ran, and the tape keeps nothing of it")
    // Ops may overwrite their cotangent; the caller's stays as it is.
    gradients[trace.value] = seed.copy()
    while let entry = entries.popLast() {
      remakes[entry.value] = nil
      guard let dy = gradients.removeValue(forKey: entry.value) else { continue }
      guard case .op(let node) = entry else {
        // Recorded afresh, its ops are next to be popped.
        if case .segment(let segment) = entry, let value = segment.body(segment.input).trace?.value {
          gradients[value] = dy
        }
        continue
      }
      let slots = node.inputs.map(\.tensor).map { x in
        x.trace.map { Gradient(tape: self, value: $0.value, shape: x.shape, type: x.type, compute: x.compute) }
      }
      node.op.backward(node.inputs.map(\.whole), node.output, node.kept, dy.reshaped(node.output.shape), slots)
    }
    gradients = [:]
  }

  fileprivate func destination(
    _ value: Int, _ shape: Shape, _ type: ElementType, _ compute: Compute
  ) -> (tensor: Tensor, accumulate: Bool) {
    if let leaf = leaves[value] {
      defer { leaf.written = true }
      return (leaf.gradient.reshaped(shape), leaf.written)
    }
    if let tensor = gradients[value] { return (tensor.reshaped(shape), true) }
    let tensor = Tensor(undefined: shape, type, on: compute)
    gradients[value] = tensor
    return (tensor, false)
  }

  fileprivate func adopt(_ value: Int, _ tensor: Tensor) -> Bool {
    guard leaves[value] == nil, gradients[value] == nil else { return false }
    gradients[value] = tensor
    return true
  }
}

/// Where a tensor stands on a tape.
package struct Trace {
  package let tape: Tape
  package let value: Int
}

/// Storage for the gradient of a tape's input; `written` says whether anything has arrived since it was last cleared.
public final class Leaf {
  public let gradient: Tensor
  public var written = false
  public init(gradient: Tensor) { self.gradient = gradient }
}

/// A gradient an op's backward is asked to add to.
public struct Gradient {
  let tape: Tape
  let value: Int
  let shape: Shape
  let type: ElementType
  let compute: Compute

  /// The tensor to write, and whether to add (1) or overwrite (0). Call it once: after it the gradient counts as
  /// written.
  func open() -> (tensor: Tensor, accumulate: Bool) { tape.destination(value, shape, type, compute) }

  /// The tensor to add to, zeroed first when nothing has been written: for outputs that are touched in parts.
  func openZeroed() -> Tensor {
    let (tensor, accumulate) = open()
    if !accumulate { tensor.pointer.update(repeating: 0, count: tensor.count) }
    return tensor
  }

  /// Adds `d`, which must not be used afterwards: when nothing was written yet its storage simply becomes the gradient.
  func adopt(_ d: Tensor) {
    if d.type == type, tape.adopt(value, d.detached) { return }
    add(d)
  }

  /// Adds a copy of `d`.
  func add(_ d: Tensor) {
    let (tensor, accumulate) = open(), d = d.widened
    precondition(tensor.count == d.count)
    let kernels = tensor.kernels, from = d.pointer, to = tensor.raw, size = type.size
    compute.parallel(over: d.count, grain: 1 << 13) { r in
      kernels.round_rows(
        1, r.count, from + r.lowerBound, r.count, to + r.lowerBound * size, r.count, accumulate ? 1 : 0)
    }
  }
}
