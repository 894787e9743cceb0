import Bench
import Charts
import Files
import Foundation
import Frames
import Media
import Models
import Nets
import Perf
import Tensors
import TestKit
import Testing

/// What `perf` says about itself is checked; how fast it is, is not.
@Suite(.serialized) struct PerfTests {
  @Test func everyOpOfTheCatalogueIsTimedBothWays() throws {
    let compute = try #require(Compute(threads: 2))
    let options = PerfOptions(
      model: ModelSizes(dim: 24, heads: 2, layers: 2, ffn: 32), channels: 4, frames: 2, size: 4, batch: 2, text: 4,
      textDim: 8,
      iterations: 1)
    let value = try PerfOps(options, seconds: 0).run(on: compute, Console(json: true, quiet: true)).value
    let ops = try #require(value["ops"]?.array)
    for entry in Catalogue.ops {
      // What is only ever run frozen has no way back.
      let isTrained = entry.cases.contains { !$0.differentiable.isEmpty }
      for pass in ["forward"] + (isTrained ? ["backward"] : []) {
        let rows = ops.filter { $0["op"]?.string == entry.name && $0["pass"]?.string == pass }
        #expect(!rows.isEmpty, "\(entry.name) \(pass)")
        for row in rows {
          #expect(
            (row["ms"]?.double ?? 0) > 0 && (row["gb_per_s"]?.double ?? 0) > 0
              && (row["share_of_roofline"]?.double ?? 0) > 0, "\(entry.name) \(pass)")
          #expect((row["gflop_per_s"]?.double ?? -1) >= 0, "\(entry.name) \(pass)")
        }
      }
    }
    #expect(ops.contains { $0["op"]?.string == "AdamW" })
    for key in ["gflop_per_s", "memory_gb_per_s", "cache_gb_per_s"] {
      #expect((value["roofline"]?[key]?.double ?? 0) > 0)
    }
    // Every product of a Linear in the step stands beside OpenBLAS's, once: q, k and v of 16 tokens are 16×24 · 24×72.
    let yardstick = try #require(value["yardstick"]), products = try #require(yardstick["products"]?.array)
    #expect(yardstick["threads"]?.integer == 1 && yardstick["core"]?.string?.isEmpty == false)
    let shapes = products.map { p in ["rows", "k", "n"].map { p[$0]?.integer ?? 0 } }
    #expect(shapes.contains([16, 24, 72]) && Set(shapes).count == shapes.count, "\(shapes)")
    #expect(shapes.allSatisfy { !$0.contains(0) })
    for p in products { for key in ["ms", "openblas_ms", "ratio"] { #expect((p[key]?.double ?? 0) > 0) } }
  }

  /// Products counted from shapes come to what the model says of itself.
  @Test func countedArithmeticIsTheModels() throws {
    let compute = try #require(Compute(threads: 2))
    let options = PerfOptions(
      model: ModelSizes(dim: 48, heads: 2, layers: 3, ffn: 96), channels: 4, frames: 2, size: 8, batch: 2, text: 5,
      textDim: 16,
      iterations: 1)
    let result = try PerfOps(options, seconds: 0).run(on: compute, Console(json: true, quiet: true)).value
    var counted = 0.0
    for row in result["ops"]?.array ?? []
    where row["pass"]?.string == "forward"
      && ["Linear", "FeedForward", "SelfAttention", "CrossAttention"].contains(row["op"]?.string ?? "")
    {
      counted +=
        (row["gflop_per_s"]?.double ?? 0) * (row["ms"]?.double ?? 0) * 1e6 * Double(row["per_step"]?.integer ?? 0)
    }
    let step = try Perf(options).run(.forward, on: compute).value
    let told = (step["gflop_per_s"]?.double ?? 0) * (step["median_ms"]?.double ?? 0) * 1e6
    #expect(abs(counted / told - 1) < 0.02, "\(counted) counted, \(told) told")
  }

  @Test func slopesAreExponents() throws {
    let scaling = try PerfScaling(
      tokens: [64, 128, 256], dims: [64, 128], dim: 64, layers: 1, batch: 1, iterations: 1, threads: 1)
    var points = [64, 128, 256].map { n in
      PerfScaling.Point(tokens: n, dim: 64, seconds: 1e-6 * pow(Double(n), 2), bytes: 1e3 * pow(Double(n), 1.5))
    }
    points.append(PerfScaling.Point(tokens: 512, dim: 128, skipped: "too large"))
    let report = ScalingReport(scaling, points)
    #expect(abs((report.sweeps[0].time ?? 0) - 2) < 1e-9 && abs((report.sweeps[0].memory ?? 0) - 1.5) < 1e-9)
    #expect(report.sweeps[1].time == nil)
    #expect(
      report.markdown.contains("time ∝ tokens^2.00") && report.markdown.contains("left out: too large")
        && report.markdown.contains("Too few points"))
    let svg = try #require(ScalingChart(report).svg()).text
    #expect(
      svg.hasPrefix("<svg xmlns=") && svg.contains("∝ tokens^2.00") && svg.components(separatedBy: "<circle").count == 7
    )
    #expect(
      ScalingReport.Sweep.exponent([(2, 8), (4, 64)]).map { abs($0 - 3) < 1e-9 } == true
        && ScalingReport.Sweep.exponent([(2, 1), (2, 5)]) == nil)
  }

  @Test(arguments: [[65], [64, -64], [1300]]) func oddTokensAreRefused(_ tokens: [Int]) {
    #expect(throws: Problem.self) {
      try PerfScaling(tokens: tokens, dims: [], dim: 64, layers: 1, batch: 1, iterations: 1, threads: 1)
    }
  }

  @Test func sizesThatDoNotFitAreLeftOut() throws {
    let scratch = try Scratch()
    let scaling = try PerfScaling(
      tokens: [131072], dims: [], dim: 1536, layers: 40, batch: 64, iterations: 1, threads: 1)
    // The program would fail if it were started.
    let value = try scaling.run(to: scratch("s"), executable: "/bin/false", Console(json: true, quiet: true)).value
    #expect(value["points"]?.array?.first?["skipped"]?.string?.contains("memory") == true, "\(JSON.line(value))")
  }

  @Test func theMadeTextureIsAnOrdinaryDatasetThatPacksLikeFootage() throws {
    let scratch = try Scratch()
    try TexturedDataset.write(scratch("t.h5"), width: 64, height: 64, frames: 120, Console(json: true, quiet: true))
    let data = try Dataset(path: scratch("t.h5"))
    #expect(data.clips.map(\.frames) == [96, 24] && data.width == 64)
    let size = try #require(try FileManager.default.attributesOfItem(atPath: scratch("t.h5"))[.size] as? Int)
    #expect((0.5...0.9).contains(Double(size) / Double(120 * 64 * 64 * 3)))
    let frames = try data.frames(0, 0..<96)
    #expect(
      Set((0..<96).map { Array(frames.pixels[$0 * frames.frameBytes..<($0 + 1) * frames.frameBytes]) }).count == 96)
    for clip in data.clips.indices { try data.verify(clip) }
  }

  @Test func theLoaderReportsWhatItDid() throws {
    let scratch = try Scratch()
    try TexturedDataset.write(scratch("t.h5"), width: 32, height: 32, frames: 100, Console(json: true, quiet: true))
    func loader(_ window: Int) -> PerfLoader {
      PerfLoader(path: scratch("t.h5"), window: window, threads: 2, cacheBytes: 0, repeats: 2, seconds: 0)
    }
    let value = try loader(16).run(Console(json: true, quiet: true)).value
    #expect(
      value["windows"]?.integer == 64 && value["chunks_cached"]?.integer == 0
        && (value["chunks_decoded"]?.integer ?? 0) >= 128)
    #expect(
      (value["thread_seconds"]?["inflate"]?.double ?? 0) > 0 && (value["thread_seconds"]?["verify"]?.double ?? 0) > 0
        && (value["first_read"]?["thread_seconds"]?["verify"]?.double ?? 0) > 0)
    #expect(throws: Problem.self) { try loader(97).run(Console(json: true, quiet: true)) }
  }
}
