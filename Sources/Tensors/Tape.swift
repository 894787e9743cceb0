/// A record of the ops a forward pass ran, in order; `backward` walks it from the end.
///
/// Values are numbered; a node is an op, the tensors it saw and the number it produced. What a node keeps is released as
/// soon as its backward has run, so memory falls as the walk goes.
public final class Tape {
  private struct Node {
    let op: any Op
    let inputs: [Tensor]
    let output: Tensor
    let kept: [Tensor]
    let value: Int
  }

  private var nodes: [Node] = []
  private var values = 0
  private var leaves: [Int: Leaf] = [:]
  private var gradients: [Int: Tensor] = [:]

  public init() {}

  /// Ops recorded so far, for printing and tests.
  public var operations: [String] { nodes.map { String(describing: type(of: $0.op)) } }

  /// The same, with what each op saw: for timing them one by one.
  package var recorded: [(op: any Op, inputs: [Tensor])] { nodes.map { ($0.op, $0.inputs) } }

  /// `value` as something gradients flow to; they arrive in `leaf`.
  public func leaf(_ value: Tensor, gradient leaf: Leaf) -> Tensor {
    var traced = value
    traced.trace = Trace(tape: self, value: values)
    leaves[values] = leaf
    values += 1
    return traced
  }

  package func record(_ op: any Op, _ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) -> Tensor {
    var traced = y
    traced.trace = Trace(tape: self, value: values)
    nodes.append(Node(op: op, inputs: x, output: y, kept: kept, value: values))
    values += 1
    return traced
  }

  /// Propagates from `loss` (one element) with the weight `seed`. The tape is empty afterwards; its leaves stay, so a bound
  /// model can be run and differentiated again.
  public func backward(_ loss: Tensor, seed: Float = 1) {
    precondition(loss.count == 1, "backward starts at one number, not \(loss.shape)")
    backward(loss, seed: Tensor([seed], loss.shape, on: loss.compute))
  }

  /// Propagates from any tensor with the given cotangent (a vector–Jacobian product).
  public func backward(_ y: Tensor, seed: Tensor) {
    guard let trace = y.trace else { return }
    precondition(trace.tape === self, "the tensor belongs to another tape")
    precondition(nodes.contains { $0.value == trace.value }, "nothing is recorded for this tensor: backward already ran, and the tape keeps nothing of it")
    // Ops may overwrite their cotangent; the caller's stays as it is.
    gradients[trace.value] = seed.copy()
    while let node = nodes.popLast() {
      guard let dy = gradients.removeValue(forKey: node.value) else { continue }
      let slots = node.inputs.map { x -> Gradient? in x.trace.map { Gradient(tape: self, value: $0.value, shape: x.shape, compute: x.compute) } }
      node.op.backward(node.inputs.map(\.detached), node.output, node.kept, dy.reshaped(node.output.shape), slots)
    }
    gradients = [:]
  }

  fileprivate func destination(_ value: Int, _ shape: Shape, _ compute: Compute) -> (tensor: Tensor, accumulate: Bool) {
    if let leaf = leaves[value] {
      defer { leaf.written = true }
      return (leaf.gradient.reshaped(shape), leaf.written)
    }
    if let tensor = gradients[value] { return (tensor.reshaped(shape), true) }
    let tensor = Tensor(undefined: shape, on: compute)
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
  let compute: Compute

  /// The tensor to write, and whether to add (1) or overwrite (0). Call it once: after it the gradient counts as written.
  func open() -> (tensor: Tensor, accumulate: Bool) { tape.destination(value, shape, compute) }

  /// The tensor to add to, zeroed first when nothing has been written: for outputs that are touched in parts.
  func openZeroed() -> Tensor {
    let (tensor, accumulate) = open()
    if !accumulate { tensor.pointer.update(repeating: 0, count: tensor.count) }
    return tensor
  }

  /// Adds `d`, which must not be used afterwards: when nothing was written yet its storage simply becomes the gradient.
  func adopt(_ d: Tensor) {
    if tape.adopt(value, d.detached) { return }
    add(d)
  }

  /// Adds a copy of `d`.
  func add(_ d: Tensor) {
    let (tensor, accumulate) = open()
    precondition(tensor.count == d.count)
    compute.parallel(over: d.count, grain: 1 << 16) { r in
      let to = tensor.pointer + r.lowerBound, from = d.pointer + r.lowerBound
      if accumulate { compute.kernels.add(r.count, to, from, to) } else { to.update(from: from, count: r.count) }
    }
  }
}
