import Files
import Tensors

/// All trainable numbers of a model in one flat arena: the optimizer is one loop, the moving average one copy, a
/// checkpoint one write. Who trains them holds their `Gradients` in another; who only uses them has none.
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

  /// All of them zero, until `initialise` or `load`.
  /// - Parameter declare: builds the model against the scope given; what it returns is dropped.
  public init(on compute: Compute, declare: (Scope) -> Void) {
    let declaration = Declaration(compute)
    declare(Scope(path: "", source: .declaring(declaration)))
    entries = declaration.entries
    values = Tensor(zeros: [declaration.total], on: compute)
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
  }

  public var count: Int { values.count }

  /// A scope whose tensors are the values, for use without training.
  public func scope() -> Scope { Scope(path: "", source: .bound(self, nil)) }

  /// A scope whose tensors send gradients into `gradients`, which are of these parameters, when `tape` goes back.
  public func scope(_ tape: Tape, into gradients: Gradients) -> Scope {
    precondition(gradients.values.count == count, "gradients of other parameters")
    return Scope(path: "", source: .bound(self, (tape, gradients)))
  }

  public func tensor(_ name: String) -> Tensor? { index[name].map { entries[$0].view(values) } }

  func bind(_ name: String, _ shape: Shape, _ recording: (tape: Tape, gradients: Gradients)?) -> Tensor {
    guard let i = index[name] else { preconditionFailure("the parameter '\(name)' was not declared") }
    precondition(entries[i].shape == shape, "'\(name)' was declared \(entries[i].shape), not \(shape)")
    let value = entries[i].view(values)
    return recording.map { $0.tape.leaf(value, gradient: $0.gradients.leaves[i]) } ?? value
  }

  /// Draws every parameter anew from `seed`. Each has a stream of its own, numbered by its place in the order of
  /// declaration: what is declared after it does not change its draw, what is declared before it does.
  public func initialise(seed: UInt64) {
    for (lane, entry) in entries.enumerated() { entry.initial.fill(entry.view(values), seed: seed, lane: lane) }
  }

  /// Replaces every value from a checkpoint. Missing, unused and mis-shaped keys are listed together.
  public func load(_ file: Safetensors) throws {
    var wrong: [String] = []
    let names = file.entries.map(\.name)
    for entry in entries {
      if let found = file.entry(entry.name) {
        if found.shape != entry.shape.sizes {
          wrong.append("mis-shaped: '\(entry.name)' is \(Shape(found.shape)) in the file, \(entry.shape) in the model")
        }
        if !found.type.isFloatingPoint {
          wrong.append("mistyped: '\(entry.name)' holds \(found.type.rawValue), not floating-point numbers")
        }
      } else {
        wrong.append("missing: '\(entry.name)' \(entry.shape)" + Nearest.hint(entry.name, names))
      }
    }
    for found in file.entries where index[found.name] == nil {
      wrong.append("unused: '\(found.name)' \(Shape(found.shape))")
    }
    guard wrong.isEmpty else {
      let shown =
        wrong.prefix(40).map { "  - \($0)" }.joined(separator: "\n")
        + (wrong.count > 40 ? "\n  … and \(wrong.count - 40) more" : "")
      throw Problem(
        "the checkpoint does not fit the model; \(wrong.count) keys are wrong:\n\(shown)", at: file.path,
        fix: "use the config.json that belongs to these weights")
    }
    for entry in entries {
      guard let found = file.entry(entry.name) else { continue }
      try entry.view(values).withElements { try file.read(found, into: $0) }
    }
  }

  /// Writes `flat` (values, an average, a moment: laid out as `values`) under the parameters' names.
  /// - Returns: SHA-256 of the data buffer.
  @discardableResult
  public func write(_ flat: Tensor? = nil, metadata: [(String, String)] = [], to path: String) throws -> String {
    let flat = flat ?? values
    precondition(flat.count == count)
    return try flat.withElements { all in
      let items = entries.map {
        Safetensors.Item(
          $0.name, $0.shape.sizes, UnsafeBufferPointer(rebasing: all[$0.offset..<$0.offset + $0.shape.count]))
      }
      return try Safetensors.write(items, metadata: metadata, to: path)
    }
  }

  final class Declaration {
    let compute: Compute
    var entries: [Entry] = []
    var total = 0
    init(_ compute: Compute) { self.compute = compute }

    func add(_ name: String, _ shape: Shape, _ initial: Initial) -> Tensor {
      precondition(!entries.contains { $0.name == name }, "the parameter '\(name)' is declared twice")
      entries.append(Entry(name: name, shape: shape, offset: total, initial: initial))
      total += shape.count
      // Only its shape is looked at while declaring.
      return Tensor(undefined: shape, on: compute)
    }
  }
}

/// A place in the tree of parameter names. The path typed here is the checkpoint's key.
public struct Scope {
  enum Source {
    case declaring(Parameters.Declaration)
    case bound(Parameters, (tape: Tape, gradients: Gradients)?)
  }

  let path: String
  let source: Source

  public subscript(name: String) -> Scope { Scope(path: path.isEmpty ? name : path + "." + name, source: source) }
  public subscript(index: Int) -> Scope { self[String(index)] }

  public func parameter(_ name: String, _ shape: Shape, _ initial: Initial) -> Tensor {
    let full = path.isEmpty ? name : path + "." + name
    return switch source {
    case .declaring(let declaration): declaration.add(full, shape, initial)
    case .bound(let parameters, let recording): parameters.bind(full, shape, recording)
    }
  }
}
