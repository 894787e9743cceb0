import Tensors

/// The gradients of a model's parameters, in an arena laid out as theirs. Whoever trains holds one; a model that is
/// only used has none.
public final class Gradients {
  /// [n], laid out as the parameters' values.
  public let values: Tensor
  /// One a parameter, in order of declaration.
  let leaves: [Leaf]
  private let index: [String: Int]

  /// Zero, and counting as not written.
  public init(of parameters: Parameters) {
    let flat = Tensor(zeros: [parameters.count], on: parameters.values.compute)
    values = flat
    leaves = parameters.entries.map { Leaf(gradient: $0.view(flat)) }
    index = Dictionary(uniqueKeysWithValues: parameters.entries.enumerated().map { ($1.name, $0) })
  }

  /// Of one parameter.
  public subscript(name: String) -> Tensor? { index[name].map { leaves[$0].gradient } }

  /// Forgets them: the next one to arrive overwrites.
  public func clear() { for leaf in leaves { leaf.written = false } }

  /// Zeroes those nothing arrived for, so that the arena is whole. Call after the last backward of a step.
  public func finish() {
    for leaf in leaves where !leaf.written { leaf.gradient.withElements { $0.update(repeating: 0) } }
  }
}
