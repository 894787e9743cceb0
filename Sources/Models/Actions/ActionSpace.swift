import Files

/// What an action is, for a model that takes them: names, units and order of its numbers, how each is seen, and how often
/// one is taken. Row t of a clip is the action taken at frame t, which led to frame t + 1.
///
/// It is a part of the model, and of its export, and data are held against it wherever they meet the model.
public struct ActionSpace: Sendable, Equatable {
  /// Tells spaces of one model apart, and names its part of the weights.
  public var name: String
  public var columns: [ActionColumn]
  /// Actions a second, which is frames a second: "10/1".
  public var fps: String

  public init(_ name: String, _ columns: [ActionColumn], fps: String) {
    (self.name, self.columns, self.fps) = (name, columns, fps)
  }

  /// How rows and frames belong together, wherever that is written down.
  package static let convention = "row t is the action taken at frame t; it leads to frame t + 1"

  /// Numbers the model sees of a row.
  package var width: Int { columns.reduce(0) { $0 + $1.width } }

  /// What the model sees of a row; nil where there is no action: a number is missing (NaN).
  /// - Throws: `Problem` when a value is none the column can have.
  package func encoded(_ row: [Float], at place: String) throws -> [Float]? {
    precondition(row.count == columns.count, "\(row.count) numbers for \(columns.count) columns")
    guard !row.contains(where: \.isNaN) else { return nil }
    var out: [Float] = []
    out.reserveCapacity(width)
    for (x, column) in zip(row, columns) {
      guard column.holds(x) else {
        throw Problem(
          "the action '\(column.name)' is \(x), and the model knows \(column.words)", at: place,
          fix: "correct the data, or train with `actions: {continuous: [\(column.name)]}`")
      }
      column.encode(x, into: &out)
    }
    return out
  }

  /// An action as the model sees it that says nothing: quantities in the middle of their range, keys up, of choices the
  /// first.
  package var zero: [Float] {
    columns.flatMap { column -> [Float] in
      column.kind == .discrete ? (0..<column.classes).map { $0 == 0 ? 1 : 0 } : [0]
    }
  }

  /// - Parameter units: of the columns, nil where the data do not say; empty where they say nothing.
  /// - Throws: `Problem` unless data with these columns at this rate mean the same by an action.
  package func require(_ names: [String], units: [String?] = [], fps other: String?, at place: String) throws {
    guard names == columns.map(\.name) else {
      throw Problem(
        names.isEmpty
          ? "the data bring no actions, and the model takes them"
          : "the data's actions are \(Self.list(names)), and the model's are \(Self.list(columns.map(\.name)))",
        at: place, expected: "the columns of '\(name)', by name and in its order",
        fix: names.isEmpty ? "use data that bring them" : "name the columns as the model has them, or train on these")
    }
    for (column, unit) in zip(columns, units) {
      guard let own = column.unit, let unit, own != unit else { continue }
      throw Problem(
        "the action '\(column.name)' is in \(VisibleName.shown(unit)), and the model's is in \(VisibleName.shown(own))",
        at: place, fix: "convert the data")
    }
    guard other == nil || other == fps else {
      throw Problem(
        "the data bring an action \(other ?? "") times a second, and the model was trained at \(fps)", at: place,
        fix: "import the data at the model's rate")
    }
  }

  /// A line a column, as the model sees it.
  package var lines: [String] { columns.map { "\($0.name): \($0.words)" } }

  /// The first few names.
  package static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count))" : "")
  }

  /// Most numbers the model sees of a row.
  private static let mostWidth = 16_384

  /// Why no model can take it; nil where one can.
  package var fault: String? {
    if columns.isEmpty { return "it has no columns" }
    if let twice = Dictionary(grouping: columns, by: \.name).filter({ $0.value.count > 1 }).keys.min() {
      return "two columns are called '\(VisibleName.shown(twice))'"
    }
    if let empty = columns.first(where: { $0.kind == .discrete && $0.classes < 1 }) {
      return "'\(VisibleName.shown(empty.name))' is one of none"
    }
    return width > Self.mostWidth ? "a row becomes \(width) numbers, and \(Self.mostWidth) are the most" : nil
  }

  /// The same, before anything was measured: what it is besides the data. Kinds are measured too, where nobody says them.
  package var unmeasured: ActionSpace {
    ActionSpace(name, columns.map { ActionColumn($0.name) }, fps: fps)
  }
}

extension ActionSpace: DocumentSection {
  package static let section = Section(Self("", [], fps: "10/1")) {
    Field("name", \.name, .text.required, "tells spaces of one model apart")
    Field("columns", \.columns, .sections(expected: "a list of {name: …}"), "the numbers of a row, in order")
    Field("fps", \.fps, .text, "actions a second, as a fraction")
  } rules: { space, f in
    if !isName(space.name) {
      f.complain("\(f.path("name")) is '\(space.name)'; it names files: lower-case letters, digits, - and _")
    }
    if let fault = space.fault, !space.columns.isEmpty { f.complain("\(f.path("columns")): \(fault)") }
  }

  /// Whether it can name files and weights.
  package static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
  }
}
