import Bench
import Files
import Foundation
import Lab
import Runs
import TestKit
import Testing

/// What a bench of the pinned run writes: a first look with two samples an instance, and every metric there is on a
/// scene of each scenario it was trained on.
@Suite struct PinBenchTests {
  @Test func aBenchWrites() throws {
    let world = try PinnedWorld(), run = try world.trained(), blank = try world.blank()
    var quick = BenchOptions(), whole = BenchOptions()
    (quick.count, quick.samples, quick.steps) = (2, 2, 2)
    (whole.suite, whole.count, whole.scenarios, whole.cells) = ("wm-eval", 1, ["projectile", "free-fall"], ["id-val"])
    for order in [quick, whole] {
      let home = HomeFolder(world.scratch("home"))
      let job = try BenchJob(reference: run.folder, runs: world.scratch("runs"), order, home: home, on: world.compute)
      let found = try job.run(world.quiet)
      try Pin.expect(try blank.document(job.path), "bench/\(order.suite ?? "physics-tiny").json")
      try Pin.expect(try blank.lines(job.file("jsonl")), "bench/\(order.suite ?? "physics-tiny").jsonl.txt")
      // Its lines end as RFC 4180 wants; a fixture's do not, so that no tool changes them.
      let csv = try Disk.readText(job.file("csv"))
      #expect(csv == csv.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\n", with: "\r\n"))
      try Pin.expect(csv.replacingOccurrences(of: "\r\n", with: "\n"), "bench/\(order.suite ?? "physics-tiny").csv")
      try Pin.expect(
        JSON.pretty(blank.value(job.summary(found))), "bench/\(order.suite ?? "physics-tiny").summary.json")
    }
    try Pin.expect(try PinFolder.names(run.path("bench")).map { $0 + "\n" }.joined(), "bench/files.txt")
  }
}
