/// Aligned columns for a terminal: words to the left, numbers to the right.
package enum TextTable {
  /// - Parameter left: how many columns stand to the left; nil for all.
  package static func text(_ rows: [[String]], left: Int? = 1) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { c, cell in
        let gap = String(repeating: " ", count: widths[c] - cell.count)
        return c < left ?? columns ? cell + gap : gap + cell
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
