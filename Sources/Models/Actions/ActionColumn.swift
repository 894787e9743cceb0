import Files

/// One number of an action, and how a model sees it.
public struct ActionColumn: Sendable, Equatable {
  public enum Kind: String, CaseIterable, Sendable {
    /// A quantity. The model sees it moved so that 1 % of what was trained on lies below −1 and 1 % above 1; it is not
    /// cut there.
    case continuous
    /// 0 or 1, such as a key: seen as it is.
    case binary
    /// One of several without order, 0 … classes − 1: seen as a number for each, 1 for the one.
    case discrete
  }

  public var name: String
  /// "px", "m/s"; nil where the data do not say.
  public var unit: String?
  public var kind: Kind
  /// Quantiles .01 and .99 of the training frames; of a constant column one number twice, and it is seen as 0.
  public var low: Double, high: Double
  /// Of a discrete column.
  public var classes: Int

  public init(
    _ name: String, unit: String? = nil, _ kind: Kind = .continuous, low: Double = -1, high: Double = 1,
    classes: Int = 0
  ) {
    (self.name, self.unit, self.kind, self.low, self.high, self.classes) = (name, unit, kind, low, high, classes)
  }

  /// Numbers the model sees of it.
  var width: Int { kind == .discrete ? classes : 1 }

  /// Most classes of a discrete column.
  package static let mostClasses = 4096

  /// Appends what the model sees of a value that is a number.
  func encode(_ x: Float, into out: inout [Float]) {
    switch kind {
    case .continuous:
      let span = high - low
      // What is constant says nothing, and a division by next to nothing would say much.
      out.append(span > 1e-6 * max(abs(low), abs(high)) ? Float(2 * (Double(x) - low) / span - 1) : 0)
    case .binary: out.append(x)
    case .discrete: for i in 0..<classes { out.append(Float(i) == x ? 1 : 0) }
    }
  }

  /// Whether a value is one the column can have.
  func holds(_ x: Float) -> Bool {
    switch kind {
    case .continuous: x.isFinite
    case .binary: x == 0 || x == 1
    case .discrete: x >= 0 && x < Float(classes) && x == x.rounded()
    }
  }

  /// "0 or 1", for people.
  var words: String {
    let unit = unit.map { " " + $0 } ?? ""
    return switch kind {
    case .continuous: "\(Text.short(low)) … \(Text.short(high))\(unit) seen as -1 … 1"
    case .binary: "0 or 1"
    case .discrete: "one of \(classes)"
    }
  }
}

extension ActionColumn: DocumentSection {
  package static let section = Section(Self("")) {
    Field("name", \.name, .text.required, "what it is called in the data")
    Field("unit", \.unit, .optional(.text), written: .whenNotDefault, "what it is measured in")
    Field("kind", \.kind, .choice, "a quantity, 0 or 1, or one of several without order")
    Field("low", \.low, .number(in: -1e30...1e30), "seen as −1: quantile .01 of the training frames")
    Field("high", \.high, .number(in: -1e30...1e30), "seen as 1: quantile .99 of the training frames")
    Field("classes", \.classes, .integer(in: 0...mostClasses), written: .whenNotDefault, "of one of several: how many")
  }
}
