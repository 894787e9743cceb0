import Files

/// An adapter as it is named on a command line: a file or folder, and what it counts: `FILE` or `FILE:0.8`.
public struct AdapterChoice: Sendable, Equatable {
  public let path: String
  /// 1: as it was trained; 0: not at all.
  public let strength: Double

  /// - Throws: `Problem` (usage) for a strength that is none.
  public init(_ words: String) throws {
    let parts = words.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, let last = parts.last, let number = Double(last), !Disk.exists(words) else {
      (path, strength) = (words, 1)
      return
    }
    guard number.isFinite, abs(number) <= 100 else {
      throw Problem.usage("the strength \(last) cannot be used", at: "--lora", expected: "a number such as 0.8")
    }
    (path, strength) = (parts.dropLast().joined(separator: ":"), number)
  }
}
