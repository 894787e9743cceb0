import Bench
import Compare
import Files
import Foundation
import Measures
import Pages
import Runs
import TestKit
import Testing

@Suite struct ReportTests {
  /// Steps 0…3 with the losses given; NaN prints as null.
  private func events(_ losses: [Double]) -> String {
    losses.enumerated().map { JSON.line(["kind": "step", "step": Value($0), "loss": .number($1)]) + "\n" }.joined()
  }

  /// What would make a browser ask for anything outside the file.
  private func requests(_ html: String) throws -> [String] {
    let pattern = try Regex(
      "(?i)(src|srcset|poster|data|action)\\s*=\\s*\"(?!data:)[^\"]*\"|url\\((?!['\"]?data:)|@import|<link|<iframe|https?://"
    )
    return html.matches(of: pattern).map { String(html[$0.range]) }.filter { !$0.hasPrefix("data-") }
  }

  @Test func asksNoNetworkForAnything() throws {
    let paper = try PaperRuns(), a = try paper.run("a", heldOut: [1, 2, 3], events: events([3, 2, 1, 0.5])),
      b = try paper.run("b", rate: 0.002, heldOut: [1, 1, 2], events: events([3, 1, 0.6, 0.4]))
    for run in [a, b] { try paper.bench(run) { Double($0) } }
    let path = paper.scratch("out/report.html")
    try CompareReport.write(Comparison([a, b]), to: path)
    let html = try Disk.readText(path)
    #expect(try requests(html) == [])
    #expect(html.contains("default-src 'none'"))
    #expect(html.contains("<caption>") && html.contains("scope=\"row\"") && html.contains("prefers-color-scheme:dark"))
    // Every verdict stands before the first table.
    let first = try #require(html.range(of: "<table")),
      verdict = try #require(html.range(of: "can be claimed on physics_tol5"))
    #expect(verdict.lowerBound < first.lowerBound)
    #expect(html.contains("href=\"../runs/a/run.json\""))
    #expect(try requests(Disk.readText(Report.run(a))) == [])
  }

  /// Names come from users: none may become markup.
  @Test func escapesWhatPeopleWrote() throws {
    let paper = try PaperRuns()
    var run = try paper.run("a")
    run.cost.wallSeconds = 1
    run.machine = RunMachine(["build": "<script>alert(1)</script>&\"'"])
    try run.save()
    let html = try Disk.readText(Report.run(try Run(folder: run.folder)))
    #expect(!html.contains("<script>alert"))
    #expect(html.contains("&lt;script&gt;"))
  }

  @Test func drawsAroundNotANumber() throws {
    let paper = try PaperRuns(), run = try paper.run("a", events: events([3, .nan, 1, 0.5, .nan, 0.4]))
    let curves = TrainingCurves(path: run.path("events.jsonl"))
    #expect(curves.loss.count == 6 && curves.note == "2 steps have no finite loss")
    #expect(curves.smoothed[1].isNaN && curves.smoothed[5].isFinite)
    let html = try Disk.readText(Report.run(run))
    #expect(html.contains("2 steps have no finite loss"))
    #expect(!html.contains("nan") && !html.contains("NaN") && !html.contains("inf\""))
    // A curve of nothing but NaN, and one of zeros, have no logarithmic axis: no drawing, no trap.
    for losses in [[Double.nan, .nan], [0, 0], []] {
      let bare = try paper.run("bare", events: events(losses))
      #expect(try !Disk.readText(Report.run(bare)).contains("class=\"curves\""))
    }
  }

  @Test func aRunWithoutEventsStillHasAReport() throws {
    let paper = try PaperRuns(), run = try paper.run("a"), html = try Disk.readText(Report.run(run))
    #expect(html.contains("events.jsonl is missing"))
    #expect(html.contains("orrery bench a"))
    #expect(html.contains("The ledger does not vouch for this run."))
    #expect(html.contains("it is not influence"))
  }

  @Test func saysIfAControlWins() throws {
    let paper = try PaperRuns(), run = try paper.run("a")
    try paper.bench(run) { 3 + PaperRuns.noise($0, 1) }
    let html = try Disk.readText(Report.run(run))
    #expect(html.contains("On luma_flicker_d2, the model is beaten by frozen."))
    #expect(html.contains("On physics_tol5, the model is beaten by frozen."))
  }

  /// What is not primary folds, on the page and in the terminal; the controls are named on every primary metric.
  @Test func furtherMetricsFold() throws {
    let paper = try PaperRuns(), runs = try ["a", "b"].map { try paper.run($0) }
    for (k, run) in runs.enumerated() {
      try paper.bench(run) { 40 + 10 * Double(k) + PaperRuns.noise($0, k) }
      var result = try BenchResult(path: run.path("bench/physics-tiny.json"))
      result.declare(["physics_tol5"])
      try result.write(to: run.path("bench/physics-tiny.json"))
    }
    let c = try Comparison(runs), path = paper.scratch("out/report.html")
    try CompareReport.write(c, to: path)
    let html = try Disk.readText(path), fold = try #require(html.range(of: "<details>"))
    for (sentence, folds) in [
      ("B is better than A on physics_tol5", false), ("On physics_tol5, A and B beat frozen.", false),
      ("can be claimed on luma_flicker_d2", true), ("On luma_flicker_d2, A and B are beaten by frozen.", true),
    ] {
      #expect((try #require(html.range(of: sentence)).lowerBound > fold.lowerBound) == folds, "\(sentence)")
    }
    #expect(
      c.text.contains("On physics_tol5, A and B beat frozen.")
        && c.text.contains("A control beats a variant on 1 of these too: luma_flicker_d2."))
    #expect(!c.text.contains("can be claimed on luma_flicker_d2"))
  }
}

@Suite struct RunListTests {
  @Test func hidesNothing() throws {
    let paper = try PaperRuns(), run = try paper.run("good", heldOut: [1, 3])
    try paper.bench(run, count: 4) { Double($0) }
    let torn = try paper.run("torn-bench")
    try Disk.write("{", to: torn.path("bench/physics-tiny.json"))
    try Disk.write("{\"orrery\": \"run/1\", \"ha", to: paper.runs + "/broken/run.json")
    try Disk.makeFolder(paper.runs + "/stray")
    let list = try RunList(paper.runs)
    #expect(Set(list.items.map(\.run.name)) == ["good", "torn-bench"])
    #expect(list.broken.count == 2)
    let good = try #require(list.items.first { $0.run.name == "good" })
    #expect(good.heldOut?.loss == 2 && good.physics?.value == 1.5 && good.physics?.low != nil)
    #expect(list.items.first { $0.run.name == "torn-bench" }?.problem != nil)
    for text in ["good", "4/4", "1,234", "broken: ", "stray", "no run.json"] {
      #expect(list.text.contains(text), "\(text)")
    }
    #expect(list.value["broken"]?.array?.count == 2 && list.value["runs"]?.array?.count == 2)
  }

  @Test func anEmptyOrMissingFolderIsSaidPlainly() throws {
    let scratch = try Scratch()
    #expect(try RunList(scratch.path).text.contains("no runs"))
    #expect(try RunList(scratch("nowhere")).text.contains("does not exist"))
    try Disk.write("x", to: scratch("file"))
    problem { try RunList(scratch("file")) }
  }
}
