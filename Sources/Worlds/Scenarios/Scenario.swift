import Files

/// The catalogue of scenarios; each is one `Law` in a file of its own.
public enum Scenario: String, CaseIterable, Sendable, CustomStringConvertible {
  case freeFall = "free-fall"
  case projectile
  case collision
  case bounce
  case pendulum
  case incline
  case occlusion
  case chain
  case pan
  case pour
  case particles

  public var law: any Law.Type {
    switch self {
    case .freeFall: FreeFall.self
    case .projectile: Projectile.self
    case .collision: Collision.self
    case .bounce: Bounce.self
    case .pendulum: Pendulum.self
    case .incline: Incline.self
    case .occlusion: Occlusion.self
    case .chain: Chain.self
    case .pan: Pan.self
    case .pour: Pour.self
    case .particles: Particles.self
    }
  }

  /// Scenarios whose law can be seen to be broken.
  public static let withTwins: [Scenario] = [.collision, .bounce, .occlusion, .chain, .pour]

  public var description: String { rawValue }
  public var parameters: [Parameter] { law.parameters }
  public var suiteFrames: Int { law.suiteFrames }

  /// - Throws: `Problem` (usage) naming the scenarios there are.
  public static func named(_ name: String) throws -> Scenario {
    if let scenario = Scenario(rawValue: name) { return scenario }
    let names = allCases.map(\.rawValue)
    throw Problem.usage(
      "there is no scenario '\(name)'" + Nearest.hint(name, names), expected: names.joined(separator: ", "))
  }

  /// Every cell, in the order of the parameters.
  public var cells: [Cell] {
    var cells: [Cell] = [.train, .validation]
    for parameter in parameters {
      if parameter.low != nil { cells.append(.outside(parameter: parameter.name, .low)) }
      if parameter.high != nil { cells.append(.outside(parameter: parameter.name, .high)) }
    }
    // With one parameter to move, the joint cell would repeat that parameter's own.
    if parameters.count(where: \.leavesInJoint) > 1 { cells.append(.joint) }
    return cells + law.variants.map { .variant($0) }
  }

  /// - Throws: `Problem` (usage) naming the cells there are.
  public func cell(named name: String) throws -> Cell {
    if let cell = cells.first(where: { $0.description == name }) { return cell }
    let names = cells.map(\.description)
    throw Problem.usage(
      "\(self) has no cell '\(name)'" + Nearest.hint(name, names), expected: names.joined(separator: ", "))
  }

  /// The values of attempt `attempt` at instance `index`: a function of its arguments alone.
  func draw(_ cell: Cell, index: Int, attempt: Int) -> Draw {
    var random = InstanceRandom([World.suite, rawValue, cell.description, String(index), String(attempt)])
    let colours = Palette.draw(law.palette, from: &random)
    var values: [String: Double] = [:]
    for parameter in parameters {
      // Both numbers are always taken, so that a parameter's draw does not depend on the cell's kind.
      let coin = random.unit(), unit = random.unit()
      values[parameter.name] = parameter.value(in: cell, coin: coin, unit: unit)
    }
    return Draw(cell: cell, values: values, colours: colours)
  }
}
