import Testing
import Worlds

@Suite struct PopulationTests {
  @Test func acceptanceOfTightCells() throws {
    let setting = try Setting(size: 64, frames: 32)
    func acceptance(_ scenario: Scenario, _ cell: Cell) throws -> Double {
      try CellPopulation(scenario, cell, count: 150, setting: setting).acceptance
    }
    #expect(try acceptance(.freeFall, .validation) > 0.97 && acceptance(.projectile, .validation) > 0.97)
    let ordinary = try acceptance(.collision, .validation), fast = try acceptance(.collision, .variant("one-fast")),
      large = try acceptance(.collision, .variant("one-large"))
    #expect(ordinary > 0.9 && fast < ordinary && large < ordinary && fast > 0.3)
  }

  @Test func histogramsCountEveryInstance() throws {
    for scenario in Scenario.allCases {
      let population = try CellPopulation(
        scenario, .validation, count: 40, setting: Setting(size: 64, frames: scenario.suiteFrames))
      #expect(population.histograms.allSatisfy { $0.counts.reduce(0, +) == 40 })
    }
    let bounce = try CellPopulation(.bounce, .validation, count: 60, setting: Setting(size: 64, frames: 64))
    let e = try #require(bounce.histograms.first { $0.parameter.name == "e" })
    #expect(e.edges == [0.3, 0.6, 0.9] && e.counts.allSatisfy { $0 > 8 })
  }

  /// METRICS finding 8 at the smallest size: what a law depends on shows. Where a scene lies, and a body's own mark,
  /// may move by less.
  @Test(arguments: Scenario.allCases) func everyLawfulParameterShowsInTheGivenFrames(scenario: Scenario) throws {
    let table = try Identifiability.table(scenario, setting: Setting(size: 64, frames: scenario.suiteFrames))
    #expect(!table.isEmpty)
    let nuisance: Set = ["inset", "drop", "turned", "gap3", "turn", "vx", "spread"]
    for row in table where !nuisance.contains(row.parameter.name) {
      #expect(row.isSeen(height: 64), "\(scenario) \(row.parameter.name): \(row.pixels(height: 64)) px")
    }
  }

  @Test func heldOutPairsAreHeldOut() throws {
    func drawn(_ scenario: Scenario, _ cell: Cell) throws -> [Draw] {
      try (0..<60).map {
        try Instance(scenario, cell, index: $0, setting: Setting(size: 64, frames: scenario.suiteFrames)).draw
      }
    }
    func bounceOut(_ d: Draw) -> Bool { d["e"] == 0.3 && d["r"] >= 0.83 || d["e"] == 0.9 && d["r"] < 0.67 }
    #expect(
      try drawn(.bounce, .train).allSatisfy { !bounceOut($0) }
        && drawn(.bounce, .variant("combination")).allSatisfy(bounceOut))
    func inclineOut(_ d: Draw) -> Bool { d["beta"] == 1 && d["alpha"] >= 22.5 || d["beta"] == 0 && d["alpha"] < 22.5 }
    #expect(
      try drawn(.incline, .train).allSatisfy { !inclineOut($0) }
        && drawn(.incline, .variant("combination")).allSatisfy(inclineOut))
  }

  /// A wrong simulator's sign pattern: which constant goes up when another goes down.
  @Test func wrongSimulatorsFollowTheSignPattern() throws {
    func law<L: Law>(_ scenario: Scenario, _ type: L.Type) throws -> L {
      try #require(
        try Instance(scenario, .validation, index: 0, setting: Setting(size: 64, frames: scenario.suiteFrames)).law
          as? L)
    }
    let bounce = try law(.bounce, Bounce.self), wrong = bounce.scaled(by: 1.05)
    #expect(abs(wrong.restitution / bounce.restitution - 0.95) < 1e-12 && abs(wrong.gravity / 2.5 - 1.05) < 1e-12)
    let hit = try law(.collision, Collision.self), slip = hit.scaled(by: 1.05), first = hit.isMirrored ? 1 : 0
    #expect(
      abs(slip.before[first] / hit.before[first] - 1.05) < 1e-12
        && abs(slip.before[1 - first] / hit.before[1 - first] - 0.95) < 1e-12)
    let pour = try law(.pour, Pour.self)
    #expect(abs(pour.scaled(by: 1.05).k / pour.k - 1.05) < 1e-12 && pour.scaled(by: 1.05).h0 == pour.h0)
    let pendulum = try law(.pendulum, Pendulum.self)
    #expect(abs(pendulum.scaled(by: 0.95).period / pendulum.period - (1 / 0.95).squareRoot()) < 1e-12)
    for scenario in Scenario.allCases {
      let instance = try Instance(
        scenario, .validation, index: 0, setting: Setting(size: 64, frames: scenario.suiteFrames))
      #expect(instance.perturbedStates(scale: 1).map { $0.map(\.x) } == instance.truth().map { $0.map(\.x) })
      #expect(
        instance.perturbedStates(scale: 1.05)[12].map(\.x) != instance.truth()[12].map(\.x)
          || instance.perturbedStates(scale: 1.05)[12].map(\.y) != instance.truth()[12].map(\.y))
    }
  }
}
