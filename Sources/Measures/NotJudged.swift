/// Why a number is stated and not judged. Whoever compares clips asks this, never the words beside a number.
///
/// The raw value is the name files carry among a clip's notes (`"vbench_temporal_flickering": "moving"`) and tables
/// show ("n/a (moving)"); once published it keeps its meaning.
public enum NotJudged: String, Sendable, CaseIterable {
  /// The clip moves, and the metric counts movement as the fault it looks for.
  case moving
}
