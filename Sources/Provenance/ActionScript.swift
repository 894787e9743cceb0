import Diffusion
import Files
import Media
import Models

/// Actions for a model to be told, written by a person or a program: a CSV file with the columns' names in its first line,
/// a NumPy array [T,A], or words such as `w*8,a+w*4,.*2`.
///
/// Words are separated by commas, each `*N` for N frames. A word is keys that are pressed, joined by `+`; `NAME=VALUE` of a
/// quantity or a choice; of a single choice its number alone; or `.`: keys up, quantities 0.
package struct ActionScript {
  /// Row t is the action at frame t.
  package let actions: ClipActions

  /// Most rows.
  private static let most = 1_000_000

  /// - Parameters:
  ///   - text: a file's path, or words.
  ///   - name: of the space they belong to; nil: the only one, or the one that fits a file's columns.
  /// - Throws: `Problem` when it is neither, or says what the model does not know.
  package init(_ text: String, _ spec: WorldModel.Spec, space name: String? = nil) throws {
    guard spec.takesActions else {
      throw Problem.usage(
        "the model takes no actions", at: "--actions",
        fix: "leave it out, or train with `actions: {}` on data that have them")
    }
    let said = try name.map { try spec.space($0, at: "--action-space") }
    guard Disk.exists(text), !Disk.isFolder(text) else {
      actions = try Self.words(text, Self.only(said, spec))
      return
    }
    if text.hasSuffix(".npy") {
      actions = try Self.array(text, Self.only(said, spec))
    } else {
      actions = try Self.table(text, said, spec)
    }
  }

  private static func only(_ said: ActionSpace?, _ spec: WorldModel.Spec) throws -> ActionSpace {
    if let said { return said }
    guard spec.actions.count == 1 else {
      throw Problem.usage(
        "the model knows \(spec.actions.count) action spaces", at: "--actions",
        expected: ActionSpace.list(spec.actions.map(\.name)), fix: "say which is meant with --action-space")
    }
    return spec.actions[0]
  }

  private static func array(_ path: String, _ space: ActionSpace) throws -> ClipActions {
    let array = try NPY([UInt8](Disk.read(path)), at: path), width = space.columns.count
    guard array.shape.count == 2, array.shape[1] == width, (1...most).contains(array.shape[0]) else {
      throw Problem(
        "the array's shape is \(array.shape)", at: path,
        expected: "[frames, \(width)], at least one frame: \(ActionSpace.list(space.columns.map(\.name)))",
        fix: "save the actions as one row a frame")
    }
    return ClipActions(
      space: space.name,
      rows: stride(from: 0, to: array.values.count, by: max(1, width)).map { at in
        array.values[at..<at + width].map { Float($0) }
      })
  }

  private static func table(_ path: String, _ said: ActionSpace?, _ spec: WorldModel.Spec) throws -> ClipActions {
    let records = try CSV.records(Disk.readText(path), at: path)
    guard let head = records.first, (2...most).contains(records.count) else {
      throw Problem(
        "the file has \(Text.counted(records.count, "line"))", at: path,
        expected: "the columns' names, then a line a frame, at least one and at most \(most)")
    }
    let space = try said ?? spec.space(ofColumns: head.fields, fps: nil, at: path)
    try space.require(head.fields, fps: nil, at: path)
    return ClipActions(
      space: space.name,
      rows: try records.dropFirst().map { record in
        let row = record.fields.map { $0.isEmpty ? Float.nan : Float($0) }
        guard row.count == space.columns.count, !row.contains(nil) else {
          throw Problem(
            "the line \(record.line) is no action: \(record.fields.joined(separator: ",").prefix(80))", at: path,
            expected: "\(space.columns.count) numbers", fix: "correct it; a line of empty fields is no action")
        }
        return row.compactMap { $0 }
      })
  }

  private static func words(_ text: String, _ space: ActionSpace) throws -> ClipActions {
    if let name = space.columns.map(\.name).first(where: { $0.contains { ",*+=".contains($0) } }) {
      throw Problem.usage(
        "the action '\(name)' cannot be written in words", at: "--actions",
        expected: "a file (.csv, .npy) with a row a frame", fix: "write the actions into a CSV file, names first")
    }
    func problem(_ word: some StringProtocol) -> Problem {
      let names = space.columns.map(\.name)
      return Problem.usage(
        "'\(word.prefix(60))' is no action" + Nearest.hint(String(word), names), at: "--actions",
        expected:
          "a file (.csv, .npy), or words such as \(example(space)), of \(ActionSpace.list(names)); '.' is none of them")
    }
    var rows: [[Float]] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "*", omittingEmptySubsequences: false)
      guard halves.count <= 2, let count = halves.count == 2 ? Int(halves[1]) : 1, (1...most).contains(count),
        rows.count + count <= most
      else { throw problem(part) }
      var row = [Float](repeating: 0, count: space.columns.count)
      for word in halves[0].split(separator: "+", omittingEmptySubsequences: false) where word != "." {
        let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if space.columns.count == 1, sides.count == 1, let value = Float(word) {
          row[0] = value
          continue
        }
        guard let i = space.columns.firstIndex(where: { $0.name == sides[0] }) else { throw problem(word) }
        switch (space.columns[i].kind, sides.count) {
        case (.binary, 1): row[i] = 1
        case (_, 2):
          guard let value = Float(sides[1]), value.isFinite else { throw problem(word) }
          row[i] = value
        default: throw problem(word)
        }
      }
      rows += Array(repeating: row, count: count)
    }
    return ClipActions(space: space.name, rows: rows)
  }

  private static func example(_ space: ActionSpace) -> String {
    let first = space.columns[0]
    return switch first.kind {
    case .binary: "'\(first.name)*8,.*4'"
    case .discrete: "'1*8,2*4'"
    case .continuous: "'\(first.name)=\(Text.short((first.low + first.high) / 2))*8'"
    }
  }
}
