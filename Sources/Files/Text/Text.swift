import Foundation

/// Numbers as people read them.
public enum Text {
  /// Four significant digits.
  public static func short(_ x: Double) -> String {
    if x == 0 || !x.isFinite { return x.isNaN ? "NaN" : x == 0 ? "0" : x > 0 ? "∞" : "-∞" }
    let digits = max(0, min(6, 3 - Int(floor(log10(abs(x))))))
    return fixed(x, digits)
  }

  public static func fixed(_ x: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", x) }

  public static func padded(_ n: Int, _ digits: Int) -> String { String(repeating: "0", count: max(0, digits - String(n).count)) + String(n) }

  /// "1.3 GB".
  public static func bytes(_ n: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var x = Double(n), i = 0
    while x >= 1000 && i < units.count - 1 { x /= 1000; i += 1 }
    return i == 0 ? "\(n) bytes" : "\(fixed(x, x < 10 ? 2 : x < 100 ? 1 : 0)) \(units[i])"
  }
}

/// Which build wrote a file.
public enum Build { public static let version = "orrery 0.1.0" }
