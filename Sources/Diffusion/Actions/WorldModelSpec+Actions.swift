import Files
import Models

extension WorldModel.Spec {
  /// Whether it is conditioned on actions.
  public var takesActions: Bool { !actions.isEmpty }

  /// The action space called so. - Throws: `Problem` when it has none.
  package func space(_ name: String, at place: String) throws -> ActionSpace {
    guard let found = actions.first(where: { $0.name == name }) else { throw unknownSpace(name, at: place) }
    return found
  }

  func unknownSpace(_ name: String, at place: String) -> Problem {
    Problem(
      "the model knows no action space '\(name)'", at: place,
      expected: ActionSpace.list(actions.map(\.name)),
      fix: "say which of them the data's actions are: `actions: NAME` beside the path")
  }

  /// The space that data with these columns have, where they do not say.
  /// - Throws: `Problem` when none, or more than one, fits.
  /// - Parameter units: of the columns, as `ActionSpace.require` takes them.
  package func space(
    ofColumns names: [String], units: [String?] = [], fps: String?, at place: String
  ) throws -> ActionSpace {
    let fitting = actions.filter { $0.columns.map(\.name) == names }
    guard let found = fitting.first else {
      // The only one there is says best what is missing.
      try actions[0].require(names, units: units, fps: fps, at: place)
      throw unknownSpace(ActionSpace.list(names), at: place)
    }
    guard fitting.count == 1 else {
      throw Problem(
        "the columns fit \(fitting.count) of the model's action spaces", at: place,
        expected: ActionSpace.list(fitting.map(\.name)), fix: "name the one that is meant")
    }
    try found.require(names, units: units, fps: fps, at: place)
    return found
  }

  /// The same, as far as it does not follow from what was measured of the data: what a run is named by.
  package var unmeasured: Self {
    var spec = self
    spec.take(actions.map(\.unmeasured))
    return spec
  }
}
