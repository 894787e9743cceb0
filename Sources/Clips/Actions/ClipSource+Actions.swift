import Diffusion
import Files
import Frames
import Media
import Models
import Runs

extension ClipSource {
  /// The action spaces of its data, before anything was measured of them; none where the experiment asks for none.
  /// - Throws: `Problem` when no dataset brings any, one space's datasets differ, or columns cannot be told apart.
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
      for i in own.dropFirst() {
        try ActionSpace(name, Self.columns(of: first), fps: fps.description).require(
          datasets[i].actionColumns, units: datasets[i].actionUnits, fps: nil, at: datasets[i].path)
      }
      let space = ActionSpace(name, Self.columns(of: first), fps: fps.description)
      if let fault = space.fault {
        throw Problem(
          "its actions cannot be taken: \(fault)", at: first.path, fix: "name the columns apart, or read fewer of them")
      }
      return space
    }
  }

  private static func columns(of dataset: Dataset) -> [ActionColumn] {
    let units = dataset.actionUnits
    return dataset.actionColumns.enumerated().map { ActionColumn($1, unit: units.isEmpty ? nil : units[$0]) }
  }

  /// Each action of a space between two frames of an admitted window, once, in the data's order: what training sees.
  /// - Parameter body: given the row, and whose clip it is of.
  package func eachAction(of space: String, _ body: ([Float], String) throws -> Void) throws {
    // Of each clip the rows that are between two frames of a window; the last frame's leads out of it.
    var within: [Int: [Int: (admission: Admission, rows: [Range<Int>])]] = [:]
    for item in items where actionNames[item.dataset] == space {
      guard let admission = item.admission, item.range.count > 1 else { continue }
      within[item.dataset, default: [:]][admission.clipIndex, default: (admission, [])].rows.append(
        item.range.lowerBound..<item.range.upperBound - 1)
    }
    for (d, clips) in within.sorted(by: { $0.key < $1.key }) {
      for (_, clip) in clips.sorted(by: { $0.key < $1.key }) {
        var next = 0
        for range in clip.rows.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > next {
          let rows = max(next, range.lowerBound)..<range.upperBound
          next = range.upperBound
          for row in try clip.admission.actions(space, from: datasets[d], frames: rows, clock: clock)?.rows ?? [] {
            try body(row, clip.admission.clip)
          }
        }
      }
    }
  }

  /// The actions of an item's frames, without them; nil where they are not looked at, or there are none.
  package func actions(_ item: Int) throws -> ClipActions? {
    let it = items[item]
    guard let admission = it.admission else { throw GrantEnded(clip: it.clip) }
    return try actionNames[it.dataset].flatMap {
      try admission.actions($0, from: datasets[it.dataset], frames: it.range, clock: clock)
    }
  }

  /// What the dataset says of an item's frames beside their pixels: a row a frame, in the order of `stateColumns`; empty
  /// when it says nothing.
  package func state(_ item: Int) throws -> [[Float]] {
    let it = items[item]
    guard let admission = it.admission else { throw GrantEnded(clip: it.clip) }
    return try admission.state(from: datasets[it.dataset], frames: it.range, clock: clock)
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
