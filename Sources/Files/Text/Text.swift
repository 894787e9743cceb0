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

  public static func padded(_ n: Int, _ digits: Int) -> String {
    String(repeating: "0", count: max(0, digits - String(n).count)) + String(n)
  }

  /// "1.3 GB".
  public static func bytes(_ n: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var x = Double(n), i = 0
    while x >= 1000 && i < units.count - 1 { x /= 1000; i += 1 }
    return i == 0 ? "\(n) bytes" : "\(fixed(x, x < 10 ? 2 : x < 100 ? 1 : 0)) \(units[i])"
  }

  /// Minus signs instead of hyphens, for sentences and pages.
  package static func minus(_ number: String) -> String { number.replacingOccurrences(of: "-", with: "−") }

  /// "2,024,576".
  package static func count(_ n: Int) -> String {
    var digits = Array(String(abs(n))), out = ""
    while digits.count > 3 {
      out = "," + String(digits.suffix(3)) + out
      digits.removeLast(3)
    }
    return (n < 0 ? "-" : "") + String(digits) + out
  }

  /// "1 clip", "3 clips"; `many` where the plural is no "…s".
  package static func counted(_ n: Int, _ one: String, _ many: String? = nil) -> String {
    "\(n) \(n == 1 ? one : many ?? one + "s")"
  }

  /// `text` in lines of at most `width` columns, broken at spaces; a word that is longer has a line of its own. Line
  /// breaks that are there stay, and what goes on below a line is indented by `indent` more columns than it.
  package static func wrapped(_ text: String, within width: Int, indent: Int = 2) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let margin = line.prefix { $0 == " " }
      var lines = [String(margin)], isFresh = true
      for word in line.dropFirst(margin.count).split(separator: " ", omittingEmptySubsequences: false) {
        let gap = isFresh ? 0 : 1
        if !isFresh, lines[lines.count - 1].count + gap + word.count > width {
          lines.append(margin + String(repeating: " ", count: indent) + word)
        } else {
          lines[lines.count - 1] += String(repeating: " ", count: gap) + word
        }
        isFresh = false
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// "a", "a and b", "a, b and c".
  package static func listed(_ items: [String]) -> String {
    items.count < 2 ? items.joined() : items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
  }
}
