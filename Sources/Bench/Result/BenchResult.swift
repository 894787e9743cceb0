import Files
import Measures
import Worlds

/// What `orrery bench` writes and `compare` and the reports read: `bench/<suite>.json`, every value of every instance,
/// so that others can pair, resample and aggregate them again.
public struct BenchResult: Sendable, Equatable {
  /// One scene. All subjects of a result have the same instances in the same order: that is what makes them paired.
  public struct InstanceValues: Sendable, Equatable {
    public var id: String, scenario: String, cell: String
    /// By metric; absent or NaN where the metric does not apply.
    public var values: [String: Double]
    /// By metric: why there is no value, or what must be known to read it.
    public var notes: [String: MetricNote]

    public init(
      id: String, scenario: String, cell: String, values: [String: Double], notes: [String: MetricNote] = [:]
    ) {
      (self.id, self.scenario, self.cell, self.values, self.notes) = (id, scenario, cell, values, notes)
    }

    /// The value where it may be judged: `vbench_temporal_flickering` counts motion as flicker, so of a moving clip it
    /// is n/a.
    public func judged(_ metric: String) -> Double? {
      guard let value = values[metric], !value.isNaN else { return nil }
      return switch notes[metric] {
      case .notJudged: nil
      case .words, nil: value
      }
    }

    /// Files name the cell, and a `Cell` knows where it lies; what lies in no cell of a suite, such as held-out clips,
    /// is in distribution.
    package var isInDistribution: Bool { Cell(cell)?.isInDistribution ?? true }
  }

  /// The model, or one of the controls no model made.
  public struct Subject: Sendable, Equatable {
    public var role: SubjectRole
    public var instances: [InstanceValues]
    /// An mp4 beside the result's file; a PNG of the same name may stand beside it.
    public var video: String?
    /// Why it has no values at all; nil when it has some.
    public var note: String?
    /// By metric: what all its clips say together.
    public var sets: [String: SetMeasurement]

    public var name: String { role.name }
    public var isControl: Bool { role.isControl }

    public init(
      _ role: SubjectRole, instances: [InstanceValues], video: String? = nil, note: String? = nil,
      sets: [String: SetMeasurement] = [:]
    ) {
      (self.role, self.instances, self.video, self.note, self.sets) = (role, instances, video, note, sets)
    }
  }

  /// "physics-tiny/1".
  public var suite: String
  /// What must agree before two results are compared: resolution, fps, frames, conditioning, seeds, sampler, metric
  /// versions.
  public var protocolStamp: ProtocolStamp
  /// What may differ: weights, model, build, timing.
  public var subjectStamp: SubjectStamp
  public var subjects: [Subject]
  public var units: [String: String]
  /// A metric without it is described, never judged.
  public var better: [String: PairedComparison.Direction]
  /// The scenes shown, and where their tiles are.
  public var film: BenchFilm?
  /// What was left out, and other things a reader must know.
  public var notes: [String]
  /// What the controls say of the model; made once, since it takes a test a metric and control.
  public var remarks: [String] = []

  public init(
    suite: String, protocolStamp: ProtocolStamp, subjectStamp: SubjectStamp, subjects: [Subject],
    units: [String: String], better: [String: PairedComparison.Direction], film: BenchFilm? = nil, notes: [String] = []
  ) {
    (self.suite, self.protocolStamp, self.subjectStamp) = (suite, protocolStamp, subjectStamp)
    (self.subjects, self.units, self.better, self.film, self.notes) = (subjects, units, better, film, notes)
  }
}

// MARK: the file

extension BenchResult {
  private static let schema = "bench/1"

  /// Reads a result strictly. - Throws: `Problem` listing everything that is wrong.
  public init(path: String) throws {
    try self.init(try JSON.parse([UInt8](Disk.read(path)), at: path), at: path)
  }

  public init(_ value: Value, at place: String) throws {
    let f = StrictFields(value, at: place)
    let schema = f.requiredString("orrery")
    if schema != Self.schema, !schema.isEmpty {
      f.complain("orrery is '\(schema)'; this version reads '\(Self.schema)'")
    }
    suite = f.requiredString("suite")
    protocolStamp = ProtocolStamp(f.raw("protocol") ?? .object([]))
    subjectStamp = SubjectStamp(f.raw("subject") ?? .object([]))
    (units, better) = ([:], [:])
    var unknown: [(metric: String, direction: String)] = []
    for metric in f.objects("metrics") {
      let name = metric.requiredString("name")
      units[name] = metric.string("unit", default: "")
      if let text = metric.optionalString("better") {
        better[name] = PairedComparison.Direction(rawValue: text)
        if better[name] == nil { unknown.append((name, text)) }
      }
      metric.close()
    }
    subjects = f.objects("subjects").map { s in
      defer { s.close() }
      let video = s.optionalString("video")
      // A result that was sent must not name other files of this machine: pages hold what it names.
      if let video, video.contains("/") || video.hasPrefix(".") {
        s.complain("the video '\(video)' is no file beside it")
      }
      return Subject(
        SubjectRole(s.requiredString("name"), isControl: s.bool("control", default: false)),
        instances: s.objects("instances").map(Self.instance),
        video: video, note: s.optionalString("note"), sets: s.has("sets") ? SetMeasurement.read(s) : [:])
    }
    film = f.has("film") ? BenchFilm(f.object("film")) : nil
    notes = f.strings("notes") ?? []
    remarks = f.strings("remarks") ?? []
    for (metric, direction) in unknown.sorted(by: { $0.metric < $1.metric }) {
      f.complain("the metric \(metric) is better '\(direction)'; it can be higher or lower")
    }
    for wrong in wrong { f.complain(wrong) }
    try f.finish(fix: "bench again: the file was edited, or belongs to another version", exit: .failure)
  }

  private static func instance(_ f: StrictFields) -> InstanceValues {
    defer { f.close() }
    return InstanceValues(
      id: f.requiredString("id"), scenario: f.string("scenario", default: ""), cell: f.string("cell", default: ""),
      values: BenchRecord.Entry.numbers(f, "values"), notes: MetricNote.read(f, "notes"))
  }

  /// What keeps the subjects from being paired, or a value from being read.
  private var wrong: [String] {
    var wrong: [String] = []
    guard let first = subjects.first else { return wrong + ["there are no subjects"] }
    if Set(subjects.map(\.name)).count != subjects.count { wrong.append("a subject stands twice") }
    if Set(first.instances.map(\.id)).count != first.instances.count {
      wrong.append("an instance stands twice in '\(first.name)'")
    }
    for subject in subjects {
      if subject.instances.map(\.id) != first.instances.map(\.id) {
        wrong.append("'\(subject.name)' has other instances than '\(first.name)'")
      }
      if let stray = Set(subject.instances.flatMap(\.values.keys) + subject.sets.keys).subtracting(units.keys).min() {
        wrong.append("'\(subject.name)' has values of '\(stray)', which is not among the metrics")
      }
    }
    return wrong
  }

  /// - Throws: `Problem` when subjects do not have the same instances, or the file cannot be written.
  public func write(to path: String) throws {
    guard wrong.isEmpty else {
      throw Problem("the result contradicts itself: " + wrong.joined(separator: "; "), at: path)
    }
    try Disk.write(JSON.pretty(value), to: path)
  }

  public var value: Value {
    var out: Value = [
      "orrery": .string(Self.schema), "suite": .string(suite), "protocol": protocolStamp.value,
      "subject": subjectStamp.value,
      "metrics": .array(
        metrics.map { ["name": .string($0), "unit": Value(units[$0]), "better": Value(better[$0]?.rawValue)] }),
      "subjects": .array(
        subjects.map { subject in
          var row: Value = [
            "name": .string(subject.name), "control": .bool(subject.isControl), "video": Value(subject.video),
            "note": Value(subject.note),
            "instances": .array(subject.instances.map(Self.value)),
          ]
          if !subject.sets.isEmpty { row.set("sets", SetMeasurement.value(subject.sets)) }
          return row
        }),
    ]
    if let film { out.set("film", film.value) }
    if !notes.isEmpty { out.set("notes", .array(notes.map { .string($0) })) }
    if !remarks.isEmpty { out.set("remarks", .array(remarks.map { .string($0) })) }
    return out
  }

  private static func value(_ instance: InstanceValues) -> Value {
    // NaN prints as null.
    let values = instance.values.sorted { $0.key < $1.key }.map { Value.Field($0.key, .number($0.value)) }
    var out: Value = [
      "id": .string(instance.id), "scenario": .string(instance.scenario), "cell": .string(instance.cell),
      "values": .object(values),
    ]
    if !instance.notes.isEmpty { out.set("notes", MetricNote.value(instance.notes)) }
    return out
  }
}

// MARK: what it says

extension BenchResult {
  /// Metric names, the headline first, then in the protocol's order.
  public var metrics: [String] {
    let first = [PhysicsMetrics.tol5, PhysicsMetrics.validity, PhysicsMetrics.motionRatio].map(\.name)
    return (first + protocolStamp.metrics.map(\.name) + units.keys.sorted()).filter { units[$0] != nil }.distinct()
  }

  /// Metrics the suite declared primary that were measured; every judged metric where it declared none.
  public var primaries: [String] {
    let declared = protocolStamp.primaries, measured = metrics
    let found = declared.filter { measured.contains($0) }
    return found.isEmpty ? measured.filter { direction($0) != nil } : found
  }

  public subscript(role: SubjectRole) -> Subject? { subjects.first { $0.role == role } }

  /// The subject that was benched.
  public var model: Subject? { self[.model] ?? subjects.first { !$0.isControl } }

  public func direction(_ metric: String) -> PairedComparison.Direction? { better[metric] }

  /// The metric with its version and every plain field of the protocol.
  public func stamp(_ metric: String) -> MetricProtocol {
    let version = protocolStamp.metrics.first { $0.name == metric }?.version ?? 1
    return MetricProtocol(metric, version: version, protocolStamp.conditions(suite))
  }

  /// One subject's mean over instances, stratified by scenario (and cell, when there are several). Instances to which
  /// the metric does not apply are left out and counted in the note.
  public func estimate(_ role: SubjectRole, _ metric: String) -> Estimate { estimate(metric, of: self[role]) }

  private func estimate(_ metric: String, of subject: Subject?) -> Estimate {
    if let set = subject?.sets[metric] { return set.estimate(stamp(metric), unit: units[metric] ?? "") }
    if let reason = subject?.note { return .notApplicable(reason, protocol: stamp(metric), unit: units[metric] ?? "") }
    return estimate(metric, of: subject?.instances ?? [])
  }

  package func estimate(_ metric: String, of instances: [InstanceValues]) -> Estimate {
    let measured = instances.compactMap { instance in instance.judged(metric).map { (instance, $0) } },
      left = instances.count - measured.count
    guard !measured.isEmpty else { return missing(metric, instances) }
    return Estimate(
      of: measured.map(\.1), strata: measured.map { Self.stratum($0.0) }, protocol: stamp(metric),
      unit: units[metric] ?? "",
      note: left == 0 ? "" : "does not apply to \(left) of \(instances.count) instances")
  }

  /// What stands for a metric that has no value to judge on any of `instances`, with their shared reason where they
  /// share one.
  private func missing(_ metric: String, _ instances: [InstanceValues]) -> Estimate {
    let stamp = stamp(metric), unit = units[metric] ?? ""
    func notApplicable(_ reason: String) -> Estimate { .notApplicable(reason, protocol: stamp, unit: unit) }
    guard !instances.isEmpty else { return notApplicable("not measured") }
    let notes = Set(instances.map { $0.notes[metric] })
    switch notes.count == 1 ? notes.first ?? nil : nil {
    case .notJudged(let reason): return .notJudged(reason, protocol: stamp, unit: unit)
    case .words(let text) where !text.isEmpty: return notApplicable(text)
    case .words, nil: return notApplicable("it applies to none of the \(instances.count) instances")
    }
  }

  package static func stratum(_ instance: InstanceValues) -> String { instance.scenario + "·" + instance.cell }

  /// Every subject against every metric, or some of them.
  public func table(_ chosen: [String]? = nil) -> MetricTable {
    let columns = chosen ?? metrics
    var table = MetricTable(
      title: "\(suite), \(Text.counted(subjects.first?.instances.count ?? 0, "instance"))", columns: columns)
    for subject in subjects {
      table.add(subject.name, isControl: subject.isControl, columns.map { estimate($0, of: subject) })
    }
    return table
  }

  /// a − b on the instances both have a value for; nil when a subject is unknown, the metric has no better direction,
  /// or no instance is left.
  public func difference(_ a: SubjectRole, _ b: SubjectRole, metric: String) -> PairedComparison? {
    guard let a = self[a], let b = self[b], let direction = direction(metric) else { return nil }
    return compared(metric, [a], [b], of: Array(a.instances.indices), direction)
  }
}
