import Files
import Foundation
import Testing

/// Takes out of a document what differs from one run or machine to the next, and nothing else.
struct PinBlank {
  /// Plain values by their key; `parent.key` where the key alone means something else elsewhere.
  static let keys: Set<String> = [
    // How long, how much memory, how much energy it took.
    "seconds", "wait", "wall_seconds", "processor_seconds", "data_wait_seconds", "timing.generate", "timing.measure",
    "peak_rss_bytes", "joules", "kwh", "co2e_g", "cost.energy",
    // The program's version, a key's signature, the size of an HDF5 file (libhdf5's and libdeflate's choice).
    "build", "sig", "dataset_datasetSize",
  ]
  /// On some machines and not on others: energy says what it was estimated by where it could not be measured.
  static let absent: Set<String> = ["cost.watts_per_core"]

  /// Replaced wherever they stand in a text: the version, paths, public keys, hashes of HDF5 files.
  var words: [(String, String)] = []

  func text(_ text: String) -> String { words.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) } }

  func value(_ value: Value, _ key: String = "", in parent: String = "") -> Value {
    switch value {
    case .object(let fields):
      .object(
        fields.filter { !Self.absent.contains("\(key).\($0.key)") }.map { field in
          .init(field.key, self.value(field.value, field.key, in: key))
        })
    case .array(let items): .array(items.map { self.value($0, key, in: parent) })
    case _ where Self.keys.contains(key) || Self.keys.contains("\(parent).\(key)"): "<blank>"
    case .string(let text): .string(self.text(text))
    default: value
    }
  }
}

extension PinBlank {
  /// A JSON file, which must be written as `JSON.pretty` writes.
  func document(_ path: String) throws -> String {
    let text = try Disk.readText(path), value = try JSON.parse(text, at: path)
    #expect(JSON.pretty(value) == text, "\(path) is written otherwise")
    return JSON.pretty(self.value(value))
  }

  /// A file of JSON lines, which must be written as `JSON.line` writes; indented here, so that a difference is a line.
  func lines(_ path: String) throws -> String {
    let text = try Disk.readText(path)
    let values = try text.split(separator: "\n").map { try JSON.parse(String($0), at: path) }
    #expect(values.map { JSON.line($0) + "\n" }.joined() == text, "\(path) is written otherwise")
    return values.map { JSON.pretty(value($0)) }.joined()
  }
}
