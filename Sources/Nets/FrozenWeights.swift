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
  /// Their names as they stand in the file.
  private let order: [String]
  private var made: [String: Tensor] = [:]
  /// The blocks that are streamed, where they are.
  private var stream: BlockStream?
  private var squares: [String: [Double]] = [:]

  /// - Parameters:
  ///   - file: one file, or an index of several.
  ///   - rename: the model's name of a tensor; nil for one that is not a weight.
  public init(_ file: Safetensors, rename: (String) -> String? = { $0 }) throws {
    (self.file, path) = (file, file.path)
    var items: [String: Item] = [:], order: [String] = [], used: Set<String> = []
    let scales = try EightBitScales(file)
    for entry in file.entries where !scales.names.contains(entry.name) {
      guard let name = rename(entry.name) else { continue }
      guard items.updateValue(Item(entry: entry, scale: try scales.scale(of: entry)), forKey: name) == nil else {
        throw Problem(
          "'\(name)' is there under two names, one of them '\(entry.name)'", at: path,
          fix: "get the checkpoint again from its source")
      }
      order.append(name)
      if entry.type.isEightBitFloat { used.insert(entry.name) }
    }
    try scales.requireUsed(used)
    (self.items, self.order) = (items, order)
  }

  /// Numbers in all weights.
  public var count: Int { items.values.reduce(0) { $0 + $1.entry.count } }
  /// SHA-256 of the file's data buffer, as for any base.
  public var bufferHash: String { file.bufferHash }
  /// The same of a model whose weights go on in another file.
  public func bufferHash(followedBy other: Safetensors?) -> String { file.bufferHash(followedBy: other) }

  /// Names there are, sorted.
  public var names: [String] { items.keys.sorted() }

  /// The shape of one; nil when it is not there.
  public func shape(_ name: String) -> [Int]? { items[name]?.entry.shape }

  /// The shape of one that must be there. - Parameter what: it belongs to, for the message: "a Wan autoencoder".
  /// - Throws: `Problem` when it is missing, empty or of another rank.
  public func shape(_ name: String, rank: Int, of what: String) throws -> [Int] {
    let shape = shape(name)
    if let shape, shape.count == rank, shape.allSatisfy({ $0 > 0 }) { return shape }
    throw Problem(
      "'\(name)' is " + (shape.map { "of the shape \($0)" } ?? "missing"), at: path,
      expected: "a tensor of \(rank) axes, as in \(what)", fix: "check the path, or get the file again")
  }

  /// What one is stored as.
  package func type(_ name: String) -> Safetensors.ElementType? { items[name]?.entry.type }

  /// Whether its numbers are multiplied by a scale that stands beside it.
  package func isScaled(_ name: String) -> Bool { items[name].map { $0.scale != .none } ?? false }

  /// The bytes of one as they are stored.
  package func bytes<T>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T? {
    guard let entry = items[name]?.entry else { return nil }
    guard entry.range.count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let place = file.location(of: entry)
    return try withExtendedLifetime(place.owner) {
      try body(UnsafeRawBufferPointer(start: place.at, count: entry.range.count))
    }
  }

  /// Gives back the memory its bytes take; they can be read again.
  package func forget(_ name: String) {
    if let entry = items[name]?.entry { file.forget(entry) }
  }

  /// Elements decoded at a time by `stretches`.
  private static let stretch = 1 << 22

  /// Gives `body` the numbers of one in order, as f32, a stretch of whole rows at a time: a matrix of any size needs
  /// the memory of a stretch.
  /// - Returns: false when it holds no numbers that are read here.
  package func stretches(
    _ name: String, on compute: Compute, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) rethrows -> Bool {
    guard let item = items[name], let kind = StoredMatrix.Kind(item.entry.type) else { return false }
    let shape = item.entry.shape, rows = shape.count > 1 ? shape[0] : 1
    guard item.entry.count > 0 else { return true }
    let columns = item.entry.count / rows
    guard let rowBytes = kind.bytes(columns) else { return false }
    let place = file.location(of: item.entry), step = max(1, Self.stretch / columns)
    for row in stride(from: 0, to: rows, by: step) {
      let count = min(step, rows - row)
      let part = StoredMatrix(
        kind, rows: count, columns: columns, scale: item.scale.rows(row..<row + count, of: rows),
        at: place.at + row * rowBytes, owner: place.owner)
      try part.values(compute).withUnsafeBufferPointer(body)
    }
    return true
  }

  /// One as f32, a copy of its own. - Parameter shape: what it is.
  public func values(_ name: String, _ shape: Shape, on compute: Compute) -> Tensor {
    guard let item = items[name], item.entry.shape == shape.sizes else {
      preconditionFailure("the weight '\(name)' was not checked")
    }
    return copy(item, shape, on: compute)
  }

  /// The sum of the squares of each row of a matrix; computed once.
  func rowSquares(_ name: String, on compute: Compute) -> [Double] {
    if let known = squares[name] { return known }
    guard let entry = items[name]?.entry, entry.shape.count > 1, entry.shape[0] > 0 else {
      preconditionFailure("the weight '\(name)' was not checked")
    }
    let columns = entry.count / entry.shape[0]
    var sums: [Double] = []
    _ = stretches(name, on: compute) { numbers in
      for row in stride(from: 0, to: numbers.count, by: max(1, columns)) {
        sums.append(numbers[row..<row + columns].reduce(0) { $0 + Double($1) * Double($1) })
      }
    }
    squares[name] = sums
    return sums
  }

  /// Bytes of all weights, as they are stored.
  public var byteCount: Int { items.values.reduce(0) { $0 + $1.entry.range.count } }

  /// From now on only the weights of the block at work and of the next are held in memory: for weights that are more
  /// than there is.
  /// - Parameter prefixes: what the names of a block's weights begin with, block by block.
  public func streamBlocks(_ prefixes: [String]) {
    let entries = prefixes.map { prefix in items.filter { $0.key.hasPrefix(prefix) }.map(\.value.entry) }
    stream = BlockStream(entries, file)
  }

  /// To be said before a block computes; the next one is fetched meanwhile.
  package func enter(_ block: Int) { stream?.enter(block) }

  /// That nobody wrote into the files since they were opened: what was trained beside them would be nobody's.
  /// - Throws: `Problem`.
  public func requireUnchanged() throws { try file.requireUnchanged() }

  /// - Throws: `Problem` listing every weight that is missing, left over, of another shape, or no number.
  func check(_ asked: [(name: String, shape: Shape)]) throws {
    let stored = order.compactMap { name in
      items[name].map { CheckpointFit.Stored(name: name, shape: $0.entry.shape, type: $0.entry.type) }
    }
    try CheckpointFit.require(asked, in: stored, at: path) { StoredMatrix.Kind($0) != nil }
    for name in order {
      guard let entry = items[name]?.entry, let kind = StoredMatrix.Kind(entry.type) else { continue }
      let rows = entry.shape.count > 1 ? entry.shape[0] : 1
      guard entry.count == 0 || kind.bytes(entry.count / rows) != nil else {
        throw Problem(
          "'\(name)' is \(Shape(entry.shape)), whose rows are no whole blocks of \(entry.type.rawValue)", at: path,
          fix: "get the file again")
      }
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
    guard shape.count > 0 else { return Tensor(zeros: shape, on: compute) }
    return Tensor(stored(item, rows: shape[0], shape), shape, on: compute)
  }

  private func copy(_ item: Item, _ shape: Shape, on compute: Compute) -> Tensor {
    guard shape.count > 0 else { return Tensor(zeros: shape, on: compute) }
    return Tensor(stored(item, rows: shape.rank > 1 ? shape[0] : 1, shape).values(compute), shape, on: compute)
  }

  private func stored(_ item: Item, rows: Int, _ shape: Shape) -> StoredMatrix {
    guard let kind = StoredMatrix.Kind(item.entry.type) else {
      preconditionFailure("'\(item.entry.name)' was not checked")
    }
    let place = file.location(of: item.entry)
    return StoredMatrix(
      kind, rows: rows, columns: shape.count / rows, scale: item.scale, at: place.at, owner: place.owner)
  }
}

extension StoredMatrix.Scale {
  /// Of some rows of a matrix of `all`.
  fileprivate func rows(_ some: Range<Int>, of all: Int) -> Self {
    switch self {
    case .none, .one: self
    case .rows(let values): .rows(Array(values[some]))
    case .blocks(let width, let values):
      .blocks(
        width: width, Array(values[some.lowerBound * (values.count / all)..<some.upperBound * (values.count / all)]))
    }
  }
}

extension StoredMatrix.Kind {
  /// Nil for what is not multiplied as it lies.
  init?(_ type: Safetensors.ElementType) {
    switch type {
    case .F32: self = .f32
    case .F64: self = .f64
    case .F16: self = .f16
    case .BF16: self = .bf16
    case .F8_E4M3: self = .e4m3
    case .F8_E5M2: self = .e5m2
    case .Q8_0: self = .q8_0
    case .Q4_0: self = .q4_0
    case .Q4_K: self = .q4_k
    case .Q5_K: self = .q5_k
    case .Q6_K: self = .q6_k
    default: return nil
    }
  }
}
