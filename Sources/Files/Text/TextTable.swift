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

  /// The rows with no cell but a row's first longer than leaves room for all in `width` columns: words go on in the
  /// next row, below their cell. A column never gets fewer than 20, and a word is never split.
  package static func wrapped(_ rows: [[String]], within width: Int) -> [[String]] {
    let columns = rows.map(\.count).max() ?? 0, first = rows.map { $0.first?.count ?? 0 }.max() ?? 0
    let whole = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }.reduce(-2) {
      $0 + 2 + $1
    }
    guard columns > 1, whole > width else { return rows }
    let most = max(20, (width - first) / (columns - 1) - 2)
    return rows.flatMap { row -> [[String]] in
      let cells = row.enumerated().map { c, cell in c == 0 ? [cell] : lines(cell, most) }
      return (0..<(cells.map(\.count).max() ?? 0)).map { i in cells.map { i < $0.count ? $0[i] : "" } }
    }
  }

  private static func lines(_ cell: String, _ most: Int) -> [String] {
    guard cell.count > most else { return [cell] }
    var lines = [""]
    for word in cell.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty || last.count + 1 + word.count <= most {
        lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// The same in at most `width` columns of a terminal: where the table is wider it is cut into several, one below the
  /// other, each beginning with the first `repeating` columns.
  package static func folded(
    _ rows: [[String]], left: Int? = 1, repeating: Int = 1, within width: Int
  ) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }
    let head = widths.prefix(repeating).reduce(0) { $0 + $1 + 2 } - 2
    var parts: [[Int]] = [[]], used = head
    for c in widths.indices.dropFirst(repeating) {
      if used + 2 + widths[c] > width, parts[parts.count - 1].count > 0 {
        parts.append([])
        used = head
      }
      parts[parts.count - 1].append(c)
      used += 2 + widths[c]
    }
    let heads = Array(0..<min(repeating, columns))
    return parts.map { part in
      text(rows.map { row in (heads + part).filter { $0 < row.count }.map { row[$0] } }, left: left)
    }.joined(separator: "\n\n")
  }
}
