import Files
import Frames

/// What a person says about a file that does not say it itself: `--read KEY=VALUE`.
public struct Reading: Sendable, Equatable {
  public enum Order: String, Sendable, CaseIterable { case rgb, bgr }
  public enum Flip: String, Sendable, CaseIterable { case none, rows, rowsAndColumns = "rows+columns" }
  public enum Span: String, Sendable, CaseIterable {
    case unit = "0..1", signed = "-1..1", eight = "8 bits", sixteen = "16 bits"
  }

  /// In the order of the words.
  package private(set) var given: [String: String] = [:]

  public init() {}

  public var isEmpty: Bool { given.isEmpty }

  /// Whether more is said than a rate.
  var isMoreThanRate: Bool { given.keys.contains { $0 != "fps" } }

  /// Keys, and what each can be.
  package static let keys: [(key: String, expected: String)] = [
    ("channels", "rgb or bgr"), ("jpeg_channels", "rgb or bgr"),
    ("axes", "a letter of NTHWC for each axis, in the file's order"), ("camera", "a camera's name"),
    ("images", "a path in the file, * for one level"), ("action", "paths in the file, joined with ' + '"),
    ("actions", "paths in the file, joined with ' + '"),
    ("fps", "a rate such as 24 or 30000/1001, or PATH.attrs['NAME']"),
    ("range", "0..1, -1..1, '8 bits' or '16 bits'"), ("flip", "none, rows or rows+columns"),
  ]

  /// - Parameter words: KEY=VALUE each. - Throws: `Problem` (usage) naming the key and what it can be.
  public init(_ words: [String]) throws {
    for word in words {
      guard let split = word.firstIndex(of: "="), split != word.startIndex else {
        throw Problem.usage(
          "'\(word)' is no KEY=VALUE", at: "--read", expected: Self.keys.map(\.key).joined(separator: ", "))
      }
      try set(String(word[..<split]), String(word[word.index(after: split)...]), at: "--read \(word)")
    }
  }

  package mutating func set(_ key: String, _ value: String, at place: String) throws {
    guard let known = Self.keys.first(where: { $0.key == key }) else {
      throw Problem.usage(
        "'\(key)' is nothing a reader can be told", at: place, expected: Self.keys.map(\.key).joined(separator: ", "))
    }
    let fits =
      switch key {
      case "channels", "jpeg_channels": Order(rawValue: value) != nil
      case "flip": Flip(rawValue: value) != nil
      case "range": Span(rawValue: value) != nil
      case "axes": Self.isAxes(value)
      case "fps": FrameRate(parsing: value) != nil || Self.attribute(value) != nil
      default: !value.isEmpty
      }
    guard fits else { throw Problem.usage("'\(value)' cannot be \(key)", at: place, expected: known.expected) }
    given[key == "action" ? "actions" : key] = value
  }

  private static func isAxes(_ text: String) -> Bool {
    Set(text).count == text.count && text.allSatisfy { "NTHWC".contains($0) } && "THW".allSatisfy(text.contains)
  }

  /// `PATH.attrs['NAME']`, taken apart.
  package static func attribute(_ text: String) -> (path: String, name: String)? {
    guard let dot = text.firstRange(of: ".attrs["), text.hasSuffix("]") else { return nil }
    var name = text[dot.upperBound...].dropLast()
    guard let quote = name.first, quote == "'" || quote == "\"", name.count > 2, name.last == quote else { return nil }
    name = name.dropFirst().dropLast()
    return (String(text[..<dot.lowerBound]), String(name))
  }

  package var channels: Order? { given["channels"].flatMap(Order.init) }
  package var jpegChannels: Order? { given["jpeg_channels"].flatMap(Order.init) }
  package var axes: String? { given["axes"] }
  package var camera: String? { given["camera"] }
  package var images: String? { given["images"] }
  package var actions: [String]? {
    given["actions"].map { $0.split(separator: "+").map { $0.trimmed } }
  }
  package var fps: String? { given["fps"] }
  package var range: Span? { given["range"].flatMap(Span.init) }
  package var flip: Flip? { given["flip"].flatMap(Flip.init) }

  /// The words again, in order of keys.
  public var words: [String] { given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }

  package var value: Value { .object(given.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }) }

  /// What is said here, and of the rest what was said before.
  package func over(_ other: Reading) -> Reading {
    var all = other
    for (key, value) in given { all.given[key] = value }
    return all
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
