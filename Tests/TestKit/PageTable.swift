import Files
import Testing

/// A table of a page in docs/, as it is printed there: what is measured anew must be what the page says.
package struct PageTable {
  package let page: String
  /// Heads of the columns, and the cells below them.
  package let columns: [String], rows: [[String]]

  /// - Parameters:
  ///   - page: its name in docs/: "PHYSICS.md".
  ///   - start: how a line begins that the table follows.
  package init(_ page: String, after start: String) throws {
    let lines = try Disk.readText(Repository.path("docs/" + page)).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard let place = lines.firstIndex(where: { $0.hasPrefix(start) }) else {
      throw Problem("no line begins with '\(start)'", at: page)
    }
    let table = lines[(place + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.map { line in
      line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map { cell in
        cell.split(separator: " ").joined(separator: " ").replacing("`", with: "")
      }
    }
    guard table.count > 2, table.allSatisfy({ $0.count == table[0].count }) else {
      throw Problem("no table follows '\(start)'", at: page)
    }
    (self.page, columns, rows) = (page, table[0], Array(table[2...]))
  }

  /// The numbers of the row that begins with these cells; nil where it says n/a.
  package func numbers(_ names: [String]) throws -> [Double?] {
    guard let row = rows.first(where: { Array($0.prefix(names.count)) == names }) else {
      throw Problem("the table has no row \(names.joined(separator: ", "))", at: page)
    }
    return try row.dropFirst(names.count).map { cell in
      guard cell != "n/a" else { return nil }
      guard let number = Double(cell) else { throw Problem("'\(cell)' is no number", at: page) }
      return number
    }
  }
}

extension PageTable {
  /// Expects the row that begins with these cells to say what was measured, n/a where that is no number.
  /// - Parameter slack: what another machine's arithmetic may change, over the rounding of the page.
  package func expect(
    _ measured: [Double], in names: String..., within slack: Double, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let told = try numbers(names)
    let holds =
      told.count == measured.count
      && zip(told, measured).allSatisfy { told, measured in
        told.map { abs($0 - measured) <= slack } ?? measured.isNaN
      }
    if !holds {
      Issue.record(
        "\(page), \(names.joined(separator: ", ")): measured \(measured), said \(told)", sourceLocation: location)
    }
  }
}
