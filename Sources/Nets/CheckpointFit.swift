import Files
import Tensors

/// Whether a checkpoint's tensors are those a model asks for: by name, by shape, numbers all.
enum CheckpointFit {
  /// What a checkpoint has.
  struct Stored {
    let name: String, shape: [Int], type: Safetensors.ElementType
  }

  /// Problems listed at most.
  private static let shown = 40

  /// - Parameter isNumber: which element types can be read.
  /// - Throws: `Problem` listing every tensor that is missing, of another shape or type, or left over.
  static func require(
    _ asked: [(name: String, shape: Shape)], in stored: [Stored], at path: String,
    isNumber: (Safetensors.ElementType) -> Bool = { $0.isFloatingPoint }
  ) throws {
    let byName = Dictionary(stored.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
      names = stored.map(\.name)
    var wrong: [String] = []
    for (name, shape) in asked {
      guard let found = byName[name] else {
        wrong.append("missing: '\(name)' \(shape)" + Nearest.hint(name, names))
        continue
      }
      if found.shape != shape.sizes {
        wrong.append("mis-shaped: '\(name)' is \(Shape(found.shape)) in the file, \(shape) in the model")
      }
      if !isNumber(found.type) {
        wrong.append("mistyped: '\(name)' holds \(found.type.rawValue), not floating-point numbers")
      }
    }
    let known = Set(asked.map(\.name))
    for found in stored where !known.contains(found.name) {
      wrong.append("unused: '\(found.name)' \(Shape(found.shape))")
    }
    guard !wrong.isEmpty else { return }
    let list = wrong.prefix(shown).map { "  - \($0)" }.joined(separator: "\n")
    throw Problem(
      "the checkpoint does not fit the model; \(wrong.count) keys are wrong:\n\(list)"
        + (wrong.count > shown ? "\n  … and \(wrong.count - shown) more" : ""), at: path,
      fix: "use the config.json that belongs to these weights")
  }
}
