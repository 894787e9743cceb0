/// The actions of a clip, or of a window of one, as the data have them.
public struct ClipActions: Sendable, Equatable {
  /// The action space they belong to.
  public var space: String
  /// [T][A]: row t is the action taken at frame t, which led to frame t + 1. NaN where there is none.
  public var rows: [[Float]]

  public init(space: String, rows: [[Float]]) { (self.space, self.rows) = (space, rows) }
}
