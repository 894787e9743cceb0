import Files
import Measures

/// All that was measured of one instance: a line of the per-instance file.
package struct BenchRecord: Equatable {
  /// One clip's numbers.
  package struct Entry: Equatable {
    package var role: SubjectRole
    package var values: [String: Double] = [:]
    /// By metric: why there is no number, or what must be known to read it.
    package var notes: [String: MetricNote] = [:]
    /// What distances between sets stand on.
    package var logits: [Float]?
  }

  package var id: String, scenario: String, cell: String
  /// The model first (the mean of its samples), then its best-of row if any, then the controls.
  package var entries: [Entry]
  /// The model's samples one by one, when there are several.
  package var samples: [Entry] = []
  /// Seconds, by what took them; the only part that differs from run to run.
  package var timing: [String: Double] = [:]
}

extension BenchRecord.Entry {
  package init(_ role: SubjectRole, _ measured: [String: Measurement]) {
    self.role = role
    for (metric, measurement) in measured {
      switch measurement {
      case .value(let value, let note) where value.isFinite:
        values[metric] = value
        if !note.isEmpty { notes[metric] = .words(note) }
      case .notJudged(let value, let reason) where value.isFinite:
        values[metric] = value
        notes[metric] = .notJudged(reason)
      case .value(let value, _), .notJudged(let value, _): notes[metric] = .words("it came out as \(value)")
      case .notApplicable(let reason): notes[metric] = .words(reason)
      }
    }
  }

  /// The mean of several samples of one instance. A metric counts only where every sample has it.
  package static func mean(_ role: SubjectRole, of samples: [Self]) -> Self {
    var out = Self(role: role)
    // A set has one clip an instance.
    out.logits = samples.first?.logits
    for metric in Set(samples.flatMap { Array($0.values.keys) + Array($0.notes.keys) }) {
      let values = samples.compactMap { $0.values[metric] }
      if values.count == samples.count { out.values[metric] = values.reduce(0, +) / Double(values.count) }
      let notes = samples.compactMap { $0.notes[metric] }
      if let note = notes.first {
        out.notes[metric] =
          Set(notes).count == 1 && notes.count == samples.count
          ? note : values.isEmpty ? note : .words("\(values.count) of \(samples.count) samples have it")
      }
    }
    return out
  }

  /// Each metric's best sample. Not the headline of anything: the best of n rises with n whatever the model.
  package static func best(_ role: SubjectRole, of samples: [Self], _ metrics: [BenchJudge.Metric]) -> Self {
    var out = Self(role: role)
    for metric in metrics {
      guard let better = metric.better, case let values = samples.compactMap({ $0.values[metric.name] }),
        !values.isEmpty
      else { continue }
      out.values[metric.name] = better == .higher ? values.max() : values.min()
    }
    return out
  }
}

// MARK: its line

extension BenchRecord {
  package var value: Value {
    var out: Value = [
      "id": .string(id), "scenario": .string(scenario), "cell": .string(cell), "subjects": .array(entries.map(\.value)),
    ]
    if !samples.isEmpty { out.set("samples", .array(samples.map(\.value))) }
    out.set("timing", .object(timing.sorted { $0.key < $1.key }.map { .init($0.key, .number($0.value)) }))
    return out
  }

  /// - Throws: `Problem` listing what is wrong with the line.
  package init(_ value: Value, at place: String) throws {
    let f = StrictFields(value, at: place)
    (id, scenario, cell) = (f.requiredString("id"), f.requiredString("scenario"), f.requiredString("cell"))
    entries = f.objects("subjects").map { Entry($0) }
    samples = f.objects("samples").map { Entry($0) }
    timing = Entry.numbers(f, "timing")
    try f.finish(fix: "delete the line: that instance is measured again", exit: .failure)
  }
}

extension BenchRecord.Entry {
  fileprivate var value: Value {
    var out: Value = [
      "name": .string(role.name),
      "values": .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .number($0.value)) }),
    ]
    if !notes.isEmpty { out.set("notes", MetricNote.value(notes)) }
    if let logits { out.set("logits", .array(logits.map { .number(Double($0)) })) }
    return out
  }

  fileprivate init(_ f: StrictFields) {
    role = SubjectRole(ofBench: f.requiredString("name"))
    values = Self.numbers(f, "values")
    notes = MetricNote.read(f, "notes")
    logits = f.has("logits") ? f.list("logits", of: "numbers") { $0.double.map { Float($0) } } : nil
    f.close()
  }

  /// Numbers by name; null is a number that was not finite.
  package static func numbers(_ f: StrictFields, _ key: String) -> [String: Double] {
    (f.raw(key) ?? .null).fields?.reduce(into: [:]) { numbers, field in
      guard field.value != .null else { return }
      numbers[field.key] = field.value.double
      if field.value.double == nil {
        f.complain("\(f.place).\(key).\(field.key) should be a number or null, not \(field.value.kind)")
      }
    } ?? [:]
  }
}
