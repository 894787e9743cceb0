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

/// What turns seconds into joules and joules into CO2e. It changes no weight, so it is not in a run's hash.
public struct EnergySettings: Sendable, Equatable {
  /// Thermal design power over cores lies between 3.75 (AMD EPYC 9654: 360 W, 96 cores) and 6.25 (Intel Xeon 8480+: 350
  /// W, 56 cores): the middle, and nothing for memory, disks, fans and cooling.
  public static let usualWattsPerCore = 5.0

  /// Watts a busy core takes, for estimates.
  public var wattsPerCore: Double
  /// Grams of CO2e a kilowatt-hour of this grid costs; nil when nobody said, for there is no honest default.
  public var gridGramsPerKWh: Double?

  public init(wattsPerCore: Double = Self.usualWattsPerCore, gridGramsPerKWh: Double? = nil) {
    (self.wattsPerCore, self.gridGramsPerKWh) = (wattsPerCore, gridGramsPerKWh)
  }

  /// Reads `energy: {watts_per_core, grid_g_per_kwh}` of an experiment.
  package init(_ f: StrictFields) {
    defer { f.close() }
    wattsPerCore = f.number("watts_per_core", in: 0...10_000, default: Self.usualWattsPerCore)
    gridGramsPerKWh = f.optionalNumber("grid_g_per_kwh", in: 0...10_000)
  }

  package var value: Value {
    var value: Value = ["watts_per_core": .number(wattsPerCore)]
    if let gridGramsPerKWh { value.set("grid_g_per_kwh", .number(gridGramsPerKWh)) }
    return value
  }

  /// Grams of CO2e; nil without the grid's intensity.
  func grams(_ energy: Energy) -> Double? { gridGramsPerKWh.map { $0 * energy.kilowattHours } }
}
