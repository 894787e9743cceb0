import Diffusion
import Files
import Frames
import Measures
import Worlds

extension Bench {
  /// What must agree before two results are compared.
  package var stamp: Value {
    func names(_ items: [String]) -> Value { .array(items.distinct().map { .string($0) }) }
    return [
      "suite": .string(suite.name), "scenarios": names(suite.strata.map(\.scenario.rawValue)),
      "cells": names(suite.strata.map { "\($0.scenario)/\($0.cell)" }),
      "count": Value(suite.count), "resolution": .string("\(suite.setting.width)x\(suite.setting.height)"),
      "fps": .string(World.fps.description),
      "frames": Value(suite.setting.frames), "conditioning": Value(World.conditioning),
      "video": .string(BenchVideo.stamp(width: suite.setting.width)),
      "sampling_seeds": .array(seeds.map { Value($0) }), "sampler": sampler.value,
      "metrics": .array(BenchJudge.metrics(suite).map { .string("\($0.name)/\($0.version)") }),
      "primary": .array(suite.primaries.map { .string($0) }),
    ]
  }

  /// The records laid out by subject.
  package func result(
    _ records: [BenchRecord], subject: Value, film: BenchFilm? = nil, notes: [String] = [],
    lacking: [String: String] = [:], nearest: Bool = false
  ) -> BenchResult {
    var rows = subjects(nearest: nearest).map { name, isControl in
      BenchResult.Subject(
        name: name, isControl: isControl,
        instances: records.map { record in
          let entry = record.entries.first { $0.subject == name }
          return .init(
            id: record.id, scenario: record.scenario, cell: record.cell, values: entry?.values ?? [:],
            notes: entry?.notes ?? [:])
        }, video: name == "model" ? film?.file : nil)
    }
    // A control that could not be made keeps its row and says why it is empty.
    rows += lacking.sorted { $0.key < $1.key }.map { name, reason in
      BenchResult.Subject(
        name: name, isControl: true,
        instances: records.map { .init(id: $0.id, scenario: $0.scenario, cell: $0.cell, values: [:]) }, note: reason)
    }
    let metrics = BenchJudge.metrics(suite)
    return BenchResult(
      suite: suite.name, protocolStamp: stamp, subjectStamp: subject, subjects: rows,
      units: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.unit) }),
      better: Dictionary(
        uniqueKeysWithValues: metrics.compactMap { metric in metric.better.map { (metric.name, $0.rawValue) } }),
      film: film, notes: suite.omitted + notes)
  }
}
