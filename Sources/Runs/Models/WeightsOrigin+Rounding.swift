import Files
import Foundation
import Ledger

extension WeightsOrigin {
  /// Weights in half precision are other numbers, and no ledger binds them. But which they were rounded from can be
  /// shown: round to nearest, ties to even, is what every program does that converts weights, so the same numbers come
  /// out of a run's own.
  /// - Parameter folders: of runs, whose newest weights and exports are tried, as far as they lie there.
  /// - Returns: the path of the weights they were rounded from, as `find` takes it; nil where none are at hand, or
  ///   nothing in the file is rounded.
  static func unrounded(_ file: Safetensors, _ folders: [String], _ home: HomeFolder?) throws -> String? {
    guard file.entries.contains(where: { [.BF16, .F16].contains($0.type) }) else { return nil }
    for folder in folders {
      let exports = (try? RunAudit(folder, home: home).trail().exports.map(\.path)) ?? []
      for path in [folder] + exports.distinct() where FileKind(self.file(path)) == .regular {
        if let other = try? Safetensors(path: self.file(path)), isRounded(file, from: other) { return path }
      }
    }
    return nil
  }

  /// Tensor by tensor; those that were left in full precision are the same.
  private static func isRounded(_ file: Safetensors, from source: Safetensors) -> Bool {
    guard file.entries.count == source.entries.count else { return false }
    return file.entries.allSatisfy { entry in
      guard let own = source.entry(entry.name), own.type == .F32, own.shape == entry.shape,
        [.BF16, .F16, .F32].contains(entry.type), let rounded = try? file.floats(entry.name).values,
        let values = try? source.floats(entry.name).values
      else { return false }
      return zip(rounded, values).allSatisfy { entry.type.round($1).bitPattern == $0.bitPattern }
    }
  }
}

extension Safetensors.ElementType {
  /// The nearest number of this type, as f32.
  fileprivate func round(_ x: Float) -> Float {
    switch self {
    case .BF16: Float(bfloat16: x.bfloat16)
    case .F16: Float(Float16(x))
    default: x
    }
  }
}
