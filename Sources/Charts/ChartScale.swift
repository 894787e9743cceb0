import Files
import Foundation

/// Maps values to a chart's coordinates, with round ticks inside the data's range.
package struct ChartScale: Sendable, Equatable {
  package let low: Double, high: Double
  package let start: Double, end: Double
  let isLog: Bool
  package let ticks: [Double]

  /// A linear axis over `values`, widened by a little; ones that are not finite are passed over.
  package init(
    linear values: [Double], from start: Double, to end: Double, padding: Double = 0.05, ticks wanted: Int = 4
  ) {
    let finite = values.filter(\.isFinite)
    var low = finite.min() ?? 0, high = finite.max() ?? 1
    if low == high {
      (low, high) = (
        low - max(1e-9, abs(low) * 0.5, low == 0 ? 1 : 0), high + max(1e-9, abs(high) * 0.5, high == 0 ? 1 : 0)
      )
    }
    let room = (high - low) * padding
    (self.low, self.high, self.start, self.end, isLog) = (low - room, high + room, start, end, false)
    ticks = Self.round(self.low, self.high, wanted)
  }

  /// A logarithmic axis over the positive `values`; nil when there are none.
  package init?(log values: [Double], from start: Double, to end: Double) {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    guard let least = positive.min(), let most = positive.max() else { return nil }
    (low, high) = (least / 1.12, most * 1.12)
    (self.start, self.end, isLog) = (start, end, true)
    ticks = Self.logarithmic(low, high)
  }

  /// Round numbers of every decade: the fewer decades, the more in each, so that an axis never has only one.
  private static func logarithmic(_ low: Double, _ high: Double) -> [Double] {
    let decades = Int(floor(log10(low)))...Int(ceil(log10(high)))
    for steps in [[1.0], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]] {
      let found = decades.flatMap { d in steps.map { $0 * pow(10, Double(d)) } }.filter { $0 >= low && $0 <= high }
      if found.count >= 3 {
        return found.count > 8 ? found.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) : found
      }
    }
    return round(low, high, 4)
  }

  /// The coordinate; nil where the axis has none.
  package func callAsFunction(_ x: Double) -> Double? {
    guard x.isFinite, !isLog || x > 0 else { return nil }
    let share = isLog ? log(x / low) / log(high / low) : (x - low) / (high - low)
    return start + share * (end - start)
  }

  /// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten, about `wanted` of them.
  private static func round(_ low: Double, _ high: Double, _ wanted: Int) -> [Double] {
    let power = pow(10, floor(log10((high - low) / Double(max(1, wanted)))))
    func ticks(_ step: Double) -> [Double] {
      let first = ceil(low / step), last = floor(high / step)
      guard step.isFinite, step > 0, last >= first, last - first < 100 else { return [] }
      return (0...Int(last - first)).map { (first + Double($0)) * step }
    }
    let candidates = [1.0, 2, 2.5, 5, 10].map { ticks($0 * power) }
    return candidates.min { abs($0.count - wanted) < abs($1.count - wanted) } ?? []
  }

  /// "0.05", "1,000", without noise from binary fractions.
  package static func label(_ x: Double) -> String {
    if abs(x) < 1e-12 { return "0" }
    if abs(x) >= 1000, x == x.rounded() { return Text.count(Int(x)) }
    return String(format: "%.3g", locale: Locale(identifier: "en_US_POSIX"), x).replacingOccurrences(of: "-", with: "−")
  }
}
