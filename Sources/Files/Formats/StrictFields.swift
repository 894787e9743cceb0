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
  private let collector: StrictFields?

  /// - Parameter value: an object, or null for "all defaults".
  public init(_ value: Value, at place: String) {
    self.place = place
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
    self.place = place
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

  private func path(_ key: String) -> String { collector == nil ? key : place + "." + key }

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
    guard let text = optionalString(key) else { return fallback }
    if let value = T(rawValue: text) { return value }
    let names = T.allCases.map(\.rawValue)
    complain("\(path(key)) is '\(text)'" + Nearest.hint(text, names) + "; it can be \(names.joined(separator: ", "))")
    return fallback
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

  public func bool(_ key: String, default fallback: Bool) -> Bool {
    guard let value = look(key) else { return fallback }
    if let b = value.bool { return b }
    complain("\(path(key)) should be true or false, not \(value.kind)")
    return fallback
  }

  public func strings(_ key: String) -> [String]? {
    guard let value = look(key) else { return nil }
    guard let items = value.array, case let texts = items.compactMap(\.string), texts.count == items.count else {
      complain("\(path(key)) should be a list of texts")
      return nil
    }
    return texts
  }

  public func integers(_ key: String) -> [Int]? {
    guard let value = look(key) else { return nil }
    guard let items = value.array, case let numbers = items.compactMap(\.integer), numbers.count == items.count else {
      complain("\(path(key)) should be a list of integers")
      return nil
    }
    return numbers
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

  /// Reports every key nobody asked for, with the nearest known one. Keys that begin with `x-` are the user's own.
  public func close() {
    for key in order where !known.contains(key) && !key.hasPrefix("x-") {
      complain("\(path(key)) is not a known key" + Nearest.hint(key, known))
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

/// The closest known name, by edit distance, for "did you mean".
public enum Nearest {
  public static func hint(_ name: String, _ known: [String]) -> String {
    guard let best = known.map({ ($0, distance(Array(name), Array($0))) }).min(by: { $0.1 < $1.1 }),
      best.1 <= max(2, name.count / 3)
    else { return "" }
    return " (did you mean '\(best.0)'?)"
  }

  /// Levenshtein distance.
  package static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let cost = min(row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[b.count]
  }
}
