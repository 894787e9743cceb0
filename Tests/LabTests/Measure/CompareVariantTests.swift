import Bench
import Compare
import Files
import Foundation
import Measures
import Pages
import Runs
import TestKit
import Testing

/// Several seeds of a recipe are one variant; several variants are held against the first, and the best against the
/// worst.
@Suite struct CompareVariantTests {
  /// `seeds` runs of a recipe with learning rate `rate`, benched at `level`: instances vary, seeds vary a little.
  private func recipe(_ paper: PaperRuns, _ name: String, rate: Double, seeds: Int, level: Double) throws -> [Run] {
    try (0..<seeds).map { seed in
      let run = try paper.run("\(name)\(seed)", rate: rate, seed: seed)
      try paper.bench(run) {
        level + 20 * PaperRuns.noise($0, 1) + PaperRuns.noise(seed, 7) + PaperRuns.noise($0, 11 + seed)
      }
      return run
    }
  }

  @Test func sixSeedsSpeakOfTheRecipes() throws {
    let paper = try PaperRuns()
    let c = try Comparison(
      recipe(paper, "slow", rate: 0.001, seeds: 6, level: 40) + recipe(paper, "fast", rate: 0.002, seeds: 6, level: 45))
    #expect(c.variants.map(\.label) == ["A", "B"] && c.variants.map(\.runs.count) == [6, 6])
    #expect(c.runs.map(\.label).prefix(2) == ["A1", "A2"])
    #expect(c.changed.map(\.key) == ["train.rate"], "a seed is no difference between variants")
    let verdict = try #require(c.verdicts.first { $0.metric == "physics_tol5" })
    #expect(
      verdict.sentence.hasPrefix("B is better than A on physics_tol5 by ")
        && verdict.sentence.contains("6 and 6 training seeds"), "\(verdict.sentence)")
    #expect(verdict.comparison?.scope == .recipes && verdict.comparison?.p == 2.0 / 924)
    #expect(c.notes.contains { $0.contains("speak of the recipes") })
    #expect(c.best?.run.name == "fast0")
    #expect(c.metrics[0].groups[0].rows.filter { !$0.isControl }.map(\.subject) == ["A", "B"])
  }

  @Test func fewerSeedsSpeakOfTheCheckpoints() throws {
    let paper = try PaperRuns()
    let c = try Comparison(
      recipe(paper, "slow", rate: 0.001, seeds: 6, level: 40) + recipe(paper, "fast", rate: 0.002, seeds: 3, level: 45))
    #expect(c.verdicts[0].sentence.hasPrefix("Of these checkpoints, B is better than A on physics_tol5 by "))
    #expect(c.notes.contains { $0.hasPrefix("B has 3 of the 6 training seeds") })
  }

  /// Seeds of one recipe have nothing to be compared with but each other; copies of one seed are not two draws.
  @Test func whatIsNotAVariantStaysApart() throws {
    let paper = try PaperRuns()
    let seeds = try Comparison(recipe(paper, "only", rate: 0.001, seeds: 2, level: 40))
    #expect(seeds.variants.map(\.runs.count) == [1, 1] && seeds.notes.contains { $0.contains("differ only in seed") })
    #expect(seeds.changed.map(\.key) == ["seed"])
    let copies = try ["a", "b"].map { try paper.run($0) }
    for run in copies { try paper.bench(run) { Double($0 % 7) } }
    let c = try Comparison(copies)
    #expect(c.variants.count == 2 && c.notes.contains { $0.contains("the configuration and the seed of another run") })
  }

  /// The best and the worst were picked after looking, so every pair counts in the family.
  @Test func theBestIsHeldAgainstTheWorst() throws {
    let paper = try PaperRuns()
    let runs = try [("middle", 0.001, 40.0), ("best", 0.002, 46), ("worst", 0.003, 35)].flatMap {
      try recipe(paper, $0.0, rate: $0.1, seeds: 1, level: $0.2)
    }
    let c = try Comparison(runs)
    // Three pairs on two primary metrics.
    #expect(c.tests == 6)
    let extreme = try #require(c.verdicts.first { $0.metric == "physics_tol5" && $0.reference != "A" })
    #expect(
      extreme.sentence.hasPrefix("Best against worst: of these checkpoints, C is worse than B on physics_tol5 by 1"),
      "\(extreme.sentence)")
    #expect(try #require(extreme.adjusted) > #require(extreme.comparison?.p))
    #expect(c.best?.run.name == "best0")
    // With the best one first, that comparison is there anyway.
    #expect(try Comparison([runs[1], runs[0], runs[2]]).verdicts.filter { $0.metric == "physics_tol5" }.count == 2)
  }

  /// Claims rest on what the suite declared; the rest is described, unadjusted, after it.
  @Test func onlyDeclaredMetricsArePrimary() throws {
    let paper = try PaperRuns()
    let runs = try [0.001, 0.002].map { try recipe(paper, "r\($0)-", rate: $0, seeds: 1, level: $0 * 5000 + 35)[0] }
    for run in runs {
      var result = try BenchResult(path: run.path("bench/physics-tiny.json"))
      result.declare(["luma_flicker_d2"])
      try result.write(to: run.path("bench/physics-tiny.json"))
    }
    let c = try Comparison(runs)
    #expect(c.metrics.map(\.metric) == ["luma_flicker_d2", "physics_tol5"] && c.tests == 1)
    let secondary = try #require(c.verdicts.first { $0.metric == "physics_tol5" })
    #expect(
      !secondary.isPrimary && secondary.adjusted == nil
        && secondary.sentence.contains("not adjusted: not a primary metric"))
    #expect(try Comparison(runs, metric: "physics_tol5").verdicts[0].isPrimary)
  }

  /// "No difference" says what it would take; an interval that is not worth its 95 % says what it is worth.
  @Test func saysWhatItWouldTake() throws {
    let paper = try PaperRuns(), runs = try [0.001, 0.002].map { try paper.run("r\($0)", rate: $0) }
    for (k, run) in runs.enumerated() {
      // Skewed differences: on one instance of ten they are far apart.
      try paper.bench(run, count: 20) { $0 % 10 == 3 ? 40 + 30 * Double(k) : 40 + PaperRuns.noise($0, k) }
    }
    let c = try Comparison(runs), verdict = try #require(c.verdicts.first { $0.metric == "physics_tol5" })
    #expect(verdict.outcome == .noDifference && verdict.sentence.contains("you need n ≥ "), "\(verdict.sentence)")
    #expect(verdict.sentence.contains("measured coverage at n = 16") && verdict.sentence.contains("these are skewed"))
    #expect(c.notes.contains { $0.hasPrefix("Some intervals here are not worth their 95 %") })
  }

  @Test func theReportDrawsWhatItSays() throws {
    let paper = try PaperRuns()
    let runs = try [("middle", 0.001, 40.0), ("best", 0.002, 46), ("worst", 0.003, 35)].flatMap {
      try recipe(paper, $0.0, rate: $0.1, seeds: 2, level: $0.2)
    }
    let c = try Comparison(runs), path = paper.scratch("out/report.html")
    try CompareReport.write(c, to: path)
    let html = try Disk.readText(path)
    #expect(
      html.contains("performance profiles on physics_tol5") && html.contains(">IQM</th>") && html.contains("P(better)")
        && html.contains("training GFLOP"))
    #expect(html.contains("Best against worst") && html.contains("2 training seeds") && !html.contains("NaN"))
    for text in ["A = middle", "training runs", "P(better)", "Best against worst"] {
      #expect(c.text.contains(text), "\(text)")
    }
    #expect(
      c.value["variants"]?.array?.count == 3
        && c.value["metrics"]?.array?.first?["groups"]?.array?.first?["extremes"]?["subject"] != nil)
  }
}

@Suite struct PreferenceFileTests {
  private func study(_ text: String) throws -> PreferenceComparison {
    let scratch = try Scratch()
    try Disk.write(text, to: scratch("p.csv"))
    return try PreferenceComparison(path: scratch("p.csv"))
  }

  @Test func readsWhatPeopleWrite() throws {
    let text =
      "\u{FEFF}prompt,first,second,winner,judge\r\n\"a ball, falling\",A,B,A,me\r\n\"says \"\"go\"\"\",A,B,B,you\r\n\r\nthird,B,A,tie,\r\n"
    let c = try study(text)
    #expect(
      c.study.prompts == 3 && c.study.answers == 3 && c.study.ties == 1 && c.study.items.map(\.name) == ["A", "B"])
    #expect(c.study.wins == [[0, 1.5], [1.5, 0]])
    #expect(c.text.contains("3 answers on 3 prompts") && c.value["items"]?.array?.count == 2)
    let scratch = try Scratch()
    try c.write(to: scratch("out/report.html"))
    #expect(try Disk.readText(scratch("out/report.html")).contains("Only differences mean anything"))
  }

  /// Everything wrong at once, with its line; nothing is guessed.
  @Test func refusesWhatItCannotRead() throws {
    #expect(problem { try study("") }.exit == .usage)
    #expect(problem { try study("prompt,first,second\np,A,B\n") }.what.contains("'winner'"))
    #expect(problem { try study("prompt,first,second,winner\n") }.what == "there are no preferences")
    let rows = problem { try study("prompt,first,second,winner\np,A,B,C\nq,A,A,A\nr,A,B\n,A,B,A\ns,A,B,A\n") }.what
    #expect(
      rows.hasPrefix("4 rows cannot be read") && rows.contains("line 2: the winner is 'C'")
        && rows.contains("line 3: 'A' is compared with itself") && rows.contains("line 4: 3 fields"))
    #expect(problem { try study("prompt,first,second,winner\n\"p,A,B,A\n") }.what.contains("not closed"))
    #expect(problem { try study("prompt,first,second,winner\n\"p\"x,A,B,A\n") }.place?.hasSuffix(":2") == true)
  }
}
