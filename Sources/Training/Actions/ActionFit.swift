import Clips
import Files
import Measures
import Models
import Runs

/// What the numbers of an action space are, by the rows that training sees and by no others: which of them are quantities,
/// keys or choices, and where their 1st and 99th hundredths lie.
package struct ActionFit {
  /// Rows that are kept to be measured, at most, evenly through the data; every row is looked at.
  private static let most = 4_000_000

  private let said: Experiment.Actions
  private let source: ClipSource

  package init(_ said: Experiment.Actions, _ source: ClipSource) { (self.said, self.source) = (said, source) }

  /// A space as its data are. - Parameter unmeasured: its columns by name.
  /// - Throws: `Problem` when there is no action, a column is called what it is not, or holds what no action is.
  package func measured(_ unmeasured: ActionSpace) throws -> ActionSpace {
    var rows: [[Float]] = [], count = 0, step = 1
    try source.eachAction(of: unmeasured.name) { row, clip in
      guard !row.contains(where: \.isNaN) else { return }
      if let bad = row.firstIndex(where: { !$0.isFinite }) {
        throw Problem(
          "the action '\(unmeasured.columns[bad].name)' is \(row[bad])", at: clip, expected: "numbers",
          fix: "correct the data, or leave the clip out")
      }
      if count % step == 0 { rows.append(row) }
      count += 1
      guard rows.count > Self.most else { return }
      // Every second of them stands for both.
      rows = rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      step *= 2
    }
    guard !rows.isEmpty else {
      throw Problem(
        "no frame of the training clips has an action of '\(unmeasured.name)'", at: "actions",
        expected: "numbers in \(ActionSpace.list(unmeasured.columns.map(\.name)))",
        fix: "leave `actions` out of the experiment, or train on clips that have them")
    }
    var space = unmeasured
    space.columns = try unmeasured.columns.enumerated().map { i, column in
      var found = try measured(column.name, rows.map { $0[i] }, isAlone: unmeasured.columns.count == 1)
      found.unit = column.unit
      return found
    }
    if let fault = space.fault {
      throw Problem.usage("the actions of '\(space.name)' cannot be taken: \(fault)", at: "actions")
    }
    // A row that was passed over may hold what no other does.
    if step > 1 { try requireKnown(space) }
    return space
  }

  /// - Throws: `Problem` when a row that will be trained on holds what a column of the space cannot have.
  package func requireKnown(_ space: ActionSpace) throws {
    try source.eachAction(of: space.name) { row, clip in _ = try space.encoded(row, at: clip) }
  }

  private func measured(_ name: String, _ values: [Float], isAlone: Bool) throws -> ActionColumn {
    let isWhole = values.allSatisfy { $0 >= 0 && $0 == $0.rounded() && $0 < Float(ActionColumn.mostClasses) }
    let top = values.max() ?? 0,
      choice = { ActionColumn(name, .discrete, low: 0, high: Double(top), classes: Int(top) + 1) }
    if said.discrete.contains(name) {
      guard isWhole else {
        throw Problem.usage(
          "the action '\(name)' is no choice: it holds \(values.first { $0 < 0 || $0 != $0.rounded() } ?? top)",
          at: "actions.discrete", expected: "whole numbers from 0 to \(ActionColumn.mostClasses - 1)")
      }
      return choice()
    }
    if isWhole, !said.continuous.contains(name) {
      if top <= 1 { return ActionColumn(name, .binary, low: 0, high: 1) }
      if isAlone, top < 256 { return choice() }
    }
    let sorted = values.sorted().map(Double.init)
    return ActionColumn(name, low: Bootstrap.quantile(sorted, 0.01), high: Bootstrap.quantile(sorted, 0.99))
  }
}
