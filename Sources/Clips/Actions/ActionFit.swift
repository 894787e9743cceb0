import Files
import Foundation
import Frames
import Media
import Models
import Runs

/// What the numbers of an action space are, by the rows that training sees and by no others: which of them are quantities,
/// keys or choices, and where their 1st and 99th hundredths lie.
package struct ActionFit {
  /// Rows looked at at most, evenly through the data.
  package static let most = 4_000_000

  private let said: Experiment.Actions

  package init(_ said: Experiment.Actions) { self.said = said }

  /// - Parameters:
  ///   - names: of the columns.
  ///   - rows: one action each; those with a number missing (NaN) are no action.
  /// - Throws: `Problem` when there is no action, a column is called what it is not, or holds what no action is.
  package func space(
    _ name: String, _ names: [String], fps: FrameRate, rows: [[Float]], at place: String
  ) throws -> ActionSpace {
    let whole = rows.filter { !$0.contains(where: \.isNaN) }
    guard !whole.isEmpty else {
      throw Problem(
        "no frame of the training clips has an action", at: place, expected: "numbers in \(ActionSpace.list(names))",
        fix: "leave `actions` out of the experiment, or train on clips that have them")
    }
    return ActionSpace(
      name,
      try names.enumerated().map { i, name in
        try column(name, whole.map { $0[i] }, isAlone: names.count == 1, at: place)
      },
      fps: fps.description)
  }

  private func column(_ name: String, _ values: [Float], isAlone: Bool, at place: String) throws -> ActionColumn {
    if let bad = values.first(where: { !$0.isFinite }) {
      throw Problem(
        "the action '\(name)' is \(bad) in a training clip", at: place, expected: "numbers",
        fix: "correct the data, or leave the clip out")
    }
    let isWhole = values.allSatisfy { $0 >= 0 && $0 == $0.rounded() && $0 < Float(ActionColumn.mostClasses) }
    let top = values.max() ?? 0
    if said.discrete.contains(name) {
      guard isWhole else {
        throw Problem.usage(
          "the action '\(name)' is no choice: it holds \(values.first { $0 < 0 || $0 != $0.rounded() } ?? top)",
          at: "actions.discrete", expected: "whole numbers from 0 to \(ActionColumn.mostClasses - 1)")
      }
      return ActionColumn(name, .discrete, low: 0, high: Double(top), classes: Int(top) + 1)
    }
    if !said.continuous.contains(name) {
      if isWhole, top <= 1 { return ActionColumn(name, .binary, low: 0, high: 1) }
      if isAlone, isWhole, top < 256 {
        return ActionColumn(name, .discrete, low: 0, high: Double(top), classes: Int(top) + 1)
      }
    }
    let sorted = values.sorted()
    return ActionColumn(name, low: Self.quantile(sorted, 0.01), high: Self.quantile(sorted, 0.99))
  }

  /// Between the two nearest of sorted values (Hyndman & Fan 1996, type 7).
  static func quantile(_ sorted: [Float], _ q: Double) -> Double {
    let at = q * Double(sorted.count - 1), i = Int(at)
    guard i + 1 < sorted.count else { return Double(sorted[sorted.count - 1]) }
    return Double(sorted[i]) + (at - Double(i)) * (Double(sorted[i + 1]) - Double(sorted[i]))
  }
}

extension ClipSource {
  /// The action spaces of its data, as its admitted windows have them; none where the experiment asks for none.
  /// - Throws: `Problem` when no dataset brings any, or one space's datasets differ.
  package func actionSpaces(_ said: Experiment.Actions?) throws -> [ActionSpace] {
    guard let said else { return [] }
    let names = actionNames.compactMap { $0 }.distinct()
    guard !names.isEmpty else {
      throw Problem(
        "the experiment trains on actions, and no dataset brings any", at: datasets.map(\.path).joined(separator: ", "),
        expected: "a column 'action' of a row a frame, or one that --read actions=PATH names",
        fix: "leave `actions` out of the experiment, or say where they are")
    }
    let columns = datasets.flatMap(\.actionColumns)
    for other in said.discrete + said.continuous where !columns.contains(other) {
      throw Problem.usage(
        "the data have no action '\(other)'" + Nearest.hint(other, columns.distinct()), at: "actions",
        expected: ActionSpace.list(columns.distinct()))
    }
    return try names.map { name in
      let own = datasets.indices.filter { actionNames[$0] == name }, first = datasets[own[0]]
      for i in own.dropFirst() where datasets[i].actionColumns != first.actionColumns {
        throw Problem(
          "its actions are \(ActionSpace.list(datasets[i].actionColumns)), and those of \(first.path) are "
            + ActionSpace.list(first.actionColumns), at: datasets[i].path,
          fix: "tell the two apart: `actions: NAME` beside the path of each")
      }
      return try ActionFit(said).space(
        name, first.actionColumns, fps: fps, rows: try rows(of: Set(own)), at: first.path)
    }
  }

  /// Actions between the frames of admitted windows, of some datasets, each once; evenly thinned out to `ActionFit.most`.
  private func rows(of datasets: Set<Int>) throws -> [[Float]] {
    var within: [Int: [Int: Range<Int>]] = [:]
    for item in items where datasets.contains(item.dataset) {
      guard let admission = item.admission, item.range.count > 1 else { continue }
      // The last frame's leads out of the window; windows of a clip follow each other.
      let own = item.range.lowerBound..<item.range.upperBound - 1,
        known = within[item.dataset]?[admission.clipIndex] ?? own
      within[item.dataset, default: [:]][admission.clipIndex] =
        min(known.lowerBound, own.lowerBound)..<max(known.upperBound, own.upperBound)
    }
    let all = within.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } },
      step = max(1, (all + ActionFit.most - 1) / ActionFit.most)
    var rows: [[Float]] = [], place = 0
    rows.reserveCapacity(all / step + 1)
    for (d, clips) in within.sorted(by: { $0.key < $1.key }) {
      for (clip, range) in clips.sorted(by: { $0.key < $1.key }) {
        let own = try self.datasets[d].actions(clip)
        for t in range {
          if place % step == 0 { rows.append(own[t]) }
          place += 1
        }
      }
    }
    return rows
  }

  /// Identity of the actions, which the contents' hash does not cover, and of the spaces they belong to; nil when none
  /// are read.
  package var actionsHash: String? {
    get throws {
      guard actionNames.contains(where: { $0 != nil }) else { return nil }
      var hasher = SHA256Hasher()
      for (dataset, name) in zip(datasets, actionNames) {
        hasher.update("\(name ?? "")\u{0}")
        for (i, clip) in dataset.clips.enumerated() where name != nil {
          hasher.update("\(clip.id)\u{0}\(try dataset.conditioning(i)[.action] ?? "")\n")
        }
      }
      return hasher.finish()
    }
  }
}
