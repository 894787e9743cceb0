import Files
import Foundation
import Tensors

/// What this machine can do at best, measured by our own kernels: the roof that `perf ops` holds each op under
/// (Williams et al. 2009).
package struct Roofline: Sendable {
  /// GFLOP/s of one large product.
  let gflops: Double
  /// GB/s of y ← a + b over arrays far larger than the caches, and over arrays that stay in them.
  package let memory: Double, cached: Double

  /// Bytes of an op below which the caches are its roof.
  package static let cacheBytes = 16 << 20

  /// - Parameters:
  ///   - product: x, weight and bias of a large `Linear`, in the type whose speed is asked for.
  ///   - streamed: elements of an array that does not fit into the caches.
  package init(product: [Tensor], streamed: Int, on compute: Compute) {
    let flops = 2 * Double(product[0].shape.rows) * Double(product[1].count), large = streamed > 1 << 20
    gflops = flops / Stopwatch.median(seconds: large ? 0.6 : 0) { _ = Linear().apply(product) } / 1e9
    func stream(_ count: Int, _ seconds: Double) -> Double {
      let a = Tensor(zeros: [count], on: compute), b = Tensor(zeros: [count], on: compute)
      return 12 * Double(count) / Stopwatch.median(seconds: seconds) { _ = Add()(a, b) } / 1e9
    }
    cached = stream(min(streamed, 1 << 19), large ? 0.2 : 0)
    memory = stream(streamed, large ? 0.6 : 0)
  }

  /// The least seconds so much work can take: the products at their best speed, or the bytes at theirs, whichever is
  /// longer.
  package func seconds(flops: Double, bytes: Double) -> Double {
    max(flops / (gflops * 1e9), bytes / ((bytes <= Double(Self.cacheBytes) ? cached : memory) * 1e9))
  }
}

/// Repeats a piece of work until its time is known.
package enum Stopwatch {
  /// Median seconds of at least five runs, after one to warm up, that take `seconds` in all.
  package static func median(seconds: Double, _ body: () -> Void) -> Double {
    median(seconds: seconds, prepare: {}, body)
  }

  /// - Parameter prepare: runs before each, untimed, and gives what `body` takes.
  package static func median<T>(seconds: Double, prepare: () -> T, _ body: (T) -> Void) -> Double {
    body(prepare())
    var times: [Double] = []
    let begin = ContinuousClock.now
    while times.count < 5 || (ProgressLine.seconds(ContinuousClock.now - begin) < seconds && times.count < 10_000) {
      let ready = prepare(), clock = ContinuousClock.now
      body(ready)
      times.append(ProgressLine.seconds(ContinuousClock.now - clock))
    }
    return times.sorted()[times.count / 2]
  }
}
