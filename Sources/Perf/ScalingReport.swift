import Files
import Foundation
import Tensors

/// Points of `perf scaling` as a table, with the exponents of time and memory.
package struct ScalingReport {
  package struct Sweep {
    /// "tokens" or "features".
    package let name: String
    package let points: [(x: Double, point: PerfScaling.Point)]

    package func xy(_ of: (PerfScaling.Point) -> Double?) -> [(x: Double, y: Double)] {
      points.compactMap { x, p in of(p).map { (x, $0) } }
    }
    package var time: Double? { Self.exponent(xy(\.seconds)) }
    package var memory: Double? { Self.exponent(xy(\.bytes)) }

    /// Least-squares slope of log y over log x; nil below two different sizes.
    package static func exponent(_ points: [(x: Double, y: Double)]) -> Double? {
      let logs = points.filter { $0.x > 0 && $0.y > 0 }.map { (log($0.x), log($0.y)) }, n = Double(logs.count)
      let mx = logs.reduce(0) { $0 + $1.0 } / max(n, 1), my = logs.reduce(0) { $0 + $1.1 } / max(n, 1)
      let spread = logs.reduce(0) { $0 + ($1.0 - mx) * ($1.0 - mx) }
      return spread > 1e-12 ? logs.reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / spread : nil
    }
  }

  package let scaling: PerfScaling
  package let points: [PerfScaling.Point]
  package let sweeps: [Sweep]

  package init(_ scaling: PerfScaling, _ points: [PerfScaling.Point]) {
    (self.scaling, self.points) = (scaling, points)
    let byTokens = points.filter { $0.dim == scaling.dim && scaling.tokens.contains($0.tokens) }.sorted {
      $0.tokens < $1.tokens
    }
    let byDim = points.filter { $0.tokens == PerfScaling.fixedTokens && scaling.dims.contains($0.dim) }.sorted {
      $0.dim < $1.dim
    }
    sweeps = [
      Sweep(name: "tokens", points: byTokens.map { (Double($0.tokens), $0) }),
      Sweep(name: "features", points: byDim.map { (Double($0.dim), $0) }),
    ].filter { !$0.points.isEmpty }
  }

  package var value: Value {
    [
      "layers": Value(scaling.layers), "batch": Value(scaling.batch), "threads": Value(scaling.threads),
      "dtype": .string(scaling.products.rawValue), "recompute": .bool(scaling.recompute),
      "points": .array(
        points.map { p in
          [
            "tokens": Value(p.tokens), "dim": Value(p.dim), "median_ms": p.seconds.map { .number($0 * 1e3) } ?? .null,
            "peak_rss_bytes": p.bytes.map { .number($0) } ?? .null,
            "gflop_per_s": p.gflops.map { .number($0) } ?? .null, "skipped": Value(p.skipped),
          ]
        }),
      "slopes": .object(sweeps.map { .init($0.name, ["time": Value($0.time), "memory": Value($0.memory)]) }),
    ]
  }

  package var markdown: String {
    sweeps.map { sweep in
      let fixed = sweep.name == "tokens" ? "\(scaling.dim) features" : "\(PerfScaling.fixedTokens) tokens"
      var lines = [
        "Training step against \(sweep.name): \(fixed), \(scaling.layers) blocks, batch \(scaling.batch), \(scaling.threads) threads, \(scaling.products)\(scaling.recompute ? ", blocks run again" : "")",
        "",
        "| \(sweep.name) | ms | GFLOP/s | peak memory | local slope of time | of memory |", "|---|---|---|---|---|---|",
      ]
      for (i, (x, p)) in sweep.points.enumerated() {
        guard let seconds = p.seconds, let bytes = p.bytes else {
          lines.append("| \(Text.count(Int(x))) | left out: \(p.skipped ?? "") | | | | |"); continue
        }
        let before = i > 0 ? sweep.points[i - 1] : nil
        func local(_ of: (PerfScaling.Point) -> Double?) -> String {
          guard let before, let a = of(before.point), let b = of(p),
            let slope = Sweep.exponent([(before.x, a), (x, b)])
          else { return "" }
          return Text.fixed(slope, 2)
        }
        lines.append(
          "| \(Text.count(Int(x))) | \(Text.short(seconds * 1e3)) | \(p.gflops.map(Text.short) ?? "–") | \(Text.bytes(Int(bytes))) | \(local(\.seconds)) | \(local(\.bytes)) |"
        )
      }
      let slopes = [("time", sweep.time), ("memory", sweep.memory)].compactMap { name, slope in
        slope.map { "\(name) ∝ \(sweep.name)^\(Text.fixed($0, 2))" }
      }
      return
        (lines + [
          "",
          slopes.isEmpty
            ? "Too few points for a slope." : slopes.joined(separator: ", ") + " (least squares in log-log)",
        ]).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}
