import Bench
import Files
import Foundation
import Runs

/// Finds the bench results that several runs share, and lays them together only if they measured the same thing.
package enum CompareSuite {
  /// One result with the runs' models named by label, then the controls.
  /// - Throws: `Problem` when suite, protocol or instances differ: it shows the difference.
  package static func merged(
    _ runs: [ComparedRun], _ results: [BenchResult], notes: inout [String]
  ) throws -> BenchResult {
    try requireSameProtocol(runs, results)
    if let films = zip(runs, results).first(where: { $1.protocolStamp.isMadeElsewhere })?.0 {
      notes.append(
        "The videos of \(films.label) were made elsewhere: how they were sampled, and what made them saw, is not known; that they were given no more than the models is not checked."
      )
    }
    let models = try zip(runs, results).map { run, result in
      guard let model = result.model else {
        throw Problem(
          "the result has controls only", at: run.run.path("bench"), fix: Shell.orrery(["bench", run.run.name]))
      }
      return model
    }
    var subjects = try zip(runs, models).map { run, model in
      var subject = model
      subject.role = .run(run.label)
      subject.instances = try aligned(model.instances, with: models[0].instances, runs[0].label, run.label)
      return subject
    }
    for (run, result) in zip(runs, results) {
      for control in result.subjects where control.isControl {
        let instances = try aligned(control.instances, with: models[0].instances, runs[0].label, run.label)
        if let place = subjects.firstIndex(where: { $0.role == control.role }) {
          let known = subjects[place]
          // The scenes are the same, so a control that moved means another build measured it.
          if !agree(known.instances, instances) {
            notes.append(
              "The control '\(control.name)' measures differently in \(run.label)'s bench; \(runs[0].label)'s is shown."
            )
          } else {
            // What one bench does not measure, such as what a model without actions is not asked, the other may.
            for (i, other) in instances.enumerated() {
              for (metric, value) in other.values where subjects[place].instances[i].values[metric] == nil {
                subjects[place].instances[i].values[metric] = value
                subjects[place].instances[i].notes[metric] = other.notes[metric]
              }
            }
          }
        } else {
          var own = control
          own.instances = instances
          subjects.append(own)
        }
      }
    }
    return BenchResult(
      suite: results[0].suite, protocolStamp: results[0].protocolStamp, subjectStamp: .none, subjects: subjects,
      units: results.reduce(into: [:]) { $0.merge($1.units) { first, _ in first } },
      better: results.reduce(into: [:]) { $0.merge($1.better) { first, _ in first } })
  }

  /// Each run's bench of one suite all have.
  /// - Throws: `Problem` when a run was not benched, or on another suite.
  package static func shared(_ runs: [ComparedRun], _ suite: String?) throws -> [BenchFile] {
    func names(_ run: ComparedRun) -> [String] {
      run.benches.map { (($0.path as NSString).lastPathComponent as NSString).deletingPathExtension }
    }
    let films = runs.filter(\.isMadeElsewhere)
    guard films.isEmpty else { return try beside(films, runs, suite) }
    let known = runs.flatMap(names).distinct()
    if let suite, !known.isEmpty, !known.contains(suite), !FootageSuite.names.contains(suite) {
      throw Problem.usage(
        "no run was benched on '\(suite)'" + Nearest.hint(suite, known), at: "--suite",
        expected: known.joined(separator: ", ") + " or \(Comparison.noSuite)")
    }
    let missing = runs.filter { run in suite.map { !names(run).contains($0) } ?? run.benches.isEmpty }
    guard missing.isEmpty else {
      let what =
        missing.count == 1
        ? "the run \(missing[0].run.name) has not been benched" : "\(missing.count) runs have not been benched"
      throw Problem(
        what + (suite.map { " on \($0)" } ?? ""),
        fix: missing.map { Shell.orrery(["bench", $0.run.name] + (suite.map { ["--suite", $0] } ?? [])) }.joined(
          separator: " && ")
          + ", or compare held-out losses alone with --suite none")
    }
    let common = names(runs[0]).filter { name in
      suite.map { $0 == name } ?? runs.allSatisfy { names($0).contains(name) }
    }
    guard let name = common.first else {
      throw Problem(
        "the runs were benched on different suites: "
          + runs.map { "\($0.run.name) on \(names($0).joined(separator: ", "))" }.joined(separator: "; "),
        fix: Shell.orrery(["bench", runs[1].run.name, "--suite", names(runs[0]).first ?? "physics-tiny"]))
    }
    guard common.count == 1 else {
      throw Problem.usage(
        "the runs share several suites", expected: "--suite with one of \(common.joined(separator: ", "))")
    }
    return runs.compactMap { run in zip(names(run), run.benches).first { $0.0 == name }?.1 }
  }

  /// Each one's bench of the windows that videos answer, whatever the files are called: the runs' under one protocol, the
  /// plainly named one where several fit.
  private static func beside(
    _ films: [ComparedRun], _ runs: [ComparedRun], _ suite: String?
  ) throws -> [BenchFile] {
    func name(_ file: BenchFile) -> String {
      ((file.path as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    func missing(_ run: ComparedRun) -> Problem {
      Problem(
        "\(run.run.name) has not been benched" + (suite.map { " on \($0)" } ?? " on footage"), at: run.run.folder,
        fix: run.isMadeElsewhere
          ? Shell.orrery(["bench", run.run.folder, "--like", runs[0].run.name])
          : Shell.orrery(["bench", run.run.name, "--suite", FootageSuite.word]))
    }
    func benches(_ run: ComparedRun) -> [BenchFile] {
      run.benches.filter { file in
        file.result.suite == films[0].benches.first?.result.suite
          && (run.isMadeElsewhere || suite.map { $0 == name(file) } ?? true)
      }
    }
    if let lacking = runs.first(where: { benches($0).isEmpty }) { throw missing(lacking) }
    var found: [[BenchFile]] = []
    for first in benches(runs[0]) {
      let stamp = first.result.protocolStamp
      let all = runs.compactMap { run in
        run.run.folder == runs[0].run.folder
          ? first
          : benches(run).first {
            let own = $0.result.protocolStamp
            return run.isMadeElsewhere ? own.withoutSampling == stamp.withoutSampling : own == stamp
          }
      }
      if all.count == runs.count { found.append(all) }
    }
    if let plain = found.first(where: { !name($0[0]).contains("-") }) { return plain }
    guard found.count < 2 else {
      throw Problem.usage(
        "several benches of \(runs[0].run.name) fit the videos", at: "--suite",
        expected: "one of " + found.map { name($0[0]) }.joined(separator: ", "))
    }
    // The first there is shows what differs.
    return found.first ?? runs.compactMap { benches($0).first }
  }

  private static func requireSameProtocol(_ runs: [ComparedRun], _ results: [BenchResult]) throws {
    let pairs = Array(zip(runs, results)), models = pairs.filter { !$1.protocolStamp.isMadeElsewhere }
    if models.count < pairs.count {
      try requireSame(models.map(\.0), models.map { $1.protocolStamp.naming($1.suite) })
      return try requireSame(runs, results.map { $0.protocolStamp.withoutSampling.naming($0.suite) })
    }
    try requireSame(runs, results.map { $0.protocolStamp.naming($0.suite) })
  }

  private static func requireSame(_ runs: [ComparedRun], _ stamps: [Value]) throws {
    let differing = ChangedKey.between(stamps)
    guard !differing.isEmpty else { return }
    let lines = differing.map { key in
      "  \(key.key): " + zip(runs, key.values).map { "\($0.run.name) \(ChangedKey.text($1))" }.joined(separator: ", ")
    }
    throw Problem(
      "the runs were benched under different protocols, so their numbers cannot be compared:\n"
        + lines.joined(separator: "\n"), expected: "the same protocol in all",
      fix: "bench them again with the same options: "
        + runs.map { Shell.orrery(["bench", $0.run.name]) }.joined(separator: " && "))
  }

  /// `instances` in the order of `reference`.
  private static func aligned(
    _ instances: [BenchResult.InstanceValues], with reference: [BenchResult.InstanceValues], _ a: String, _ b: String
  ) throws -> [BenchResult.InstanceValues] {
    if instances.map(\.id) == reference.map(\.id) { return instances }
    let table = Dictionary(instances.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
      known = Set(reference.map(\.id))
    let lacking = reference.filter { table[$0.id] == nil }.map(\.id),
      extra = instances.filter { !known.contains($0.id) }.map(\.id)
    guard lacking.isEmpty, extra.isEmpty else {
      func few(_ ids: [String]) -> String { ids.prefix(3).joined(separator: ", ") + (ids.count > 3 ? ", …" : "") }
      let parts = [
        lacking.isEmpty ? nil : "\(lacking.count) only in \(a) (\(few(lacking)))",
        extra.isEmpty ? nil : "\(extra.count) only in \(b) (\(few(extra)))",
      ].compactMap { $0 }
      throw Problem(
        "\(a) and \(b) were benched on different instances: " + parts.joined(separator: "; "),
        expected: "the same instances, so that they can be paired",
        fix: "bench them again with the same --scenario, --cell and --count")
    }
    return reference.compactMap { table[$0.id] }
  }

  /// Whether they say the same wherever both say something.
  private static func agree(_ a: [BenchResult.InstanceValues], _ b: [BenchResult.InstanceValues]) -> Bool {
    zip(a, b).allSatisfy { x, y in
      Set(x.values.keys).union(y.values.keys).allSatisfy { key in
        let (u, v) = (x.values[key] ?? .nan, y.values[key] ?? .nan)
        return u.isNaN || v.isNaN || abs(u - v) <= 1e-6 * max(1, abs(u), abs(v))
      }
    }
  }
}
