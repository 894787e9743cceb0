import Files

/// What a run has cost, over all its sessions: `cost` in `run.json`, written and read here alone.
///
/// Runs of before lack what was not counted yet; what they lack is nil here and is not written.
public struct RunCost: Sendable, Equatable {
  /// Seconds on the clock, seconds of all processors, seconds waited for data.
  public var wallSeconds: Double?, processorSeconds: Double?, dataWaitSeconds: Double?
  /// Trained numbers of the model.
  public var parameters: Int?
  /// Largest resident set of any session, in bytes.
  public var peakBytes: Int?
  /// Processor threads of the last session.
  public var threads: Int?
  public var joules: Double?, kilowattHours: Double?
  /// How the energy is known.
  public var source: Energy.Source?
  /// What estimates were made with; nil where all was measured.
  public var wattsPerCore: Double?
  /// Grams of CO2e, and those of a kilowatt-hour of the grid; nil where nobody said the grid's.
  public var co2eGrams: Double?, gridGramsPerKWh: Double?
  /// Keys of other versions, carried along as they are.
  private var further: [Value.Field] = []

  /// Of a run that has not begun.
  public init() {}
}

// MARK: the document

extension RunCost {
  /// Never fails: what cannot be read as what its key says is carried along unread.
  public init(_ value: Value) {
    for field in value.fields ?? [] where !take(field) { further.append(field) }
  }

  private mutating func take(_ field: Value.Field) -> Bool {
    func set<T>(_ place: inout T?, _ found: T?) -> Bool {
      place = found
      return found != nil
    }
    let v = field.value
    return switch field.key {
    case "wall_seconds": set(&wallSeconds, v.double)
    case "processor_seconds": set(&processorSeconds, v.double)
    case "data_wait_seconds": set(&dataWaitSeconds, v.double)
    case "parameters": set(&parameters, v.integer)
    case "peak_rss_bytes": set(&peakBytes, v.integer)
    case "threads": set(&threads, v.integer)
    case "joules": set(&joules, v.double)
    case "kwh": set(&kilowattHours, v.double)
    case "energy": set(&source, v.string.flatMap(Energy.Source.init))
    case "watts_per_core": set(&wattsPerCore, v.double)
    case "co2e_g": set(&co2eGrams, v.double)
    case "grid_g_per_kwh": set(&gridGramsPerKWh, v.double)
    default: false
    }
  }

  public var value: Value {
    let known: [(String, Value?)] = [
      ("wall_seconds", wallSeconds.map { .number($0) }), ("processor_seconds", processorSeconds.map { .number($0) }),
      ("data_wait_seconds", dataWaitSeconds.map { .number($0) }), ("parameters", parameters.map { Value($0) }),
      ("peak_rss_bytes", peakBytes.map { Value($0) }), ("threads", threads.map { Value($0) }),
      ("joules", joules.map { .number($0) }), ("kwh", kilowattHours.map { .number($0) }),
      ("energy", source.map { .string($0.rawValue) }), ("watts_per_core", wattsPerCore.map { .number($0) }),
      ("co2e_g", co2eGrams.map { .number($0) }), ("grid_g_per_kwh", gridGramsPerKWh.map { .number($0) }),
    ]
    return .object(known.compactMap { key, value in value.map { .init(key, $0) } } + further)
  }
}

// MARK: what it says

extension RunCost {
  /// What one session used.
  package struct Session {
    package var wall: Double, processor: Double, waited: Double
    package var energy: Energy
    package var parameters: Int, peak: Int, threads: Int

    package init(
      wall: Double, processor: Double, waited: Double, energy: Energy, parameters: Int, peak: Int, threads: Int
    ) {
      self.wall = wall
      self.processor = processor
      self.waited = waited
      self.energy = energy
      self.parameters = parameters
      self.peak = peak
      self.threads = threads
    }
  }

  /// Adds a session. Sums grow; the peak is the greatest there was.
  package func adding(_ session: Session, _ settings: EnergySettings) -> RunCost {
    // Sessions of before may not have said how they knew.
    let energy = Energy(joules: joules ?? 0, source: source ?? .estimated) + session.energy
    var sum = RunCost()
    sum.wallSeconds = session.wall + (wallSeconds ?? 0)
    sum.processorSeconds = session.processor + (processorSeconds ?? 0)
    sum.dataWaitSeconds = session.waited + (dataWaitSeconds ?? 0)
    (sum.parameters, sum.threads) = (session.parameters, session.threads)
    sum.peakBytes = max(session.peak, peakBytes ?? 0)
    (sum.joules, sum.kilowattHours, sum.source) = (energy.joules, energy.kilowattHours, energy.source)
    sum.wattsPerCore = energy.source == .measured ? nil : settings.wattsPerCore
    sum.co2eGrams = settings.grams(energy)
    sum.gridGramsPerKWh = settings.gridGramsPerKWh
    return sum
  }

  /// nil where nothing is known of energy, or not how it is known.
  public var energy: Energy? { joules.flatMap { joules in source.map { Energy(joules: joules, source: $0) } } }

  /// "0.0012 kWh (4,320 J), estimated at 5 W a busy core; 0.5 g CO2e at 420 g/kWh"; nil when it says nothing of energy.
  public var energyText: String? {
    guard let energy else { return nil }
    var text = energy.text
    if energy.source != .measured, let wattsPerCore { text += " at \(Text.short(wattsPerCore)) W a busy core" }
    if let co2eGrams, let gridGramsPerKWh {
      text += "; \(Text.short(co2eGrams)) g CO2e at \(Text.short(gridGramsPerKWh)) g/kWh"
    }
    return text
  }
}
