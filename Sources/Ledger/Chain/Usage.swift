import Files

/// Frames of one clip: how many the model saw (context included), and how many its loss was taken over.
public struct Usage: Sendable, Equatable {
  public var seen: Int
  public var framesInLoss: Int

  public init(seen: Int = 0, framesInLoss: Int = 0) {
    self.seen = seen
    self.framesInLoss = framesInLoss
  }

  /// nil when a sum leaves Int's range, which no honest count does.
  package func adding(_ other: Usage) -> Usage? {
    let seen = seen.addingReportingOverflow(other.seen)
    let inLoss = framesInLoss.addingReportingOverflow(other.framesInLoss)
    return seen.overflow || inLoss.overflow
      ? nil : Usage(seen: seen.partialValue, framesInLoss: inLoss.partialValue)
  }
}

extension Usage {
  private static let keys = (seen: "seen", inLoss: "loss")

  /// As an exposure record states it.
  package var value: Value { [Self.keys.seen: Value(seen), Self.keys.inLoss: Value(framesInLoss)] }

  /// - Returns: nil when a count is missing or not whole, or more is in the loss than was seen.
  package init?(_ value: Value) {
    guard value.fields?.count == 2, let seen = value[Self.keys.seen]?.integer,
      let inLoss = value[Self.keys.inLoss]?.integer, inLoss >= 0, seen >= inLoss
    else { return nil }
    self.init(seen: seen, framesInLoss: inLoss)
  }
}
