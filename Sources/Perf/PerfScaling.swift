import Charts
import Files
import Foundation
import Models
import Tensors

/// `orrery perf scaling`: a training step's time and peak memory against tokens and against features.
///
/// Every point is a `perf train` in a process of its own, so that the peak is the point's and one that fails takes
/// nothing with it.
public struct PerfScaling {
  /// One size tried: what it cost, or why it was left out.
  public struct Point: Sendable, Equatable {
    public let tokens: Int, dim: Int
    public var seconds: Double?, bytes: Double?, gflops: Double?
    public var skipped: String?

    package init(
      tokens: Int, dim: Int, seconds: Double? = nil, bytes: Double? = nil, gflops: Double? = nil, skipped: String? = nil
    ) {
      (self.tokens, self.dim, self.seconds, self.bytes, self.gflops, self.skipped) = (
        tokens, dim, seconds, bytes, gflops, skipped
      )
    }
  }

  public var tokens: [Int], dims: [Int]
  public var dim: Int, layers: Int, batch: Int, iterations: Int, threads: Int
  public var products: ElementType, recompute: Bool

  /// Tokens of the points that vary the features.
  static let fixedTokens = 512

  public init(
    tokens: [Int], dims: [Int], dim: Int, layers: Int, batch: Int, iterations: Int, threads: Int,
    products: ElementType = .f32, recompute: Bool = false
  ) throws {
    guard tokens.count + dims.count <= 64, tokens.allSatisfy({ $0 >= 64 && $0 <= 1 << 20 && Self.grid($0) != nil })
    else {
      throw Problem.usage(
        "--tokens \(tokens.map(String.init).joined(separator: " ")) cannot be laid out",
        expected: "multiples of 64, from 1280 on of 256, at most 1048576")
    }
    guard (dims + [dim]).allSatisfy({ $0 % 64 == 0 && (64...16384).contains($0) }) else {
      throw Problem.usage("a number of features is out of range", expected: "multiples of 64, at most 16384")
    }
    guard (1...1000).contains(layers), (1...4096).contains(batch), (1...1000).contains(iterations) else {
      throw Problem.usage("--layers, --batch or --iters is out of range")
    }
    (self.tokens, self.dims) = (tokens.sorted(), dims.sorted())
    (self.dim, self.layers, self.batch) = (dim, layers, batch)
    (self.iterations, self.threads) = (iterations, threads)
    (self.products, self.recompute) = (products, recompute)
  }

  /// Latent frames and side for so many tokens of 1×2×2 patches; nil when there is none.
  package static func grid(_ tokens: Int) -> (frames: Int, size: Int)? {
    let size = tokens <= 1024 ? 16 : 32, frame = size * size / 4
    return tokens % frame == 0 ? (tokens / frame, size) : nil
  }

  /// - Parameter executable: the orrery that times each point.
  public func run(to folder: String, executable: String, _ console: Console) throws -> Perf.Result {
    try Disk.makeFolder(folder)
    let sizes =
      tokens.map { ($0, dim) }
      + dims.filter { !($0 == dim && tokens.contains(Self.fixedTokens)) }.map { (Self.fixedTokens, $0) }
    let progress = console.progress("timing sizes", total: sizes.count)
    var points: [Point] = []
    for (n, d) in sizes {
      let point = try measure(Point(tokens: n, dim: d), executable)
      points.append(point)
      if let why = point.skipped { console.note("left out: \(n) tokens, \(d) features: \(why)") }
      progress.update(points.count, "\(n) tokens, \(d) features")
    }
    let report = ScalingReport(self, points)
    try Disk.write(JSON.pretty(report.value), to: folder + "/scaling.json")
    try Disk.write(report.markdown + "\n", to: folder + "/scaling.md")
    if let chart = ScalingChart(report).svg() { try Disk.write(chart.text, to: folder + "/scaling.svg") }
    return Perf.Result(
      value: report.value, text: report.markdown + "\n\nwrote scaling.json, scaling.md and scaling.svg to \(folder)")
  }

  private func measure(_ size: Point, _ executable: String) throws -> Point {
    var point = size
    guard let (frames, side) = Self.grid(size.tokens) else {
      throw Problem.usage("\(size.tokens) tokens cannot be laid out")
    }
    let options = PerfOptions(
      model: ModelSizes(dim: size.dim, heads: size.dim / 64, layers: layers), channels: 16, frames: frames, size: side,
      batch: batch, text: 64, textDim: 384, iterations: iterations, products: products, recompute: recompute)
    let needed = options.leastBytes(try options.config()), free = Double(MemoryFree.bytes)
    guard needed < 0.9 * free else {
      point.skipped = "it needs \(Text.bytes(Int(needed))) at least, and \(Text.bytes(Int(free))) of memory are free"
      return point
    }
    let arguments =
      [
        "perf", "train", "--json", "--dim", "\(options.model.dim)", "--layers", "\(options.model.layers)", "--heads",
        "\(options.model.heads)",
        "--ffn", "\(options.model.ffn)", "--frames", "\(frames)", "--size", "\(side)",
        "--batch", "\(batch)", "--iters", "\(iterations)", "--threads", "\(threads)", "--dtype", products.rawValue,
      ] + (recompute ? ["--recompute"] : [])
    let (status, line, said) = try Self.child(executable, arguments)
    guard status == 0, let value = try? JSON.parse(line, at: "perf train") else {
      // A usage error is the same at every size.
      if status == 2 { throw Problem.usage(said.isEmpty ? "perf train refused its arguments" : said) }
      point.skipped =
        status == -9
        ? "the system ended it, most likely for want of memory"
        : "it failed: \(said.isEmpty ? "status \(status)" : said)"
      return point
    }
    point.seconds = value["median_ms"]?.double.map { $0 / 1e3 }
    point.bytes = value["peak_rss_bytes"]?.double
    point.gflops = value["gflop_per_s"]?.double
    return point
  }

  /// Runs a program to its end. - Returns: its exit status, or minus the signal that ended it; its standard output; its
  /// error message.
  private static func child(_ executable: String, _ arguments: [String]) throws -> (Int32, [UInt8], String) {
    let process = Process(), out = Pipe(),
      errors = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-scaling-\(UUID().uuidString)")
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.standardOutput = out
    process.standardError = try FileHandle(forWritingTo: errors)
    do { try process.run() } catch {
      throw Problem("the program cannot be started: \(error.localizedDescription)", at: executable)
    }
    let line = [UInt8](out.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    let said =
      ((try? String(contentsOf: errors, encoding: .utf8)) ?? "").split(separator: "\n").first {
        $0.lowercased().hasPrefix("error: ")
      }.map { String($0.dropFirst(7)) } ?? ""
    return (
      process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus, line, said
    )
  }
}

/// Memory that could be had without swapping.
package enum MemoryFree {
  package static var bytes: Int {
    let lines = ((try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? "").split(separator: "\n")
    let kilobytes = lines.first { $0.hasPrefix("MemAvailable:") }.flatMap {
      Int($0.split(separator: " ").dropFirst().first ?? "")
    }
    return kilobytes.map { $0 * 1024 } ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
  }
}
