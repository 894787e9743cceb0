import Files

extension Experiment {
  /// That a model is trained on its data's actions, and how.
  public struct Actions: Sendable, Equatable {
    /// Shares of frames, and of whole clips, whose actions are replaced by "none is given".
    public var dropout = 0.1, clipDropout = 0.1
    /// Columns that are what they do not look like.
    public var discrete: [String] = [], continuous: [String] = []

    public init() {}
  }
}

extension Experiment.Actions: DocumentSection {
  package static let section = Section(Self()) {
    Field("dropout", \.dropout, .number(in: 0...1), "share of frames that are trained without their action")
    Field(
      "clip_dropout", \.clipDropout, .number(in: 0...1),
      "share of samples that are trained without any, so that guidance on actions means something")
    Field(
      "discrete", \.discrete, .texts, written: .whenNotDefault,
      "columns that count one of several without order; a single column of whole numbers is taken for one")
    Field(
      "continuous", \.continuous, .texts, written: .whenNotDefault,
      "columns that are quantities although they hold only whole numbers, or 0 and 1")
  } rules: { a, f in
    for name in Set(a.discrete).intersection(a.continuous).sorted() {
      f.complain("\(f.path("discrete")) and \(f.path("continuous")) both name '\(name)'")
    }
  }
}
