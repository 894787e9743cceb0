import CHDF5
import Files

/// A table of numbers in an HDF5 file of any layout: features that another program computed.
public enum HDF5Matrix {
  /// Whether the file has a column of that name.
  public static func has(_ path: String, _ name: String) throws -> Bool {
    try HDF5.locked { try HDF5.with(HDF5.open(path), H5Fclose, or: HDF5.unreadable(name, path)) { HDF5.has($0, name) } }
  }

  /// The two-axis column `name`, row-major, in double precision.
  /// - Throws: `Problem` when the file cannot be opened, has no such column, or the column is not a table of numbers.
  public static func read(_ path: String, _ name: String) throws -> (rows: Int, columns: Int, values: [Double]) {
    try HDF5.locked {
      try HDF5.with(HDF5.open(path), H5Fclose, or: HDF5.unreadable(name, path)) { file in
        guard HDF5.has(file, name) else {
          throw Problem(
            "there is no column '\(name)'", at: path, expected: "a table of numbers named '\(name)', one row a clip")
        }
        return try HDF5.dataset(file, name, at: path) { id in
          let sizes = try HDF5.check(id, name, at: path, rank: 2, kind: .floats),
            count = try HDF5.product(sizes, limit: 1 << 28, name, at: path)
          var values = [Double](repeating: 0, count: count)
          guard count == 0 || H5Dread(id, orrery_h5t_f64(), HDF5.defaults, HDF5.defaults, HDF5.defaults, &values) >= 0
          else { throw HDF5.unreadable(name, path) }
          return (sizes[0], sizes[1], values)
        }
      }
    }
  }
}
