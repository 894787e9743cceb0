import CHDF5
import Files
import Foundation

/// A thin floor over libhdf5: quiet errors, scoped handles, texts. This process only writes with it, a lock around each
/// call; what reads runs in a child (`HDF5Service`), one thread of it.
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

  /// The library's innermost reason for its last failure; empty when it gave none.
  static func reason() -> String {
    var text = [CChar](repeating: 0, count: 400)
    orrery_h5_why(&text, text.count)
    let reason = Self.text(text)
    // Failed writes carry a line of file offsets; the system's own message is the useful part.
    if let message = reason.firstRange(of: "error message = '") {
      return String(reason[message.upperBound...].prefix { $0 != "'" })
    }
    return reason
  }

  /// The reason as a clause to append.
  package static func why() -> String {
    let reason = reason()
    return reason.isEmpty ? "" : " (\(reason))"
  }

  /// A text in C's manner.
  static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
    guard H5Lexists(file, name, defaults) > 0 else {
      throw Problem(
        "the column '\(name)' is missing", at: path, expected: "the native layout: pixels, ep_len, ep_offset")
    }
    return try with(
      H5Dopen2(file, name, defaults), H5Dclose, or: Problem("the column '\(name)' cannot be opened\(why())", at: path),
      body)
  }

  /// Makes a memory space and a selected file space for one box of a dataset.
  static func select(
    _ dataset: hid_t, _ start: [Int], _ size: [Int], or problem: @autoclosure () -> any Error,
    _ body: (hid_t, hid_t) throws -> Void
  ) throws {
    let sizes = size.map { hsize_t($0) }, starts = start.map { hsize_t($0) }
    let memory = H5Screate_simple(Int32(sizes.count), sizes, nil), stored = H5Dget_space(dataset)
    defer { H5Sclose(memory); H5Sclose(stored) }
    guard memory >= 0, stored >= 0, H5Sselect_hyperslab(stored, H5S_SELECT_SET, starts, nil, sizes, nil) >= 0 else {
      throw problem()
    }
    try body(memory, stored)
  }
}
