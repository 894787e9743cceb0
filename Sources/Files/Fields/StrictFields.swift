/// Reads an object's fields strictly: every key must be known, every wrong one is reported, all in one error.
///
/// ```swift
/// let fields = StrictFields(value, at: "free-fall.yaml")
/// let steps = fields.integer("steps", in: 1...1_000_000, default: 1000)
/// try fields.finish()
/// ```
public final class StrictFields {
  public let place: String
  private let object: [String: Value]
  private let order: [String]
  private var known: [String] = []
  private var wrong: [String] = []
  private var isClosed = false
  private let collector: StrictFields?
  /// Where relative paths start; nil leaves them as they are.
  private let folder: String?
  /// Every key of the whole document, to say where a misplaced one belongs.
  private let rows: [KeyRow]

  /// - Parameter value: an object, or null for "all defaults".
  public convenience init(_ value: Value, at place: String) { self.init(value, at: place, folder: nil) }

  /// - Parameters:
  ///   - folder: where relative paths start.
  ///   - rows: the document's table of keys, for hints about keys in the wrong place.
  package init(_ value: Value, at place: String, folder: String?, rows: [KeyRow] = []) {
    (self.place, self.folder, self.rows) = (place, folder, rows)
    collector = nil
    switch value {
    case .object(let fields):
      object = Dictionary(fields.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      order = fields.map(\.key)
    case .null: (object, order) = ([:], [])
    default:
      (object, order) = ([:], [])
      wrong.append("\(place) should be an object, not \(value.kind)")
    }
  }

  private init(_ value: Value, at place: String, collector: StrictFields) {
    (self.place, folder, rows) = (place, collector.folder, collector.rows)
    self.collector = collector
    if case .object(let fields) = value {
      object = Dictionary(fields.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      order = fields.map(\.key)
    } else {
      (object, order) = ([:], [])
      if value != .null { collector.complain("\(place) should be an object, not \(value.kind)") }
    }
  }

  /// Adds something wrong to the one error that `finish` throws.
  public func complain(_ text: String) { if let collector { collector.complain(text) } else { wrong.append(text) } }

  /// A key as complaints name it: "train.steps".
  package func path(_ key: String) -> String { collector == nil ? key : place + "." + key }

  private func look(_ key: String) -> Value? {
    known.append(key)
    guard let value = object[key], value != .null else { return nil }
    return value
  }

  public func has(_ key: String) -> Bool { object[key].map { $0 != .null } ?? false }

  public func raw(_ key: String) -> Value? { look(key) }

  public func string(_ key: String, default fallback: String) -> String { optionalString(key) ?? fallback }

  public func optionalString(_ key: String) -> String? {
    guard let value = look(key) else { return nil }
    if let s = value.string { return s }
    complain("\(path(key)) should be text, not \(value.kind)")
    return nil
  }

  public func requiredString(_ key: String) -> String {
    if !has(key) { complain("\(path(key)) is missing (text)") }
    return optionalString(key) ?? ""
  }

  public func choice<T: RawRepresentable & CaseIterable>(_ key: String, default fallback: T) -> T
  where T.RawValue == String {
    optionalName(key, among: T.allCases.map(\.rawValue)).flatMap { T(rawValue: $0) } ?? fallback
  }

  /// One of `names`.
  package func optionalName(_ key: String, among names: [String]) -> String? {
    guard let text = optionalString(key) else { return nil }
    if names.contains(text) { return text }
    complain("\(path(key)) is '\(text)'" + Nearest.hint(text, names) + "; it can be \(names.joined(separator: ", "))")
    return nil
  }

  public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
    optionalInteger(key, in: range) ?? fallback
  }

  public func optionalInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = look(key) else { return nil }
    guard let i = value.integer else { complain("\(path(key)) should be an integer, not \(value.kind)"); return nil }
    guard range.contains(i) else {
      complain("\(path(key)) is \(i); it can be \(range.lowerBound) to \(range.upperBound)"); return nil
    }
    return i
  }

  public func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double) -> Double {
    optionalNumber(key, in: range) ?? fallback
  }

  public func optionalNumber(_ key: String, in range: ClosedRange<Double>) -> Double? {
    guard let value = look(key) else { return nil }
    guard let d = value.double else { complain("\(path(key)) should be a number, not \(value.kind)"); return nil }
    guard range.contains(d) else {
      complain("\(path(key)) is \(d); it can be \(range.lowerBound) to \(range.upperBound)"); return nil
    }
    return d
  }

  public func bool(_ key: String, default fallback: Bool) -> Bool { optionalBool(key) ?? fallback }

  package func optionalBool(_ key: String) -> Bool? {
    guard let value = look(key) else { return nil }
    if let b = value.bool { return b }
    complain("\(path(key)) should be true or false, not \(value.kind)")
    return nil
  }

  /// A path as it was written, from the document's folder.
  package func absolute(_ path: String) -> String { folder.map { Disk.absolute(path, from: $0) } ?? path }

  public func strings(_ key: String) -> [String]? { list(key, of: "texts") { $0.string } }
  public func integers(_ key: String) -> [Int]? { list(key, of: "integers") { $0.integer } }

  /// A list whose items are all of one kind.
  package func list<Item>(_ key: String, of items: String, _ item: (Value) -> Item?) -> [Item]? {
    guard let value = look(key) else { return nil }
    guard let all = value.array, case let read = all.compactMap(item), read.count == all.count else {
      complain("\(path(key)) should be a list of \(items)")
      return nil
    }
    return read
  }

  /// A nested object; its complaints join this one's. Call `close()` on it when its keys are read.
  public func object(_ key: String) -> StrictFields {
    StrictFields(look(key) ?? .null, at: path(key), collector: self)
  }

  /// A list of objects, each to be closed like `object`.
  public func objects(_ key: String) -> [StrictFields] {
    guard let value = look(key) else { return [] }
    guard let items = value.array else { complain("\(path(key)) should be a list, not \(value.kind)"); return [] }
    return items.enumerated().map { StrictFields($1, at: "\(path(key))[\($0)]", collector: self) }
  }

  /// Reports every key nobody asked for, with the place it belongs to or the nearest known one. Keys that begin with
  /// `x-` are the user's own. A second call reports nothing.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    for key in order where !known.contains(key) && !key.hasPrefix("x-") {
      complain(path(key) + rows.hint(key, object[key] ?? .null, near: known))
    }
  }

  /// Closes this object and throws everything that was wrong, listed together.
  public func finish(fix: String? = nil, exit: Problem.Exit = .usage) throws {
    close()
    guard !wrong.isEmpty else { return }
    let text =
      wrong.count == 1
      ? wrong[0] : "\(wrong.count) things are wrong:\n" + wrong.map { "  - \($0)" }.joined(separator: "\n")
    throw Problem(text, at: place, fix: fix, exit: exit)
  }
}
