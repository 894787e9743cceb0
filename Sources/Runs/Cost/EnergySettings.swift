import Files

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

  /// Grams of CO2e; nil without the grid's intensity.
  func grams(_ energy: Energy) -> Double? { gridGramsPerKWh.map { $0 * energy.kilowattHours } }
}

extension EnergySettings: DocumentSection {
  package static let section = Section(EnergySettings()) {
    Field(
      "watts_per_core", \.wattsPerCore, .number(in: 0...10_000), unit: "watts",
      "what a busy core takes, where energy cannot be measured")
    Field(
      "grid_g_per_kwh", \.gridGramsPerKWh, .optional(.number(in: 0...10_000)), unit: "g/kWh", written: .whenNotDefault,
      "CO2e of the grid; without it none is told")
  }
}
