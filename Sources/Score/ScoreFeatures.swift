import Files
import Foundation
import Frames
import LearnedMeasures
import Measures
import Media

/// Feature matrices that other programs computed, one row a clip: `.safetensors`, `.npy` or HDF5.
public enum ScoreFeatures {
  /// The tensor or column of this name is taken; a safetensors file with a single tensor needs no name.
  public static let name = "features"

  public static func read(_ path: String) throws -> FeatureMatrix {
    try Disk.requireFile(path)
    switch (path as NSString).pathExtension.lowercased() {
    case "safetensors": return try safetensors(path)
    case "npy": return try NumPyArray(path).matrix()
    case "h5", "hdf5":
      let table = try HDF5Matrix.read(path, name)
      return try FeatureMatrix(rows: table.rows, columns: table.columns, values: table.values, at: path)
    default:
      throw Problem(
        "the features' format is not known by its name", at: path, expected: ".safetensors, .npy, .h5 or .hdf5")
    }
  }

  /// Every distance between two files of features, or between two datasets of clips by the descriptor of `fd_std64` and,
  /// with weights, `fvd` and `kvd`.
  public static func distances(
    _ first: String, _ second: String, seed: UInt64, threads: Int, learnt: LearnedFeatures? = nil
  ) throws -> [Estimate] {
    let clips = try [first, second].map { try isDataset($0) }
    guard clips[0] == clips[1] else {
      throw Problem.usage(
        "one is a dataset of clips, the other a table of features", at: "\(first), \(second)", expected: "two of a kind"
      )
    }
    guard clips[0] else {
      return try DistributionDistances.all(read(first), read(second), seed: seed, threads: threads)
    }
    return try [
      DistributionDistances.standardised(described(first, threads), described(second, threads), threads: threads)
    ] + (learnt.map { try videoDistances(first, second, $0, seed: seed, threads: threads) } ?? [])
  }

  /// `fvd` and `kvd` of two datasets of clips, of which one made from another's beginning stands in its place.
  private static func videoDistances(
    _ first: String, _ second: String, _ learnt: LearnedFeatures, seed: UInt64, threads: Int
  ) throws -> [Estimate] {
    let sets = try [first, second].map { try Dataset(path: $0) }
    let counts = sets.map(\.clips.count), frames = Set(sets.flatMap { $0.clips.map(\.frames) })
    let conditions =
      [.init("n", String(counts[0])), .init("frames", frames.sorted().map(String.init).joined(separator: ","))]
      + learnt.hashes.filter { $0.key == "i3d" }.map { MetricProtocol.Condition("weights", $0.value.string ?? "") }
    func estimates(_ of: (VideoDistance) throws -> VideoDistance.Found) -> [Estimate] {
      VideoDistance.allCases.map { distance in
        let stamp = MetricProtocol(distance.rawValue, version: VideoDistance.version, conditions)
        do {
          let found = try of(distance)
          var estimate = Estimate(
            found.value, n: counts[0], protocol: stamp, unit: distance.unit, note: found.note)
          (estimate.low, estimate.high) = (found.low, found.high)
          return estimate
        } catch {
          return .notApplicable((error as? Problem)?.what ?? "\(error)", protocol: stamp, unit: distance.unit)
        }
      }
    }
    let obstacle: String? =
      counts[0] != counts[1]
      ? "the sets have \(counts[0]) and \(counts[1]) clips, and its bias depends on their number"
      : frames.count > 1 ? "the clips are of several lengths" : learnt.logitsObstacle(frames: frames.first ?? 0)?.reason
    if let obstacle { return estimates { _ in throw Problem(obstacle) } }
    let logits = try sets.map { set in
      let rows = try set.clips.indices.map { clip in
        try learnt.logits(set.frames(clip, 0..<set.clips[clip].frames)).get().map(Double.init)
      }
      return try FeatureMatrix(
        rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 }, at: set.path)
    }
    return estimates { try $0.measure(logits[0], against: logits[1], seed: seed, threads: threads) }
  }

  private static func isDataset(_ path: String) throws -> Bool {
    guard ["h5", "hdf5"].contains((path as NSString).pathExtension.lowercased()) else { return false }
    return try !HDF5Matrix.has(path, name)
  }

  /// The descriptor of every clip. One that has none is an error: leaving it out would compare other sets.
  package static func described(_ path: String, _ threads: Int) throws -> FeatureMatrix {
    let dataset = try Dataset(path: path)
    let rows = try concurrently(dataset.clips.count, threads: threads) { clip -> [Double] in
      let (descriptor, obstacle) = try SpaceTimeDescriptor.make(dataset.frames(clip, 0..<dataset.clips[clip].frames))
      guard let descriptor else { throw Problem(obstacle, at: "\(path), clip '\(dataset.clips[clip].id)'") }
      return descriptor.values
    }
    return try FeatureMatrix(
      rows: rows.count, columns: SpaceTimeDescriptor.count, values: rows.flatMap { $0 }, at: path)
  }

  private static func safetensors(_ path: String) throws -> FeatureMatrix {
    let file = try Safetensors(path: path)
    guard let entry = file.entry(name) ?? (file.entries.count == 1 ? file.entries[0] : nil) else {
      throw Problem(
        "there is no tensor '\(name)' among \(file.entries.count)", at: path,
        fix: "name the features '\(name)', or write them alone")
    }
    let (shape, values) = try file.floats(entry.name)
    guard shape.count == 2 else {
      throw Problem(
        "the tensor '\(entry.name)' has \(shape.count) axes \(shape)", at: path, expected: "2 axes: clips, features")
    }
    return try FeatureMatrix(rows: shape[0], columns: shape[1], values: values.map(Double.init), at: path)
  }
}

/// NumPy's file of one array (format 1.0 to 3.0): magic, version, a header that is a Python literal, then the numbers.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package struct NumPyArray {
  package let path: String
  package let shape: [Int]
  package let values: [Double]

  package init(_ path: String) throws {
    let data = [UInt8](try Disk.read(path))
    func refuse(_ what: String) -> Problem {
      Problem(
        what, at: path, expected: "a .npy file of 32- or 64-bit floats, row-major",
        fix: "write it again with numpy.save(path, features.astype('<f4'))")
    }
    guard data.count > 12, data.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw refuse("this is not a NumPy array")
    }
    let wide = data[6] >= 2, start = wide ? 12 : 10
    let length = wide ? (0..<4).reduce(0) { $0 | Int(data[8 + $1]) << (8 * $1) } : Int(data[8]) | Int(data[9]) << 8
    guard start + length <= data.count else {
      throw refuse("the header claims \(length) bytes of a file of \(data.count)")
    }
    let header = String(decoding: data[start..<start + length], as: UTF8.self)
    guard let type = Self.text(after: "'descr':", in: header), let sizes = Self.sizes(header) else {
      throw refuse("the header cannot be read: \(header.prefix(80))")
    }
    guard header.contains("'fortran_order': False") else { throw refuse("the numbers lie column by column") }
    let count = sizes.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }, width = type == "<f4" ? 4 : 8
    guard type == "<f4" || type == "<f8" else { throw refuse("the numbers are '\(type)'") }
    guard sizes.allSatisfy({ $0 >= 0 && $0 < 1 << 28 }), count >= 0, count < 1 << 28,
      data.count - start - length == count * width
    else {
      throw refuse("the shape \(sizes) does not fit the \(data.count - start - length) bytes there are")
    }
    let body = start + length
    values = data.withUnsafeBytes { bytes in
      (0..<count).map { i in
        width == 4
          ? Double(
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: body + 4 * i, as: UInt32.self))))
          : Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: body + 8 * i, as: UInt64.self)))
      }
    }
    (self.path, shape) = (path, sizes)
  }

  package func matrix() throws -> FeatureMatrix {
    guard shape.count == 2 else {
      throw Problem("the array has \(shape.count) axes \(shape)", at: path, expected: "2 axes: clips, features")
    }
    return try FeatureMatrix(rows: shape[0], columns: shape[1], values: values, at: path)
  }

  private static func text(after key: String, in header: String) -> String? {
    guard let found = header.range(of: key) else { return nil }
    let parts = header[found.upperBound...].split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 ? String(parts[1]) : nil
  }

  private static func sizes(_ header: String) -> [Int]? {
    guard let found = header.range(of: "'shape':"), let open = header[found.upperBound...].firstIndex(of: "("),
      let close = header[open...].firstIndex(of: ")")
    else { return nil }
    let parts = header[header.index(after: open)..<close].split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }
    let sizes = parts.compactMap { Int($0) }
    return sizes.count == parts.count ? sizes : nil
  }
}
