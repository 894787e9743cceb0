import Files

/// The catalogue of scenarios; each is one `Law` in a file of its own.
public enum Scenario: String, CaseIterable, Sendable, CustomStringConvertible {
  case freeFall = "free-fall"
  case projectile
  case occlusion

  public var law: any Law.Type {
    switch self {
    case .freeFall: FreeFall.self
    case .projectile: Projectile.self
    case .occlusion: Occlusion.self
    }
  }

  public var description: String { rawValue }
  public var parameters: [Parameter] { law.parameters }
  public var suiteFrames: Int { law.suiteFrames }

  /// - Throws: `Problem` (usage) naming the scenarios there are.
  public static func named(_ name: String) throws -> Scenario {
    if let scenario = Scenario(rawValue: name) { return scenario }
    let names = allCases.map(\.rawValue)
    throw Problem.usage("there is no scenario '\(name)'" + Nearest.hint(name, names), expected: names.joined(separator: ", "))
  }

  /// Every cell, in the order of the parameters.
  public var cells: [Cell] {
    var cells: [Cell] = [.train, .validation]
    for parameter in parameters {
      if parameter.low != nil { cells.append(.outside(parameter: parameter.name, .low)) }
      if parameter.high != nil { cells.append(.outside(parameter: parameter.name, .high)) }
    }
    cells.append(.joint)
    return cells + law.variants.map { .variant($0) }
  }

  /// - Throws: `Problem` (usage) naming the cells there are.
  public func cell(named name: String) throws -> Cell {
    if let cell = cells.first(where: { $0.description == name }) { return cell }
    let names = cells.map(\.description)
    throw Problem.usage("\(self) has no cell '\(name)'" + Nearest.hint(name, names), expected: names.joined(separator: ", "))
  }

  /// The values of attempt `attempt` at instance `index`: a function of its arguments alone.
  func draw(_ cell: Cell, index: Int, attempt: Int) -> Draw {
    var random = InstanceRandom([World.suite, rawValue, cell.description, String(index), String(attempt)])
    let colours = Palette.draw(3, from: &random)
    var values: [String: Double] = [:]
    for parameter in parameters {
      // Both numbers are always taken, so that a parameter's draw does not depend on the cell's kind.
      let side = random.unit(), unit = random.unit()
      let range = parameter.range(in: cell, coin: side)
      values[parameter.name] = range.lowerBound + (range.upperBound - range.lowerBound) * unit
    }
    if case .variant(let name) = cell { return Draw(values: values, colours: colours, variant: name) }
    return Draw(values: values, colours: colours, variant: nil)
  }
}

extension Parameter {
  /// The range this parameter is drawn from in `cell`; `coin` in [0, 1) picks a side where the joint cell has two.
  func range(in cell: Cell, coin: Double) -> ClosedRange<Double> {
    switch cell {
    case .train, .validation, .variant: return inside
    case .outside(name, .low): return low ?? inside
    case .outside(name, .high): return high ?? inside
    case .outside: return inside
    case .joint:
      guard let low, let high else { return low ?? high ?? inside }
      return coin < 0.5 ? low : high
    }
  }
}
