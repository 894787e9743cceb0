import Files
import Foundation
import Tensors

/// A parity case as a table for people and as a value for programs.
public struct ParityReport {
  public let folder: String
  public let parity: Parity

  /// - Parameter tolerance: largest max|a−b| / max|b| that passes; 1e-4 is the f32 bar (torch's own f32 is near 2e-6 of
  ///   f64).
  /// - Throws: `Problem` when the case is missing, incomplete, damaged, or does not fit its model.
  public init(folder: String, tolerance: Double = 1e-4, products: ElementType = .f32, on compute: Compute) throws {
    guard tolerance > 0, tolerance.isFinite else {
      throw Problem.usage(
        "the tolerance is \(tolerance)", at: "--tolerance", expected: "a positive number, such as 1e-4")
    }
    guard Disk.isFolder(folder) else {
      throw Problem(
        Disk.exists(folder) ? "this is a file" : "there is no such folder", at: folder,
        expected: "a parity case: a folder with transformer/ and case.safetensors",
        fix: "check the path, or make a case with Tests/Interop/make_parity_case.py")
    }
    self.folder = folder
    parity = try Parity(folder: folder, products: products, on: compute, tolerance: tolerance)
  }

  /// Every tensor, then the worst. Ends without a newline.
  public var text: String {
    let width = parity.rows.map(\.name.count).max() ?? 0
    func cells(_ name: String, _ a: String, _ b: String) -> String {
      name + String(repeating: " ", count: max(0, width - name.count)) + a.leftPadded(12) + b.leftPadded(18)
    }
    var lines = [cells("tensor", "max|a-b|", "max|a-b|/max|b|")]
    for row in parity.rows {
      lines.append(
        cells(row.name, Self.number(row.absolute), Self.number(row.relative))
          + (row.relative <= parity.tolerance ? "" : "  past tolerance"))
    }
    if let worst = parity.worst {
      lines.append(
        "worst: \(worst.name), \(Self.number(worst.relative)) of its largest element; tolerance \(Self.number(parity.tolerance)): \(parity.passes ? "passes" : "FAILS")"
      )
    }
    return lines.joined(separator: "\n")
  }

  public var value: Value {
    func row(_ r: Parity.Row) -> Value {
      ["name": .string(r.name), "max_abs": .number(r.absolute), "relative": .number(r.relative)]
    }
    return [
      "folder": .string(folder), "passes": .bool(parity.passes), "tolerance": .number(parity.tolerance),
      "worst": parity.worst.map(row) ?? .null,
      "tensors": .array(parity.rows.map(row)),
    ]
  }

  /// - Throws: `Problem` naming the worst tensor when one is past the tolerance.
  public func requirePass() throws {
    guard !parity.passes, let worst = parity.worst else { return }
    let bad = parity.rows.filter { !($0.relative <= parity.tolerance) }.count
    throw Problem(
      "\(bad) of \(parity.rows.count) tensors are past the tolerance; the worst is '\(worst.name)', off by \(Self.number(worst.relative)) of its largest element",
      at: folder, expected: "at most \(Self.number(parity.tolerance))",
      fix:
        "make the case again with Tests/Interop/make_parity_case.py; if it still fails, the tensor named is where the model differs"
    )
  }

  private static func number(_ x: Double) -> String {
    x.isFinite ? String(format: "%.2e", x) : x.isNaN ? "NaN" : "not finite"
  }
}

extension String {
  fileprivate func leftPadded(_ n: Int) -> String { String(repeating: " ", count: max(1, n - count)) + self }
}
