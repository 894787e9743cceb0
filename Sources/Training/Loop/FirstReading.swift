import Files

/// How far the first reading of footage has come. It hashes every clip whole before a frame of it is used, which takes
/// the time of a first epoch's steps; whoever waits for it should know what for.
package struct FirstReading {
  /// Seconds that nobody needs to be told of.
  private static let short = 2.0

  private let total: Int
  private var seen: Set<String> = []
  /// Seconds hashed before, by whoever looked first.
  private let before: Double
  private var seconds = 0.0

  /// - Parameters:
  ///   - total: clips in all.
  ///   - before: seconds of hashing so far.
  package init(of total: Int, before: Double = 0) { (self.total, self.before) = (total, before) }

  /// Counts the clips of a step.
  /// - Parameter seconds: of hashing so far, all threads together.
  /// - Returns: a sentence, once, when every clip was read and it took long.
  package mutating func take(_ clips: some Sequence<String>, seconds now: Double) -> String? {
    guard seen.count < total else { return nil }
    seen.formUnion(clips)
    seconds = max(0, now - before)
    guard seen.count == total, seconds > Self.short else { return nil }
    return
      "all \(Text.counted(total, "clip")) were read and verified once, \(Text.short(seconds)) s of hashing; from now on "
      + "chunks are held against their tags"
  }

  /// For a progress line; nil when there is nothing to say of it.
  package var detail: String? {
    guard seen.count < total, seconds > Self.short, !seen.isEmpty else { return nil }
    let left = seconds / Double(seen.count) * Double(total - seen.count)
    return
      "verifying \(seen.count)/\(total) clips, \(ProgressLine.clock(seconds)) of hashing, \(ProgressLine.clock(left)) to come"
  }
}
