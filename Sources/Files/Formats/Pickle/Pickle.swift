import Foundation

/// Reads what a pickle holds when that is numpy arrays in dictionaries, lists and tuples, as checkpoints of JAX are.
///
/// A pickle is a program. This machine knows the instructions that build data and four names, `numpy.ndarray`,
/// `numpy.dtype` and `_reconstruct` of `numpy.core.multiarray` or `numpy._core.multiarray`; nothing that a file names is
/// ever called. Any other name is refused by name, any other instruction by its number. Format: pickletools of CPython.
///
/// Sizes are checked against the file before they are used. Containers refer to each other by number, so that neither a
/// deep pickle nor one that holds itself can exhaust the stack.
public struct Pickle {
  /// Limits of what is read; checkpoints stay far below.
  public struct Limits: Sendable {
    public var instructions = 5_000_000, depth = 32, arrays = 100_000, name = 1024
    public init() {}
  }

  /// A number, text or container; containers by their place in `nodes`.
  enum Item: Equatable {
    case none, bool(Bool), integer(Int), double(Double), text(String), bytes(Range<Int>), node(Int)
    case global(Global)
  }

  enum Global: Equatable { case array, type, reconstruct }

  enum Node {
    case tuple([Item]), list([Item]), dictionary([(key: Item, value: Item)])
    /// Before its state is built it has no shape.
    case array(PickledArray?)
    case type(PickledArray.Element, isBigEndian: Bool)
  }

  let place: String
  let data: Data
  let limits: Limits
  private(set) var nodes: [Node] = []
  private var stack: [Item] = [], marks: [Int] = [], memo: [Int: Item] = [:]
  private var at = 0

  /// - Returns: every array by its path, keys and numbers joined by "/", in the order of the file.
  /// - Throws: `Problem` naming what is refused, and where.
  public static func arrays(_ data: Data, at place: String, _ limits: Limits = Limits()) throws -> [PickledArray] {
    guard data.first == 0x80 else {
      throw Problem("this is no pickle of protocol 2 or later", at: place, expected: "a pickle of numpy arrays")
    }
    var machine = Pickle(place: place, data: data, limits: limits)
    let root = try machine.run()
    var found: [PickledArray] = [], seen = 0
    try machine.collect(root, "", 0, &found, &seen)
    return found
  }

  /// Of a file, mapped.
  public static func arrays(path: String, _ limits: Limits = Limits()) throws -> [PickledArray] {
    try arrays(OpenedFile(path).mapped(), at: path, limits)
  }

  private init(place: String, data: Data, limits: Limits) {
    // Offsets count from zero.
    (self.place, self.data, self.limits) = (place, data.startIndex == 0 ? data : Data(data), limits)
  }

  func refuse(_ what: String) -> Problem {
    Problem(
      what, at: "\(place), byte \(at)", expected: "a pickle of numpy arrays in dictionaries, and nothing else",
      fix: "get the file again, or convert it to safetensors where you trust it")
  }

  // MARK: instructions

  private mutating func run() throws -> Item {
    for _ in 0..<limits.instructions {
      let code = try byte()
      if code == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty else { throw refuse("it ends with \(stack.count) values, not one") }
        return stack[0]
      }
      try step(code)
    }
    throw refuse("it has more than \(limits.instructions) instructions")
  }

  private mutating func step(_ code: UInt8) throws {
    switch code {
    case 0x80:
      let version = try byte()
      guard version <= 5 else { throw refuse("its protocol is \(version)") }
    case 0x95: _ = try take(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try number(1))))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try number(2))))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case 0x8A: stack.append(.integer(try long()))
    case UInt8(ascii: "G"): stack.append(.double(Double(bitPattern: try number(8).byteSwapped)))
    case UInt8(ascii: "X"): stack.append(.text(try text(try length(4))))
    case 0x8C: stack.append(.text(try text(try length(1))))
    case 0x8D: stack.append(.text(try text(try length(8))))
    case UInt8(ascii: "B"): stack.append(.bytes(try take(try length(4))))
    case UInt8(ascii: "C"): stack.append(.bytes(try take(try length(1))))
    case 0x8E: stack.append(.bytes(try take(try length(8))))
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85: push(.tuple(try pop(1)))
    case 0x86: push(.tuple(try pop(2)))
    case 0x87: push(.tuple(try pop(3)))
    case UInt8(ascii: "t"): push(.tuple(try toMark()))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: "a"): try append(try pop(1))
    case UInt8(ascii: "e"): try append(try toMark())
    case UInt8(ascii: "s"): try set(try pop(2))
    case UInt8(ascii: "u"): try set(try toMark())
    case UInt8(ascii: "q"): try keep(Int(try number(1)))
    case UInt8(ascii: "r"): try keep(Int(try number(4)))
    case 0x94: try keep(memo.count)
    case UInt8(ascii: "h"): try get(Int(try number(1)))
    case UInt8(ascii: "j"): try get(Int(try number(4)))
    case UInt8(ascii: "c"): stack.append(.global(try global(try line(), try line())))
    case 0x93:
      let names = try pop(2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw refuse("a global is named by something that is not text")
      }
      stack.append(.global(try global(module, name)))
    case UInt8(ascii: "R"): try reduce()
    case UInt8(ascii: "b"): try build()
    default:
      at -= 1
      throw refuse("it has the instruction 0x\(String(code, radix: 16)), which builds no arrays: it is not run")
    }
  }

  private func global(_ module: String, _ name: String) throws -> Global {
    switch (module, name) {
    case ("numpy", "ndarray"): return .array
    case ("numpy", "dtype"): return .type
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"): return .reconstruct
    default:
      throw refuse(
        "it names \(VisibleName.shown("\(module).\(name)")), which would run when it is unpickled: it is not opened here"
      )
    }
  }

  /// The two calls that make arrays. Neither is made: what they would return is put down.
  private mutating func reduce() throws {
    let call = try pop(2)
    guard case .global(let name) = call[0], case .node(let i) = call[1], case .tuple(let words) = nodes[i] else {
      throw refuse("something is called that is not a name with arguments")
    }
    switch name {
    case .reconstruct:
      guard words.first == .global(.array) else { throw refuse("an array is made of another type") }
      push(.array(nil))
    case .type:
      guard case .text(let code)? = words.first, let element = PickledArray.Element(rawValue: code) else {
        throw refuse(
          "an array's elements are of the type \(VisibleName.shown(String(words.first.map { "\($0)" }?.prefix(80) ?? "nothing")))"
        )
      }
      push(.type(element, isBigEndian: false))
    case .array: throw refuse("numpy.ndarray is called")
    }
  }

  private mutating func build() throws {
    let pair = try pop(2)
    guard case .node(let target) = pair[0], case .node(let i) = pair[1], case .tuple(let state) = nodes[i] else {
      throw refuse("a state is set that is no tuple")
    }
    switch nodes[target] {
    case .type(let element, _):
      // (version, byte order, …)
      guard state.count >= 2, case .text(let order) = state[1] else { throw refuse("a type's state is malformed") }
      nodes[target] = .type(element, isBigEndian: order == ">")
    case .array: nodes[target] = .array(try array(state))
    case .tuple, .list, .dictionary: throw refuse("a state is set of something that is no array")
    }
    stack.append(pair[0])
  }

  /// (version, shape, type, column-major, bytes)
  private func array(_ state: [Item]) throws -> PickledArray {
    guard state.count == 5, case .node(let sizes) = state[1], case .tuple(let axes) = nodes[sizes],
      case .node(let type) = state[2], case .type(let element, let isBigEndian) = nodes[type],
      case .bytes(let range) = state[4]
    else { throw refuse("an array's state is malformed") }
    guard state[3] == .bool(false) || axes.count < 2 else { throw refuse("an array lies column by column") }
    guard !isBigEndian else { throw refuse("an array is big-endian") }
    guard axes.count <= 8 else { throw refuse("an array has \(axes.count) axes") }
    var shape: [Int] = [], bytes = element.size
    for axis in axes {
      guard case .integer(let n) = axis, n >= 0 else { throw refuse("an array's shape is malformed") }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: n)
      guard !overflow else { throw refuse("an array is too large") }
      (bytes, shape) = (product, shape + [n])
    }
    guard bytes == range.count else {
      throw refuse("an array of the shape \(shape) has \(range.count) bytes, not \(bytes)")
    }
    return PickledArray(name: "", shape: shape, element: element, range: range, data: data)
  }

  // MARK: the stack

  private mutating func push(_ node: Node) {
    stack.append(.node(nodes.count))
    nodes.append(node)
  }

  private mutating func pop(_ count: Int) throws -> [Item] {
    guard stack.count - count >= (marks.last ?? 0) else { throw refuse("an instruction lacks what it works on") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func toMark() throws -> [Item] {
    guard let mark = marks.popLast() else { throw refuse("an instruction lacks its mark") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func top() throws -> Item {
    guard let last = stack.last, stack.count > (marks.last ?? 0) else {
      throw refuse("an instruction lacks what it works on")
    }
    return last
  }

  private mutating func append(_ items: [Item]) throws {
    guard case .node(let i) = try top(), case .list(var list) = nodes[i] else {
      throw refuse("something is appended to what is no list")
    }
    nodes[i] = .list([])
    list += items
    nodes[i] = .list(list)
  }

  private mutating func set(_ items: [Item]) throws {
    guard case .node(let i) = try top(), case .dictionary(var pairs) = nodes[i], items.count % 2 == 0 else {
      throw refuse("something is set in what is no dictionary")
    }
    nodes[i] = .dictionary([])
    for k in stride(from: 0, to: items.count, by: 2) { pairs.append((items[k], items[k + 1])) }
    nodes[i] = .dictionary(pairs)
  }

  private mutating func keep(_ number: Int) throws { memo[number] = try top() }

  private mutating func get(_ number: Int) throws {
    guard let item = memo[number] else { throw refuse("it refers to value \(number), which there is not") }
    stack.append(item)
  }

  // MARK: bytes

  private mutating func take(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= data.count - at else {
      throw refuse("it is cut: \(count) more bytes are claimed and \(data.count - at) are there")
    }
    defer { at += count }
    return at..<at + count
  }

  private mutating func byte() throws -> UInt8 { data[try take(1).lowerBound] }

  private mutating func number(_ size: Int) throws -> UInt64 {
    data[try take(size)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  private mutating func length(_ size: Int) throws -> Int {
    let value = try number(size)
    guard value <= UInt64(data.count) else {
      throw refuse("it is cut: \(value) bytes are claimed of a file of \(data.count)")
    }
    return Int(value)
  }

  private mutating func long() throws -> Int {
    let size = Int(try byte())
    guard size <= 8 else { throw refuse("it has an integer of \(size) bytes") }
    guard size > 0 else { return 0 }
    let value = try number(size), unused = 64 - 8 * size
    return Int(truncatingIfNeeded: Int64(bitPattern: value << UInt64(unused)) >> Int64(unused))
  }

  private mutating func text(_ length: Int) throws -> String {
    guard let text = String(validating: data[try take(length)], as: UTF8.self) else {
      throw refuse("a text is not UTF-8")
    }
    return text
  }

  /// To the next line feed.
  private mutating func line() throws -> String {
    guard let end = data[at...].prefix(4096).firstIndex(of: 0x0A) else { throw refuse("a name has no end") }
    let name = try text(end - at)
    at += 1
    return name
  }

  // MARK: what was built

  private func collect(
    _ item: Item, _ path: String, _ depth: Int, _ found: inout [PickledArray], _ seen: inout Int
  ) throws {
    seen += 1
    guard depth <= limits.depth else { throw refuse("it is nested deeper than \(limits.depth)") }
    guard seen <= 10 * limits.arrays, found.count < limits.arrays else {
      throw refuse("it holds more than \(limits.arrays) arrays")
    }
    guard case .node(let i) = item else { return }
    func name(_ key: String) throws -> String {
      let name = path.isEmpty ? key : path + "/" + key
      guard name.utf8.count <= limits.name else {
        throw refuse("a path below '\(VisibleName.shown(path))' is longer than \(limits.name) bytes")
      }
      return name
    }
    switch nodes[i] {
    case .array(let array):
      guard let array else { throw refuse("the array '\(VisibleName.shown(path))' has no numbers") }
      found.append(array.named(path))
    case .dictionary(let pairs):
      for (key, value) in pairs {
        switch key {
        case .text(let text): try collect(value, name(text), depth + 1, &found, &seen)
        case .integer(let number): try collect(value, name("\(number)"), depth + 1, &found, &seen)
        default: throw refuse("a key of '\(VisibleName.shown(path))' is neither text nor a number")
        }
      }
    case .list(let items), .tuple(let items):
      for (k, value) in items.enumerated() { try collect(value, name("\(k)"), depth + 1, &found, &seen) }
    case .type: break
    }
  }
}
