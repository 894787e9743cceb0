import Files
import Foundation
import Frames
import Media
import Runs
import Synchronization
import Tensors

/// `orrery perf loader`: how fast random windows of a dataset come out as u8 frames, verified, and where the time goes.
///
/// First every clip is verified, as training does on first touch, and that is timed by itself; then windows are drawn
/// anew for each repeat. The rate is that of the repeats: what training sees after its first epoch.
public struct PerfLoader: Sendable {
  public var path: String
  public var window: Int, threads: Int, cacheBytes: Int
  /// Timed repeats and the least seconds of each.
  public var repeats: Int, seconds: Double

  public init(path: String, window: Int, threads: Int, cacheBytes: Int, repeats: Int, seconds: Double) {
    self.path = path
    self.window = window
    self.threads = threads
    self.cacheBytes = cacheBytes
    self.repeats = repeats
    self.seconds = seconds
  }

  public struct Result: Sendable { public let value: Value; public let text: String }

  public func run(_ console: Console) throws -> Result {
    let data = try Dataset(path: path, cacheBytes: cacheBytes)
    let usable = data.clips.indices.filter { data.clips[$0].frames >= window }
    guard !usable.isEmpty else {
      throw Problem(
        "no clip has \(window) frames", at: path, expected: "--window of at most \(data.clips.map(\.frames).max() ?? 0)"
      )
    }
    let first = try verify(data, usable, console)
    // Windows are drawn evenly over all starts, so long clips get their share.
    let ends = usable.reduce(into: [Int]()) { $0.append(($0.last ?? 0) + data.clips[$1].frames - window + 1) }
    let before = data.costs
    var rates: [Double] = [], drawn = 0
    let progress = console.progress("reading \((path as NSString).lastPathComponent)", total: repeats)
    for repetition in 0..<repeats {
      let clock = ContinuousClock.now
      var windows = 0
      // Draws go on until the time is up, in rounds large enough that threads rarely wait for each other.
      while windows == 0 || ProgressLine.seconds(ContinuousClock.now - clock) < seconds {
        let round = 16 * threads, base = drawn
        _ = try concurrently(round, threads: threads) { i -> Int in
          let at = Random(seed: 1).integer(base + i, below: ends[ends.count - 1], .window)
          let clip = ends.partitioningIndex { $0 > at }, start = at - (clip == 0 ? 0 : ends[clip - 1])
          return try data.frames(usable[clip], start..<start + window).count
        }
        drawn += round
        windows += round
      }
      rates.append(Double(windows * window) / ProgressLine.seconds(ContinuousClock.now - clock))
      progress.update(repetition + 1)
    }
    return result(data, first, data.costs - before, rates, drawn)
  }

  /// Reads every usable clip once. - Returns: seconds, frames, and what they cost.
  private func verify(
    _ data: Dataset, _ clips: [Int], _ console: Console
  ) throws -> (seconds: Double, frames: Int, costs: ReadCosts) {
    let clock = ContinuousClock.now, before = data.costs, done = Mutex(0)
    let progress = console.progress("verifying clips", total: clips.count)
    for part in stride(from: 0, to: clips.count, by: 8 * threads) {
      let some = Array(clips[part..<min(part + 8 * threads, clips.count)])
      _ = try concurrently(some.count, threads: threads) { i -> Int in
        let frames = data.clips[some[i]].frames
        if data.clips[some[i]].framesSHA256.isEmpty {
          for start in stride(from: 0, to: frames, by: window) {
            _ = try data.frames(some[i], start..<min(start + window, frames))
          }
        } else {
          try data.verify(some[i])
        }
        done.withLock { $0 += frames }
        return frames
      }
      progress.update(part + some.count)
    }
    return (ProgressLine.seconds(ContinuousClock.now - clock), done.withLock { $0 }, data.costs - before)
  }

  private func result(
    _ data: Dataset, _ first: (seconds: Double, frames: Int, costs: ReadCosts), _ costs: ReadCosts, _ rates: [Double],
    _ windows: Int
  ) -> Result {
    let sorted = rates.sorted(), rate = sorted[sorted.count / 2], frameBytes = data.height * data.width * 3
    func split(_ c: ReadCosts) -> Value {
      ["read": .number(c.read), "inflate": .number(c.inflate), "verify": .number(c.verify), "copy": .number(c.copy)]
    }
    let value: Value = [
      "frames_per_s": .number(rate), "frames_per_s_min": .number(sorted[0]),
      "frames_per_s_max": .number(sorted[sorted.count - 1]),
      "mb_per_s": .number(rate * Double(frameBytes) / 1e6), "width": Value(data.width), "height": Value(data.height),
      "window": Value(window), "windows": Value(windows),
      "threads": Value(threads), "cache_bytes": Value(cacheBytes), "chunks_decoded": Value(costs.decoded),
      "chunks_cached": Value(costs.cached),
      "bytes_read": Value(costs.bytesRead), "thread_seconds": split(costs),
      "first_read": [
        "frames_per_s": .number(Double(first.frames) / max(first.seconds, 1e-9)), "seconds": .number(first.seconds),
        "thread_seconds": split(first.costs),
      ],
      "peak_rss_bytes": Value(Footprint.peakBytes),
    ]
    func shares(_ c: ReadCosts) -> String {
      let all = max(c.read + c.inflate + c.verify + c.copy, 1e-12)
      return [("read", c.read), ("inflate", c.inflate), ("verify", c.verify), ("copy", c.copy)].map {
        "\($0.0) \(Text.fixed(100 * $0.1 / all, 0)) %"
      }.joined(separator: ", ")
    }
    let text = """
      random windows of \(window) frames, \(data.width)×\(data.height), \(threads) threads, cache \(Text.bytes(cacheBytes))
      \(Text.short(rate)) frames/s (\(Text.short(sorted[0])) to \(Text.short(sorted[sorted.count - 1]))), \(Text.short(rate * Double(frameBytes) / 1e6)) MB/s delivered; \(shares(costs))
      \(costs.decoded) chunks decoded, \(costs.cached) found in the cache
      first read, every clip verified against its hash: \(Text.short(Double(first.frames) / max(first.seconds, 1e-9))) frames/s; \(shares(first.costs))
      """
    return Result(value: value, text: text)
  }
}

extension Array {
  /// The first index whose element meets `condition`, in an array where all that meet it stand last.
  fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
