import Files
import Frames

/// A stream of rendered instances: training clips from the cells `train`, validation clips from `id-val`.
///
/// Scenarios take turns. A clip exists only while it is looked at, so memory does not grow with the count.
public struct WorldDataset: ClipSet {
  public let scenarios: [Scenario]
  public let setting: Setting
  /// Clips in the stream; `trainCount + validationCount`.
  public let count: Int
  public let validationCount: Int
  private let order: [(scenario: Scenario, cell: Cell, index: Int)]

  /// - Parameters:
  ///   - count: clips altogether.
  ///   - validationShare: share held out, [0, 1); rounded, and at least one clip when positive.
  ///   - first: index of the first instance of each cell, so that files can be extended without repeats.
  /// - Throws: `Problem` (usage) for an empty or impossible request.
  public init(scenarios: [Scenario], count: Int, validationShare: Double = 0.1, setting: Setting, first: Int = 0) throws
  {
    guard !scenarios.isEmpty, Set(scenarios).count == scenarios.count else {
      throw Problem.usage("name at least one scenario, each once")
    }
    let held = try Self.heldOut(of: count, share: validationShare)
    (self.scenarios, self.count, self.setting, validationCount) = (scenarios, count, setting, held)
    order = (0..<count).map { i in
      let validation = i >= count - held
      let place = validation ? i - (count - held) : i
      return (scenarios[place % scenarios.count], validation ? .validation : .train, first + place / scenarios.count)
    }
  }

  /// Names of a frame's numbers, world units and units/s, visible a share, inside 0 or 1, angle in radians where
  /// something turns; a second object's end in "2". Numbers of objects that a scenario does not have are NaN.
  public var stateColumns: [String] {
    let names = ["x", "y", "vx", "vy", "r", "visible", "inside"] + (turns ? ["angle"] : [])
    return (1...objects).flatMap { k in names.map { k == 1 ? $0 : "\($0)\(k)" } }
  }

  private var turns: Bool { scenarios.contains { $0.law.turns } }

  /// Most objects in any of the scenarios' ordinary cells.
  private var objects: Int { scenarios.map { $0.law.objects }.max() ?? 1 }

  /// The `position`th clip of the stream, by itself.
  public func clip(_ position: Int) throws -> WorldClip {
    let (scenario, cell, index) = order[position]
    let instance = try Instance(scenario, cell, index: index, setting: setting)
    let states = instance.truth().map { objects in
      (0..<self.objects).flatMap { k -> [Float] in
        guard k < objects.count else { return [Float](repeating: .nan, count: turns ? 8 : 7) }
        let o = objects[k]
        return [Float(o.x), Float(o.y), Float(o.vx), Float(o.vy), Float(o.radius), Float(o.visible), o.inside ? 1 : 0]
          + (turns ? [Float(o.angle)] : [])
      }
    }
    return WorldClip(
      id: instance.id, frames: instance.render(), split: cell == .train ? .train : .validation,
      caption: instance.caption, state: states)
  }

  public var height: Int { setting.height }
  public var width: Int { setting.width }
  public var frames: Int { setting.frames }
  public var fps: FrameRate { World.fps }
  public var attributes: [String: String] {
    ["scenario": scenarios.map(\.rawValue).joined(separator: ","), "suite": World.suite]
  }
}
