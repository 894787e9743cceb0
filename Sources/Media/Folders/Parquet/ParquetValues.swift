/// A column's values as they come out of its pages: levels, and what is there.
struct ParquetValues {
  var count = 0
  var repeated: [UInt8] = [], defined: [UInt8] = []
  var numbers: [Double] = [], texts: [String] = []

  func isThere(_ i: Int, _ column: ParquetFile.Column) -> Bool {
    column.mostDefined == 0 || Int(defined[i]) == column.mostDefined
  }
}
