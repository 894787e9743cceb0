import Files

/// What a run has cost, over all its sessions: what `run.json` says under `cost`.
package struct RunCost {
  /// The cost at the end of the session before; `.null` or empty for a new run.
  package let before: Value
  package let settings: EnergySettings

  /// Energy that earlier sessions used; nothing when they did not say.
  var energyBefore: Energy {
    Energy(
      joules: before["joules"]?.double ?? 0, source: before["energy"]?.string.flatMap(Energy.Source.init) ?? .estimated)
  }

  /// Adds a session. Sums grow; the peak is the greatest there was.
  package func adding(
    wall: Double, processor: Double, waited: Double, energy: Energy, parameters: Int, peak: Int, threads: Int
  ) -> Value {
    func sum(_ key: String, _ x: Double) -> Value { .number(x + (before[key]?.double ?? 0)) }
    return .object(
      [
        .init("wall_seconds", sum("wall_seconds", wall)),
        .init("processor_seconds", sum("processor_seconds", processor)),
        .init("data_wait_seconds", sum("data_wait_seconds", waited)), .init("parameters", Value(parameters)),
        .init("peak_rss_bytes", Value(max(peak, before["peak_rss_bytes"]?.integer ?? 0))),
        .init("threads", Value(threads)),
      ] + settings.report(energyBefore + energy))
  }

  package init(before: Value, settings: EnergySettings) {
    self.before = before
    self.settings = settings
  }
}

extension RunCost {
  /// "0.0012 kWh (4,320 J), estimated; 0.5 g CO2e" out of a `run.json`'s cost; nil when it says nothing of energy.
  package static func energyText(_ cost: Value) -> String? {
    guard let joules = cost["joules"]?.double, let source = cost["energy"]?.string.flatMap(Energy.Source.init) else {
      return nil
    }
    var text = Energy(joules: joules, source: source).text
    if source != .measured, let watts = cost["watts_per_core"]?.double {
      text += " at \(Text.short(watts)) W a busy core"
    }
    if let grams = cost["co2e_g"]?.double, let grid = cost["grid_g_per_kwh"]?.double {
      text += "; \(Text.short(grams)) g CO2e at \(Text.short(grid)) g/kWh"
    }
    return text
  }
}
