import Files

/// An amount of energy and how it is known.
public struct Energy: Sendable, Equatable {
  public enum Source: String, Sendable {
    /// Counters of the processor packages (RAPL): the whole machine's, not this process's alone, and without memory,
    /// disks and fans.
    case measured
    /// Processor seconds × watts a busy core.
    case estimated
    /// A sum of both kinds: sessions of a run on different machines.
    case mixed
  }

  public var joules: Double
  public var source: Source

  public init(joules: Double, source: Source) { (self.joules, self.source) = (joules, source) }

  public var kilowattHours: Double { joules / 3_600_000 }

  public static func + (a: Energy, b: Energy) -> Energy {
    // Nothing has no source of its own.
    if a.joules == 0 { return b }
    if b.joules == 0 { return a }
    return Energy(joules: a.joules + b.joules, source: a.source == b.source ? a.source : .mixed)
  }

  /// "0.0012 kWh (4,320 J), estimated".
  public var text: String { "\(Text.short(kilowattHours)) kWh (\(Text.short(joules)) J), \(source.rawValue)" }
}
