import Files

/// A scenario's cells as text and as numbers: acceptance, accepted histograms, identifiability at several sizes.
public struct WorldHistogram: Sendable {
  public let scenario: Scenario
  public let setting: Setting
  public let populations: [CellPopulation]
  public let identifiability: [Identifiability]
  /// Frame heights the rule of one pixel is tried at.
  public static let heights = [64, 128, 256, 480]

  /// - Parameters:
  ///   - cells: nil takes every one but `train`, whose draws are those of `id-val`.
  ///   - count: instances a cell.
  /// - Throws: `Problem` when a cell shows nothing at this setting.
  public init(_ scenario: Scenario, cells: [Cell]? = nil, count: Int, setting: Setting) throws {
    (self.scenario, self.setting) = (scenario, setting)
    populations = try (cells ?? scenario.cells.filter { $0 != .train }).map {
      try CellPopulation(scenario, $0, count: count, setting: setting)
    }
    identifiability = try Identifiability.table(scenario, setting: setting)
  }

  private static let bars = Array(" ▁▂▃▄▅▆▇█")

  /// A bar for each bin, full for the fullest.
  private static func bars(_ counts: [Int]) -> String {
    let most = max(1, counts.max() ?? 1)
    return String(counts.map { bars[$0 == 0 ? 0 : max(1, ($0 * 8 + most / 2) / most)] })
  }

  public var text: String {
    var lines = ["\(scenario), \(World.suite), \(setting.frames) frames of \(setting.width)x\(setting.height)", ""]
    for population in populations {
      lines.append(
        "\(population.cell)  accepted \(Self.short(population.acceptance, 3)) of the draws (\(population.instances) instances, \(population.refusals) refusals)"
      )
      for h in population.histograms {
        let name = h.parameter.name.padding(to: 10),
          range = h.ranges.map { "\(Self.short($0.lowerBound))…\(Self.short($0.upperBound))" }.joined(separator: ", ")
        lines.append("  \(name) |\(Self.bars(h.counts))|  \(range) \(h.parameter.unit)")
      }
    }
    lines += [
      "",
      "half of a parameter's range moves the given frames by (pixels at a height of \(Self.heights.map(String.init).joined(separator: ", "))); under 1 it cannot be told",
    ]
    for row in identifiability {
      let shown = Self.heights.map { h -> String in
        row.displacement.isInfinite
          ? "colour or shape" : Self.short(row.pixels(height: h)) + (row.isSeen(height: h) ? "" : " (!)")
      }
      let words =
        row.displacement.isInfinite
        ? shown[0]
        : row.displacement == 0 ? "used in other cells only, or after the given frames" : shown.joined(separator: "  ")
      lines.append("  \(row.parameter.name.padding(to: 10)) \(words)")
    }
    return lines.joined(separator: "\n")
  }

  public var value: Value {
    let cells = populations.map { population -> Value in
      [
        "cell": .string(population.cell.description), "instances": Value(population.instances),
        "refusals": Value(population.refusals), "acceptance": .number(population.acceptance),
        "parameters": .array(
          population.histograms.map { h in
            [
              "name": .string(h.parameter.name), "unit": .string(h.parameter.unit),
              "edges": .array(h.edges.map { .number($0) }), "counts": .array(h.counts.map { Value($0) }),
            ]
          }),
      ]
    }
    let seen = identifiability.map { row -> Value in
      [
        "name": .string(row.parameter.name),
        "half_range_units": row.displacement.isFinite ? .number(row.displacement) : .string("colour or shape"),
        "seen_at": .array(Self.heights.filter { row.isSeen(height: $0) }.map { Value($0) }),
      ]
    }
    return [
      "scenario": .string(scenario.rawValue), "suite": .string(World.suite), "frames": Value(setting.frames),
      "height": Value(setting.height), "width": Value(setting.width),
      "cells": .array(cells), "identifiability": .array(seen),
    ]
  }

  static func short(_ value: Double, _ digits: Int = 2) -> String {
    let scale = digits == 3 ? 1000.0 : 100
    let whole = (value * scale).rounded() / scale
    return whole == whole.rounded() && abs(whole) < 1e9 ? String(Int(whole)) : String(whole)
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
