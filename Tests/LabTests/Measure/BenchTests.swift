import Bench
import Compare
import Files
import Foundation
import Lab
import Measures
import Media
import Pages
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

#if canImport(Glibc)
  import Glibc
#endif

/// A bench is a function of model and suite: threads, stops and kills do not show in it.
@Suite(.serialized) struct BenchTests {
  /// A film of many strata shows some of all of them; one of few shows each in turn.
  @Test func scenesShownAreSpreadOverTheStrata() {
    #expect(BenchScreen.places(8, strata: 55, count: 16).map { $0 / 16 } == [0, 6, 13, 20, 27, 34, 41, 48])
    #expect(BenchScreen.places(8, strata: 3, count: 16) == [0, 1, 2, 16, 17, 18, 32, 33])
    #expect(BenchScreen.places(8, strata: 2, count: 3) == [0, 1, 2, 3, 4, 5])
  }

  /// A trained minute run, benched on few scenes.
  private struct Small {
    let minute: Minute, run: Run

    init() throws {
      minute = try Minute()
      run = try minute.training(["train.steps=2", "record.evaluate=0"]).run(until: Interruption(listening: false))
    }

    func options(_ out: String, count: Int = 5, samples: Int = 1) -> BenchOptions {
      BenchOptions(scenarios: ["projectile"], count: count, steps: 2, samples: samples, out: minute.scratch(out))
    }

    func job(_ options: BenchOptions, threads: Int = 2) throws -> BenchJob {
      try BenchJob(
        reference: run.folder, runs: minute.scratch("runs"), options, home: HomeFolder(minute.scratch("home")),
        on: #require(Compute(threads: threads)))
    }

    func bench(_ options: BenchOptions, threads: Int = 2) throws -> (job: BenchJob, result: BenchResult) {
      let job = try job(options, threads: threads)
      return (job, try job.run(minute.quiet).result)
    }
  }

  /// The per-instance file without what took how long.
  private func untimed(_ path: String) throws -> [Value] {
    try Disk.readText(path).split(separator: "\n").map { try JSON.parse(String($0), at: path).removing("timing") }
  }

  private func expectSame(_ a: BenchJob, _ b: BenchJob) throws {
    #expect(try untimed(a.file("jsonl")) == untimed(b.file("jsonl")))
    for kind in ["json", "csv", "png", "ipynb"] {
      #expect(try Disk.read(a.file(kind)) == Disk.read(b.file(kind)), "\(kind)")
    }
    #expect(try VideoReader.read(a.file("mp4")) == VideoReader.read(b.file("mp4")))
  }

  @Test func twiceAndOnAnyThreadsTheSame() throws {
    let small = try Small(), first = try small.bench(small.options("a"), threads: 1)
    for threads in [1, 2, 7] {
      try expectSame(first.job, try small.bench(small.options("b\(threads)"), threads: threads).job)
    }
    #expect(
      first.result.subjects.map(\.name) == [
        "model", "ground-truth", "re-encoded", "constant-velocity", "constant-acceleration", "frozen", "shuffled",
        "nearest-training",
      ])
    #expect(first.result.subjects.dropFirst().allSatisfy { $0.isControl && $0.note == nil && $0.instances.count == 5 })
    #expect(first.result[.control(.groundTruth)]?.instances.allSatisfy { $0.values["physics_tol5"] == 100 } == true)
    #expect(try BenchResult(path: first.job.path) == first.result)
    // Every metric has a value or a reason.
    for subject in first.result.subjects {
      for instance in subject.instances {
        #expect(
          first.result.metrics.allSatisfy { instance.values[$0] != nil || instance.notes[$0] != nil },
          "\(subject.name) \(instance.id)")
      }
    }
    #expect(first.result.stamp("physics_tol5").description.contains("video=libx264 crf 16"))
  }

  /// What an earlier call measured is kept, byte for byte; a torn last line is measured again.
  @Test func goesOnWithTheNextInstance() throws {
    let small = try Small(), whole = try small.bench(small.options("a")).job, half = try small.job(small.options("b"))
    let lines = try Disk.readText(whole.file("jsonl")).split(separator: "\n", omittingEmptySubsequences: false)
    for kept in 0...4 {
      let beginning = lines[...kept].joined(separator: "\n") + "\n"
      try Disk.write(beginning + lines[kept + 1].prefix(40), to: half.file("jsonl"))
      _ = try small.bench(small.options("b"))
      #expect(try Disk.readText(half.file("jsonl")).hasPrefix(beginning))
      try expectSame(whole, half)
    }
    // Nothing is left to do: the film is not written again.
    let film = try FileManager.default.attributesOfItem(atPath: half.file("mp4"))[.modificationDate] as? Date
    _ = try small.bench(small.options("b"))
    #expect(try FileManager.default.attributesOfItem(atPath: half.file("mp4"))[.modificationDate] as? Date == film)
    // Another question begins anew; a damaged line in the middle is not passed over.
    try Disk.write(
      lines[0].replacingOccurrences(of: "\"count\":5", with: "\"count\":6") + "\n" + lines[1] + "\n",
      to: half.file("jsonl"))
    _ = try small.bench(small.options("b"))
    try expectSame(whole, half)
    try Disk.write(lines[0] + "\n{\"id\": 3\n" + lines[2] + "\n", to: half.file("jsonl"))
    #expect(problem { try small.bench(small.options("b")) }.place?.contains(".jsonl:2") == true)
  }

  /// kill -9 in the middle, several times.
  @Test func killedAndCalledAgain() throws {
    let small = try Small(), count = 40, whole = try small.bench(small.options("a", count: count)).job,
      path = try small.job(small.options("b", count: count))
    func lines() -> Int { (try? Disk.read(path.file("jsonl")))?.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } ?? 0 }
    var kills = 0
    while true {
      let process = Process(), before = lines()
      process.executableURL = URL(fileURLWithPath: try orreryBinary())
      process.arguments = [
        "bench", small.run.folder, "--scenario", "projectile", "--count", String(count), "--steps", "2", "--out",
        small.minute.scratch("b"), "--threads", "1",
      ]
      process.environment = ProcessInfo.processInfo.environment.merging(["ORRERY_HOME": small.minute.scratch("home")]) {
        $1
      }
      (process.standardError, process.standardOutput) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      if kills < 2 {
        while process.isRunning, lines() <= max(1, before) { usleep(500) }
        if process.isRunning {
          Glibc.kill(process.processIdentifier, SIGKILL)
          kills += 1
        }
      }
      process.waitUntilExit()
      if process.terminationReason == .exit { #expect(process.terminationStatus == 0); break }
    }
    #expect(kills == 2 && lines() == count + 1)
    try expectSame(whole, path)
  }

  @Test func severalSamplesGiveTheirMeanAndTheirBestApart() throws {
    let small = try Small(),
      singles = try (0..<3).map { seed -> BenchResult in
        var options = small.options("s\(seed)")
        options.seed = seed
        return try small.bench(options).result
      }
    let together = try small.bench(small.options("all", samples: 3)).result,
      best = try #require(together[.best(of: 3)]), model = try #require(together.model)
    #expect(!best.isControl && model.role == .model && best.name == "model, best of 3")
    for i in model.instances.indices {
      let values = singles.compactMap { $0.model?.instances[i].values["midframe_residual_linear"] }
      #expect(values.count == 3 && Set(values).count == 3)
      #expect(abs((model.instances[i].values["midframe_residual_linear"] ?? .nan) - values.reduce(0, +) / 3) < 1e-12)
      #expect(best.instances[i].values["midframe_residual_linear"] == values.max())
    }
    #expect(together.protocolStamp.value["sampling_seeds"] == [0, 1, 2])
    #expect(problem { try small.job(small.options("x", samples: 0)) }.place == "--samples")
  }

  /// Without the training data its control keeps a row that says why it is empty.
  @Test func aControlThatCannotBeMadeSaysSo() throws {
    let small = try Small()
    try FileManager.default.moveItem(atPath: small.minute.scratch("worlds.h5"), toPath: small.minute.scratch("away.h5"))
    let (job, result) = try small.bench(small.options("a"))
    #expect(result[.control(.nearest)]?.note == "there is no such file")
    #expect(result.estimate(.control(.nearest), "physics_tol5").note == "there is no such file")
    #expect(result.film?.subjects.contains(.control(.nearest)) == false)
    #expect(BenchFindings(result).text.contains("nearest-training"))
    #expect(try BenchResult(path: job.path) == result)
  }

  /// Up to its budget a page holds its films; past it they play from where they lie, still without a network.
  @Test func aLargeFilmPlaysFromItsFile() throws {
    let small = try Small()
    var options = small.options("a", count: 1)
    options.out = nil
    let film = (try small.bench(options).job.file("mp4") as NSString).lastPathComponent,
      run = try ComparedRun(small.run, label: "model"), path = small.run.path("report.html")
    let inside = Report.html(run, ReportMedia(page: path)),
      beside = Report.html(run, ReportMedia(page: path, filmBudget: 0))
    #expect(inside.contains("src=\"data:video/mp4;") && inside.contains("media-src data:;"))
    #expect(
      beside.contains("src=\"bench/\(film)\"") && beside.contains("media-src data: 'self' file:;")
        && !beside.contains("data:video/mp4"))
    #expect(beside.contains("data-player"))
  }

  /// What was shown of the training data is in the run's ledger.
  @Test func theNearestClipIsRecorded() throws {
    let small = try Small()
    _ = try small.bench(small.options("a"))
    let ledger = try Disk.readText(small.run.path("ledger.jsonl"))
    #expect(ledger.contains("nearest training clip") && ledger.contains("projectile/train/"))
  }

  @Test func theTableReadsBackToTheBit() throws {
    let small = try Small(), (job, result) = try small.bench(small.options("a"))
    let rows = try Disk.readText(job.file("csv")).split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows[0] == ["instance", "scenario", "cell", "subject", "control"] + result.metrics)
    #expect(rows.count == 1 + result.subjects.count * 5)
    for (row, (subject, instance)) in pairs(
      rows.dropFirst(), result.subjects.flatMap { s in s.instances.map { (s, $0) } })
    {
      #expect(
        Array(row[0..<5]) == [
          instance.id, instance.scenario, instance.cell, subject.name, subject.isControl ? "1" : "0",
        ])
      for (metric, text) in pairs(result.metrics, row.dropFirst(5)) {
        #expect(Double(text) == instance.values[metric], "\(metric)")
      }
    }
  }
}

@Suite struct SuiteTests {
  @Test func whatDoesNotFitIsSaid() throws {
    let whole = try Suite(named: "wm-eval", scenarios: [], cells: [], count: 1, frames: 12, height: 32, width: 32)
    let cells = whole.strata.count + whole.omitted.count { $0.contains("is left out") }
    #expect(cells == Scenario.allCases.reduce(0) { $0 + $1.cells.filter { $0 != .train }.count })
    #expect(whole.instances().count == whole.strata.count)
    #expect(whole.omitted.contains { $0.contains("the suite's own length is") })
    #expect(whole.primaries.map(\.name).first == "physics_tol5" && whole.name == "wm-eval/1")
    // Asked for by name, it is an error.
    let gone = try #require(
      whole.omitted.first { $0.contains("is left out") }?.split(separator: " ").first?.split(separator: "/"))
    problem {
      try Suite(
        named: "wm-eval", scenarios: [Scenario.named(String(gone[0]))], cells: [String(gone[1])], count: 1, frames: 12,
        height: 32, width: 32)
    }
  }

  /// Declared before anybody looked, and in every result's protocol: these names may only change with the suite's
  /// version.
  @Test func primariesArePinned() {
    let whole = [
      "physics_tol5", "validity", "ewarp_gt_excess", "appearance_consistency_hogcolor", "bg_drift_ssim",
      "luma_flicker_d2", "flicker_hf_rms",
    ]
    let declarations = SuiteName.allCases.map(Suite.declaration)
    #expect(declarations.map { "\($0.name)/\($0.version)" } == ["physics-tiny/1", "wm-eval/1"])
    #expect(declarations.map { $0.primaries.map(\.name) } == [["physics_tol5", "validity"], whole])
  }

  /// A scene without a law would be judged by its trajectory alone.
  @Test(arguments: Scenario.allCases) func everyScenarioIsJudgedByALaw(scenario: Scenario) throws {
    for cell in scenario.cells {
      let instance = try Instance(scenario, cell, index: 0, setting: Setting(size: 64, frames: scenario.suiteFrames))
      #expect(try instance.scene().law != nil, "\(scenario)/\(cell)")
    }
  }

  @Test func tiersHaveTheirCounts() throws {
    func count(_ name: String, quick: Bool) throws -> Int {
      try Suite(
        named: name, scenarios: [.freeFall], cells: ["id-val"], count: nil, quick: quick, frames: 16, height: 64,
        width: 64
      ).instances().count
    }
    #expect(
      try [
        count("wm-eval", quick: false), count("wm-eval", quick: true), count("physics-tiny", quick: false),
        count("physics-tiny", quick: true),
      ] == [100, 16, 96, 16])
    #expect(problem { try count("wm-evil", quick: true) }.what.contains("did you mean 'wm-eval'"))
  }
}

@Suite struct BenchWordsTests {
  /// VBench's flicker of a moving clip is a number in the files and n/a in every table.
  @Test func flickerOfAMovingClipIsNotJudged() throws {
    let metric = "vbench_temporal_flickering"
    func subject(_ role: SubjectRole, _ notes: [String], _ value: Double) -> BenchResult.Subject {
      .init(
        role,
        instances: notes.enumerated().map {
          .init(id: "\($0)", scenario: "a", cell: "", values: [metric: value], notes: [metric: MetricNote($1)])
        })
    }
    let result = BenchResult(
      suite: "x/1", protocolStamp: ProtocolStamp([:]), subjectStamp: .none,
      subjects: [subject(.model, ["moving", "moving"], 0.9), subject(.control(.frozen), ["static", "moving"], 1)],
      units: [metric: "share"], better: [metric: .higher])
    #expect(result.estimate(.model, metric).text == "n/a (moving)")
    #expect(result.estimate(.control(.frozen), metric).text == "1" && result.estimate(.control(.frozen), metric).n == 1)
    #expect(result.difference(.model, .control(.frozen), metric: metric) == nil)
    #expect(BenchFindings(result).text.contains("n/a (moving)") && result.csv.contains("0.9"))
  }

  @Test func aStillModelIsCalledSo() throws {
    let instances = (0..<4).map {
      BenchResult.InstanceValues(
        id: "\($0)", scenario: "a", cell: "", values: ["motion_ratio": 0.2, "physics_tol5": Double($0)])
    }
    let result = BenchResult(
      suite: "x/1", protocolStamp: ProtocolStamp([:]), subjectStamp: .none,
      subjects: [.init(.model, instances: instances)],
      units: ["motion_ratio": "", "physics_tol5": ""], better: ["physics_tol5": .higher])
    #expect(BenchFindings(result).result.remarks.contains { $0.contains("static-biased") })
  }
}
