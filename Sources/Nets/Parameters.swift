import Files
import Tensors

/// All trainable numbers of a model in one flat arena: the optimizer is one loop, the moving average one copy, a
/// checkpoint one write. Who trains them holds their `Gradients` in another; who only uses them has none.
///
/// Over frozen weights (`FrozenWeights`) they are the adapters and what was added to the model (`Scope.added`), and
/// whatever it asks for besides is read where it lies: nothing of it has a gradient, a moment or an average.
///
/// A model's initialiser runs against a `Scope` twice or more: once to declare (names, shapes, initial values), then
/// once a use to bind its tensors, in training to a tape. The path typed there is the checkpoint's key.
public final class Parameters {
  public struct Entry: Sendable {
    public let name: String
    public let shape: Shape
    public let offset: Int
    let initial: Initial

    /// Its part of an arena.
    func view(_ flat: Tensor) -> Tensor { flat.slice(offset..<offset + shape.count).reshaped(shape) }
  }

  public let entries: [Entry]
  /// [n], every parameter in order of declaration.
  public let values: Tensor
  private let index: [String: Int]
  /// Weights beside them that are only read.
  public let frozen: FrozenWeights?
  /// How the frozen weights are adapted.
  public let lora: LoRA?

  /// All of them zero, until `initialise` or `load`.
  /// - Parameter declare: builds the model against the scope given; what it returns is dropped.
  public init(on compute: Compute, declare: (Scope) -> Void) {
    let declaration = Declaration(compute, nil, nil)
    declare(Scope(path: "", source: .declaring(declaration)))
    entries = declaration.entries
    values = Tensor(zeros: [declaration.total], on: compute)
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    (frozen, lora) = (nil, nil)
  }

  /// The adapters of a model whose weights stay as they are; none without `lora`, and then there is nothing to train.
  /// - Throws: `Problem` listing every weight that is missing, left over or of another shape, or naming a target that
  ///   means no layer.
  public init(on compute: Compute, over frozen: FrozenWeights, _ lora: LoRA?, declare: (Scope) -> Void) throws {
    let declaration = Declaration(compute, frozen, lora)
    declare(Scope(path: "", source: .declaring(declaration)))
    try frozen.check(declaration.asked)
    if let idle = lora?.targets.first(where: { !declaration.targets.contains($0) }) {
      throw Problem(
        "the target '\(idle)' means no linear layer of this model" + Nearest.hint(idle, declaration.layers.sorted()),
        at: "lora.targets", expected: "the end of a layer's path, such as to_q or ffn.net.2, or a pattern with *",
        fix: "correct or drop it")
    }
    entries = declaration.entries
    values = Tensor(zeros: [declaration.total], on: compute)
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    (self.frozen, self.lora) = (frozen, lora)
  }

  public var count: Int { values.count }

  /// Names and shapes that `declare` asks for, in its order; nothing is allocated.
  public static func shapes(on compute: Compute, declare: (Scope) -> Void) -> [(name: String, shape: Shape)] {
    let declaration = Declaration(compute, nil, nil)
    declare(Scope(path: "", source: .declaring(declaration)))
    return declaration.entries.map { ($0.name, $0.shape) }
  }

  /// Copies values of other parameters that have the same name and shape. - Returns: names that stay as they are.
  @discardableResult
  public func copy(from other: Parameters) -> [String] {
    entries.compactMap { entry in
      guard let found = other.tensor(entry.name), found.shape == entry.shape else { return entry.name }
      entry.view(values).withElements { to in
        found.withElements { from in for i in to.indices { to[i] = from[i] } }
      }
      return nil
    }
  }

  /// A scope whose tensors are the values, for use without training.
  public func scope() -> Scope { Scope(path: "", source: .bound(self, nil)) }

  /// A scope whose tensors send gradients into `gradients`, which are of these parameters, when `tape` goes back.
  /// - Parameter random: what adapters' dropout draws from, keyed by seed, step and micro-batch; nil: there is none.
  public func scope(_ tape: Tape, into gradients: Gradients, dropout random: Random? = nil) -> Scope {
    precondition(gradients.values.count == count, "gradients of other parameters")
    return Scope(path: "", source: .bound(self, (tape, gradients, random)))
  }

  /// The dropout of the adapter whose A is `name`: each layer draws its own.
  fileprivate func dropout(_ name: String, _ random: Random?) -> Dropout? {
    guard let random, let rate = lora?.dropout, rate > 0, let place = index[name] else { return nil }
    return Dropout(
      rate, Random(seed: random.seed, step: Int(random.step), lane: Int(random.lane) * entries.count + place))
  }

  public func tensor(_ name: String) -> Tensor? { index[name].map { entries[$0].view(values) } }

  func bind(
    _ name: String, _ shape: Shape, isMatrix: Bool, _ recording: Scope.Recording?
  ) -> Tensor {
    guard let i = index[name] else {
      guard let frozen else { preconditionFailure("the parameter '\(name)' was not declared") }
      return frozen.tensor(name, shape, isMatrix: isMatrix, on: values.compute)
    }
    precondition(entries[i].shape == shape, "'\(name)' was declared \(entries[i].shape), not \(shape)")
    let value = entries[i].view(values)
    return recording.map { $0.tape.leaf(value, gradient: $0.gradients.leaves[i]) } ?? value
  }

  /// Draws every parameter anew from `seed`. Each has a stream of its own, numbered by its place in the order of
  /// declaration: what is declared after it does not change its draw, what is declared before it does.
  public func initialise(seed: UInt64) {
    for (lane, entry) in entries.enumerated() {
      entry.initial.fill(entry.view(values), seed: seed, lane: lane)
      guard entry.initial == .rowNorms, let frozen else { continue }
      let squares = frozen.rowSquares(String(entry.name.dropLast(Scope.magnitude.count)) + "weight", on: values.compute)
      entry.view(values).withElements { for i in $0.indices { $0[i] = Float(squares[i].squareRoot()) } }
    }
  }

  /// Replaces every value from a checkpoint. Missing, unused and mis-shaped keys are listed together.
  /// - Parameter rename: a parameter's name in the file; nil for one that is not in it.
  public func load(_ file: Safetensors, rename: (String) -> String? = { $0 }) throws {
    let named = entries.compactMap { entry in rename(entry.name).map { (entry: entry, name: $0) } }
    try CheckpointFit.require(
      named.map { ($0.name, $0.entry.shape) },
      in: file.entries.map { .init(name: $0.name, shape: $0.shape, type: $0.type) }, at: file.path)
    for (entry, name) in named {
      guard let found = file.entry(name) else { continue }
      try entry.view(values).withElements { try file.read(found, into: $0) }
    }
  }

  /// Writes `flat` (values, an average, a moment: laid out as `values`) under the parameters' names.
  /// - Parameter rename: a parameter's name in the file; nil for one that is left out.
  /// - Returns: SHA-256 of the data buffer.
  @discardableResult
  public func write(
    _ flat: Tensor? = nil, metadata: [(String, String)] = [], to path: String, rename: (String) -> String? = { $0 }
  ) throws -> String {
    let flat = flat ?? values
    precondition(flat.count == count)
    return try flat.withElements { all in
      let items = entries.compactMap { entry in
        rename(entry.name).map {
          Safetensors.Item(
            $0, entry.shape.sizes,
            UnsafeBufferPointer(rebasing: all[entry.offset..<entry.offset + entry.shape.count]))
        }
      }
      return try Safetensors.write(items, metadata: metadata, to: path)
    }
  }

  final class Declaration {
    let compute: Compute
    let frozen: FrozenWeights?, lora: LoRA?
    var entries: [Entry] = []
    var total = 0
    /// What the model asks of the frozen weights; the targets that meant a layer; the layers there are.
    var asked: [(name: String, shape: Shape)] = [], targets: Set<String> = [], layers: Set<String> = []
    private var names: Set<String> = []

    init(_ compute: Compute, _ frozen: FrozenWeights?, _ lora: LoRA?) {
      (self.compute, self.frozen, self.lora) = (compute, frozen, lora)
    }

    func add(_ name: String, _ shape: Shape, _ initial: Initial, isTrained: Bool) -> Tensor {
      precondition(names.insert(name).inserted, "the parameter '\(name)' is declared twice")
      if frozen != nil, !isTrained {
        asked.append((name, shape))
      } else {
        entries.append(Entry(name: name, shape: shape, offset: total, initial: initial))
        total += shape.count
      }
      // Only its shape is looked at while declaring.
      return Tensor(shapeOnly: shape, on: compute)
    }

    /// Whether the layer at `path` is adapted.
    func isTarget(_ path: String) -> Bool {
      layers.insert(path)
      let found = lora?.targets(path) ?? []
      targets.formUnion(found)
      return !found.isEmpty
    }
  }
}

/// A place in the tree of parameter names. The path typed here is the checkpoint's key.
public struct Scope {
  /// Where a forward pass is recorded, and what dropout draws from.
  typealias Recording = (tape: Tape, gradients: Gradients, random: Random?)

  enum Source {
    case declaring(Parameters.Declaration)
    case bound(Parameters, Recording?)
  }

  /// The names from the root, joined by dots.
  public let path: String
  let source: Source
  /// Whether what is declared here is trained even beside frozen weights: they do not have it.
  private(set) var isAdded = false

  /// The weights that are only read, where there are.
  public var frozen: FrozenWeights? {
    switch source {
    case .declaring(let declaration): declaration.frozen
    case .bound(let parameters, _): parameters.frozen
    }
  }

  public subscript(name: String) -> Scope {
    Scope(path: path.isEmpty ? name : path + "." + name, source: source, isAdded: isAdded)
  }
  public subscript(index: Int) -> Scope { self[String(index)] }

  /// The same place, for layers that a model has more than the checkpoint it begins with.
  public var added: Scope { Scope(path: path, source: source, isAdded: true) }

  private func full(_ name: String) -> String { path.isEmpty ? name : path + "." + name }

  /// Numbers that are used element by element: biases, tables, weights of norms. Frozen ones are f32 copies.
  public func parameter(_ name: String, _ shape: Shape, _ initial: Initial) -> Tensor {
    switch source {
    case .declaring(let declaration): declaration.add(full(name), shape, initial, isTrained: isAdded)
    case .bound(let parameters, let recording):
      parameters.bind(full(name), shape, isMatrix: false, recording)
    }
  }

  /// A weight that is multiplied by, its first axis the outputs. A frozen one is read where it lies.
  public func matrix(_ name: String, _ shape: Shape, _ initial: Initial) -> Tensor {
    switch source {
    case .declaring(let declaration): declaration.add(full(name), shape, initial, isTrained: isAdded)
    case .bound(let parameters, let recording): parameters.bind(full(name), shape, isMatrix: true, recording)
    }
  }

  /// The name of DoRA's m below a layer's path, as peft has it.
  static let magnitude = "lora_magnitude_vector.weight"

  /// The adapter of the linear layer here, where it has one.
  /// - Parameter weight: the layer's.
  func adapter(_ inputs: Int, _ outputs: Int, of weight: Tensor) -> LayerAdapter? {
    let a = "lora_A.weight", b = "lora_B.weight"
    switch source {
    case .declaring(let declaration):
      guard !isAdded, let lora = declaration.lora, declaration.isTarget(path) else { return nil }
      let bound = 1 / Float(inputs).squareRoot(),
        (first, second) = (
          declaration.add(full(a), [lora.rank, inputs], .uniform(bound), isTrained: true),
          declaration.add(full(b), [outputs, lora.rank], .zeros, isTrained: true)
        )
      let m = lora.isDoRA ? declaration.add(full(Self.magnitude), [outputs], .rowNorms, isTrained: true) : nil
      return LayerAdapter(
        op: Adapter(scale: lora.scale), a: first, b: second, magnitude: m.map { ($0, $0) }, dropout: nil)
    case .bound(let parameters, let recording):
      guard !isAdded, let lora = parameters.lora, !lora.targets(path).isEmpty else { return nil }
      let first = parameters.bind(full(a), [lora.rank, inputs], isMatrix: true, recording),
        second = parameters.bind(full(b), [outputs, lora.rank], isMatrix: true, recording)
      var magnitude: (m: Tensor, norms: Tensor)?
      if lora.isDoRA, let frozen = parameters.frozen {
        let squares = frozen.rowSquares(full("weight"), on: parameters.values.compute)
        magnitude = (
          parameters.bind(full(Self.magnitude), [outputs], isMatrix: false, recording),
          LayerAdapter.norms(weight, squares: squares, a: first, b: second, scale: lora.scale)
        )
      }
      return LayerAdapter(
        op: Adapter(scale: lora.scale), a: first, b: second, magnitude: magnitude,
        dropout: parameters.dropout(full(a), recording?.random))
    }
  }
}
