import Files
import Tensors

/// The weights of a checkpoint that are read where they lie: matrices mapped and multiplied as they are stored, the rest
/// (biases, norms, tables) as f32 copies, made once.
public final class FrozenWeights {
  /// One weight: where it is in which file.
  public struct Item {
    let entry: Safetensors.Entry
    let scale: StoredMatrix.Scale
  }

  public let path: String
  private let file: Safetensors
  /// By the model's own names.
  private let items: [String: Item]
  private var made: [String: Tensor] = [:]

  /// - Parameters:
  ///   - file: one file, or an index of several.
  ///   - rename: the model's name of a tensor; nil for one that is not a weight.
  public init(_ file: Safetensors, rename: (String) -> String? = { $0 }) throws {
    (self.file, path) = (file, file.path)
    var items: [String: Item] = [:], wrong: [String] = []
    let scales = try EightBitScales(file)
    for entry in file.entries where !scales.names.contains(entry.name) {
      guard let name = rename(entry.name) else { continue }
      guard entry.type.isFloatingPoint || entry.type.isEightBitFloat else {
        wrong.append("'\(entry.name)' holds \(entry.type.rawValue), not floating-point numbers")
        continue
      }
      guard items.updateValue(Item(entry: entry, scale: try scales.scale(of: entry)), forKey: name) == nil else {
        wrong.append("'\(entry.name)' is there under two names")
        continue
      }
    }
    if let first = wrong.first {
      throw Problem(
        first + (wrong.count > 1 ? ", and \(wrong.count - 1) more" : ""), at: path,
        fix: "get the checkpoint again from its source")
    }
    self.items = items
  }

  /// Bytes of all weights as they are stored.
  public var byteCount: Int { items.values.reduce(0) { $0 + $1.entry.range.count } }
  /// Numbers in all weights.
  public var count: Int { items.values.reduce(0) { $0 + $1.entry.count } }
  /// SHA-256 of the file's data buffer, as for any base.
  public var bufferHash: String { file.bufferHash }

  /// Names there are, sorted.
  public var names: [String] { items.keys.sorted() }

  /// The shape of one; nil when it is not there.
  public func shape(_ name: String) -> [Int]? { items[name]?.entry.shape }

  /// One as f32, a copy of its own. - Parameter shape: what it is.
  public func values(_ name: String, _ shape: Shape, on compute: Compute) -> Tensor {
    guard let item = items[name], item.entry.shape == shape.sizes else {
      preconditionFailure("the weight '\(name)' was not checked")
    }
    return copy(item, shape, on: compute)
  }

  /// How one is stored.
  public func type(_ name: String) -> Safetensors.ElementType? { items[name]?.entry.type }

  /// - Throws: `Problem` listing every weight that is missing, left over or of another shape.
  func check(_ asked: [(name: String, shape: Shape)]) throws {
    var wrong: [String] = []
    let names = Array(items.keys)
    for (name, shape) in asked {
      guard let item = items[name] else {
        wrong.append("missing: '\(name)' \(shape)" + Nearest.hint(name, names))
        continue
      }
      if item.entry.shape != shape.sizes {
        wrong.append("mis-shaped: '\(name)' is \(Shape(item.entry.shape)) in the file, \(shape) in the model")
      }
    }
    let known = Set(asked.map(\.name))
    for name in names.sorted() where !known.contains(name) {
      wrong.append("unused: '\(name)' \(Shape(items[name]?.entry.shape ?? []))")
    }
    guard wrong.isEmpty else {
      let shown =
        wrong.prefix(40).map { "  - \($0)" }.joined(separator: "\n")
        + (wrong.count > 40 ? "\n  … and \(wrong.count - 40) more" : "")
      throw Problem(
        "the checkpoint does not fit the model; \(wrong.count) keys are wrong:\n\(shown)", at: path,
        fix: "use the config.json that belongs to these weights")
    }
  }

  /// One of them. What was asked for has been checked.
  func tensor(_ name: String, _ shape: Shape, isMatrix: Bool, on compute: Compute) -> Tensor {
    if let tensor = made[name] { return tensor }
    guard let item = items[name], item.entry.shape == shape.sizes else {
      preconditionFailure("the weight '\(name)' was not checked")
    }
    let tensor = isMatrix ? matrix(item, shape, on: compute) : copy(item, shape, on: compute)
    made[name] = tensor
    return tensor
  }

  private func matrix(_ item: Item, _ shape: Shape, on compute: Compute) -> Tensor {
    let rows = shape[0], columns = shape.count / max(1, rows)
    guard let kind = StoredMatrix.Kind(item.entry.type), columns > 0 else { return copy(item, shape, on: compute) }
    let place = file.location(of: item.entry)
    return Tensor(
      StoredMatrix(kind, rows: rows, columns: columns, scale: item.scale, at: place.at, owner: place.owner), shape,
      on: compute)
  }

  private func copy(_ item: Item, _ shape: Shape, on compute: Compute) -> Tensor {
    guard item.entry.type == .F64 || shape.count == 0 else {
      let rows = shape.rank > 1 ? shape[0] : 1
      guard let kind = StoredMatrix.Kind(item.entry.type) else {
        preconditionFailure("'\(item.entry.name)' was not checked")
      }
      let place = file.location(of: item.entry)
      return Tensor(
        StoredMatrix(kind, rows: rows, columns: shape.count / rows, scale: item.scale, at: place.at, owner: place.owner)
          .values(compute), shape, on: compute)
    }
    let tensor = Tensor(zeros: shape, on: compute)
    tensor.withElements { try? file.read(item.entry, into: $0) }
    return tensor
  }
}

extension StoredMatrix.Kind {
  /// Nil for what is not multiplied as it lies.
  init?(_ type: Safetensors.ElementType) {
    switch type {
    case .F32: self = .f32
    case .F16: self = .f16
    case .BF16: self = .bf16
    case .F8_E4M3: self = .e4m3
    case .F8_E5M2: self = .e5m2
    default: return nil
    }
  }
}
