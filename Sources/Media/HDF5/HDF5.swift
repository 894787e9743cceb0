import CHDF5
import Files
import Foundation

/// A thin floor over libhdf5: one lock, quiet errors, scoped handles, checked shapes. Everything here runs inside
/// `HDF5.locked`.
package enum HDF5 {
  static let defaults: hid_t = 0  // H5P_DEFAULT, H5S_ALL and H5E_DEFAULT are all 0.

  /// libhdf5 keeps process-wide state, and only some builds of it lock themselves; so every call of ours goes through
  /// here.
  private static let lock = NSLock()

  package static func locked<T>(_ body: () throws -> T) rethrows -> T {
    lock.lock()
    defer { lock.unlock() }
    orrery_h5_quiet()
    return try body()
  }

  /// The library's innermost reason for its last failure, as a clause to append; empty when it gave none.
  package static func why() -> String {
    var text = [CChar](repeating: 0, count: 400)
    orrery_h5_why(&text, text.count)
    let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Failed writes carry a line of file offsets; the system's own message is the useful part.
    if let message = reason.firstRange(of: "error message = '") {
      return " (" + reason[message.upperBound...].prefix { $0 != "'" } + ")"
    }
    return reason.isEmpty ? "" : " (\(reason))"
  }

  package static func writeProblem(_ path: String, _ what: String) -> Problem {
    let why = why()
    return Problem(
      "\(what) cannot be written\(why)", at: path,
      fix: why.contains("No space left")
        ? "free some space, or write to another disk" : "check the folder and its free space, then try again")
  }

  /// Runs `body` with an open handle and closes it afterwards. A negative handle becomes `problem`.
  package static func with<T>(
    _ id: hid_t, _ close: (hid_t) -> herr_t, or problem: @autoclosure () -> Problem, _ body: (hid_t) throws -> T
  ) throws -> T {
    guard id >= 0 else { throw problem() }
    defer { _ = close(id) }
    return try body(id)
  }

  /// Opens an existing file, telling apart the ways in which it can be wrong. The caller closes it.
  package static func open(_ path: String) throws -> hid_t {
    try Disk.requireFile(path)
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard size > 0 else {
      throw Problem("the file is empty", at: path, expected: "an HDF5 file", fix: "write or copy it again")
    }
    try Disk.open(path).close()
    let id = orrery_h5_open(path, 0)
    if id >= 0 { return id }
    let why = why()
    if H5Fis_hdf5(path) <= 0 {
      throw Problem(
        "this is not an HDF5 file", at: path, expected: "a file that begins with the HDF5 signature",
        fix: "import videos with 'orrery dataset import'")
    }
    if why.contains("truncated") || why.contains("eof") || why.contains("end of file") {
      throw Problem("the HDF5 file is truncated: \(size) bytes are left of it", at: path, fix: "copy or write it again")
    }
    if why.contains("lock") {
      throw Problem(
        "the HDF5 file cannot be locked\(why)", at: path,
        fix: "close the program that writes it, or on a network disk set HDF5_USE_FILE_LOCKING=FALSE")
    }
    throw Problem("the HDF5 file cannot be opened\(why)", at: path, fix: "copy or write it again")
  }

  package static func has(_ parent: hid_t, _ name: String) -> Bool { H5Lexists(parent, name, defaults) > 0 }

  /// The extent of a dataspace; scalars give an empty list.
  package static func extent(ofSpace space: hid_t) -> [Int] {
    let rank = H5Sget_simple_extent_ndims(space)
    guard rank > 0 else { return [] }
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    H5Sget_simple_extent_dims(space, &sizes, nil)
    return sizes.map { Int(clamping: $0) }
  }

  package static func extent(of dataset: hid_t) -> [Int] {
    let space = H5Dget_space(dataset)
    defer { H5Sclose(space) }
    return extent(ofSpace: space)
  }

  /// Opens the dataset `name` for the length of `body`.
  package static func dataset<T>(
    _ file: hid_t, _ name: String, at path: String, _ body: (hid_t) throws -> T
  ) throws -> T {
    guard has(file, name) else {
      throw Problem(
        "the column '\(name)' is missing", at: path, expected: "the native layout: pixels, ep_len, ep_offset")
    }
    return try with(
      H5Dopen2(file, name, defaults), H5Dclose, or: Problem("the column '\(name)' cannot be opened\(why())", at: path),
      body)
  }

  /// What a stored type is, in a message's words.
  package static func describe(type: hid_t) -> String {
    let bits = H5Tget_size(type) * 8
    switch H5Tget_class(type) {
    case H5T_INTEGER: return "\(bits)-bit \(H5Tget_sign(type) == H5T_SGN_NONE ? "unsigned " : "")integers"
    case H5T_FLOAT: return "\(bits)-bit floats"
    case H5T_STRING: return "text"
    case H5T_COMPOUND: return "records"
    case H5T_VLEN: return "lists of varying length"
    default: return "an unusual type"
    }
  }

  /// Checks rank and element class of an open dataset; gives its extent.
  package static func check(_ dataset: hid_t, _ name: String, at path: String, rank: Int, kind: Kind) throws -> [Int] {
    let sizes = extent(of: dataset)
    guard sizes.count == rank else {
      throw Problem("the column '\(name)' has \(sizes.count) axes \(sizes)", at: path, expected: "\(rank) axes")
    }
    let type = H5Dget_type(dataset)
    defer { H5Tclose(type) }
    let stored = H5Tget_class(type)
    let fits =
      switch kind {
      case .bytes: stored == H5T_INTEGER && H5Tget_size(type) == 1 && H5Tget_sign(type) == H5T_SGN_NONE
      case .integers: stored == H5T_INTEGER
      case .floats: stored == H5T_FLOAT || stored == H5T_INTEGER
      case .text: stored == H5T_STRING
      }
    guard fits else {
      throw Problem("the column '\(name)' holds \(describe(type: type))", at: path, expected: kind.rawValue)
    }
    return sizes
  }

  package enum Kind: String {
    case bytes = "unsigned 8-bit integers (0 to 255)", integers = "integers", floats = "numbers", text = "text"
  }

  /// Product of sizes read from a file, refused when it overflows or passes `limit`.
  package static func product(_ sizes: [Int], limit: Int, _ name: String, at path: String) throws -> Int {
    var total = 1
    for size in sizes {
      let (next, overflow) = total.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, next <= limit else {
        throw Problem(
          "the column '\(name)' claims the shape \(sizes), too large to be true", at: path,
          fix: "write the file again; it is damaged")
      }
      total = next
    }
    return total
  }
}
