import Files
import Tensors

/// A file of a network's numbers: a pickle of numpy arrays as JAX ports are published, or safetensors. Nothing in it is
/// run (`Pickle`).
public struct FeatureWeights {
  public let path: String
  /// Of the whole file.
  public let sha256: String
  private let shapes: [String: [Int]]
  private let read: (String) throws -> [Float]

  /// - Throws: `Problem` when the file is malformed, or holds what is not read.
  public init(_ path: String) throws {
    self.path = path
    try Disk.requireFile(path)
    sha256 = try Hashing.sha256(file: path)
    if path.hasSuffix(".safetensors") {
      let file = try Safetensors(path: path)
      shapes = Dictionary(file.entries.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
      read = { try file.floats($0).values }
    } else {
      let arrays = Dictionary(
        try Pickle.arrays(path: path).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      shapes = arrays.mapValues(\.shape)
      read = { arrays[$0]?.values ?? [] }
    }
  }

  public func has(_ name: String) -> Bool { shapes[name] != nil }

  public var names: [String] { shapes.keys.sorted() }

  func problem(_ what: String, _ expected: String) -> Problem {
    Problem(
      what, at: path, expected: expected,
      fix: "make the file again with its recipe in datasets/, or bring the right one")
  }

  func shape(_ name: String) throws -> [Int] {
    guard let shape = shapes[name] else {
      throw problem("there is no array '\(name)' among \(shapes.count)", "the layout docs/METRICS.md names")
    }
    return shape
  }

  /// The numbers of an array, all finite. - Parameter shape: what it must have; nil is any size.
  func values(_ name: String, _ wanted: [Int?]) throws -> (shape: [Int], values: [Float]) {
    let shape = try shape(name)
    guard shape.count == wanted.count, zip(shape, wanted).allSatisfy({ $1 == nil || $0 == $1 }),
      shape.allSatisfy({ $0 > 0 })
    else {
      let axes = wanted.map { $0.map(String.init) ?? "n" }.joined(separator: ", ")
      throw problem("the array '\(name)' is \(shape)", "[\(axes)]")
    }
    let values = try read(name)
    guard values.allSatisfy(\.isFinite) else {
      throw problem("the array '\(name)' holds numbers that are not finite", "finite numbers")
    }
    return (shape, values)
  }

  /// `count` numbers along the last axis, of arrays whose others are 1.
  func row(_ name: String, _ count: Int) throws -> [Float] {
    try values(name, try shape(name).dropLast().map { _ in 1 } + [count]).values
  }

  /// A kernel [t,]k,k,C,O as it is multiplied here, [O,C,t,k,k].
  /// - Parameter scale: what the weights of every output are multiplied by.
  func kernel(_ name: String, channels: Int, scale: ((Int) -> Double)? = nil) throws -> (shape: Shape, values: [Float])
  {
    let rank = try shape(name).count
    guard rank == 4 || rank == 5 else { throw problem("the kernel '\(name)' has \(rank) axes", "4 or 5") }
    let wanted: [Int?] = (rank == 5 ? [nil] : []) + [nil, nil, channels, nil]
    let (sizes, from) = try values(name, wanted), time = rank == 5 ? sizes[0] : 1, k = sizes[rank - 2 - 1],
      outputs = sizes[rank - 1]
    guard sizes[rank - 4] == k, k <= 31, time <= 31 else {
      throw problem("the kernel '\(name)' is \(sizes)", "a square one")
    }
    var to = [Float](repeating: 0, count: from.count)
    let taps = time * k * k
    for tap in 0..<taps {
      for c in 0..<channels {
        for o in 0..<outputs {
          let value = from[(tap * channels + c) * outputs + o]
          to[(o * channels + c) * taps + tap] = scale.map { Float(Double(value) * $0(o)) } ?? value
        }
      }
    }
    return ([outputs, channels, time, k, k], to)
  }
}
