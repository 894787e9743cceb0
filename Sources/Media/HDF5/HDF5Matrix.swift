import Files

/// A table of numbers in an HDF5 file of any layout: features that another program computed.
public enum HDF5Matrix {
  /// Whether the file has a column of that name.
  public static func has(_ path: String, _ name: String) throws -> Bool {
    try HDF5File(path).describe([name]).columns[name]?.isPresent ?? false
  }

  /// The two-axis column `name`, row-major, in double precision.
  /// - Throws: `Problem` when the file cannot be opened, has no such column, or the column is not a table of numbers.
  public static func read(_ path: String, _ name: String) throws -> (rows: Int, columns: Int, values: [Double]) {
    let file = try HDF5File(path)
    guard let column = try file.describe([name]).columns[name], column.isPresent else {
      throw Problem(
        "there is no column '\(name)'", at: path, expected: "a table of numbers named '\(name)', one row a clip")
    }
    let sizes = try file.shape(name, column, rank: 2, .floats), count = try file.product(sizes, limit: 1 << 28, name)
    guard count > 0 else { return (sizes[0], sizes[1], []) }
    try file.backed(name, column)
    var values: [Double] = [], got = 0
    while got < sizes[0] {
      let (number, bytes) = try file.column(name, as: .doubles, got, sizes[0] - got)
      values += try file.sensible { try ColumnRows.numbers(bytes, number * sizes[1], 0.0) }
      got += number
    }
    return (sizes[0], sizes[1], values)
  }
}
