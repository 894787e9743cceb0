import Bench
import Files
import Foundation
import Runs
import TestKit
import Testing
import Training

/// Joules are sums of what counters say, or processor seconds times watts, and always say which.
@Suite struct EnergyTests {
  /// A powercap folder of our own. Values are microjoules.
  final class Powercap {
    let path = FileManager.default.temporaryDirectory.path + "/orrery-powercap-" + UUID().uuidString
    init(_ zones: [String: (now: Int, range: Int)]) throws {
      for (name, zone) in zones {
        try Disk.makeFolder("\(path)/\(name)")
        try Disk.write("\(zone.range)\n", to: "\(path)/\(name)/max_energy_range_uj")
        try set(name, zone.now)
      }
    }
    func set(_ name: String, _ now: Int) throws { try Disk.write("\(now)\n", to: "\(path)/\(name)/energy_uj") }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  @Test func packagesAreSummedAndTheirPartsAreNot() throws {
    let cap = try Powercap([
      "intel-rapl:0": (5_000_000, 100_000_000), "intel-rapl:1": (1_000_000, 100_000_000),
      "intel-rapl:0:0": (0, 100_000_000), "intel-rapl-mmio:0": (0, 100_000_000),
    ])
    let meter = EnergyMeter(EnergySettings(), folder: cap.path)
    try cap.set("intel-rapl:0", 7_000_000)
    try cap.set("intel-rapl:1", 1_500_000)
    try cap.set("intel-rapl:0:0", 90_000_000)
    try cap.set("intel-rapl-mmio:0", 90_000_000)
    #expect(meter.energy == Energy(joules: 2.5, source: .measured))
  }

  @Test func countersThatWrapGoOn() throws {
    let cap = try Powercap(["intel-rapl:0": (9_000_000, 10_000_000)])
    let meter = EnergyMeter(EnergySettings(), folder: cap.path)
    for (now, joules) in [(9_500_000, 0.5), (500_000, 1.5), (4_000_000, 5.0), (3_000_000, 14.0)] {
      try cap.set("intel-rapl:0", now)
      #expect(abs(meter.energy.joules - joules) < 1e-9 && meter.energy.source == .measured)
    }
  }

  @Test func withoutCountersItIsProcessorTimeTimesWatts() throws {
    let seconds = Ticks()
    let cap = try Powercap(["intel-rapl:0": (0, 10_000_000), "intel-rapl:1": (0, 10_000_000)])
    // One socket that cannot be read: half of the truth is not taken for the whole.
    try FileManager.default.removeItem(atPath: cap.path + "/intel-rapl:1/energy_uj")
    for folder in ["/nowhere", cap.path] {
      seconds.now = 100
      let meter = EnergyMeter(EnergySettings(wattsPerCore: 4), folder: folder, processor: { seconds.now })
      seconds.now = 103
      #expect(meter.energy == Energy(joules: 12, source: .estimated), "\(folder)")
    }
  }

  @Test func aCounterThatGoesSilentEndsTheMeasuring() throws {
    let seconds = Ticks(), cap = try Powercap(["intel-rapl:0": (0, 10_000_000)])
    let meter = EnergyMeter(EnergySettings(wattsPerCore: 2), folder: cap.path, processor: { seconds.now })
    try cap.set("intel-rapl:0", 1_000_000)
    meter.sample()
    try Disk.write("no number", to: cap.path + "/intel-rapl:0/energy_uj")
    seconds.now = 10
    #expect(meter.energy == Energy(joules: 20, source: .estimated))
  }

  @Test func sumsKnowWhereTheyComeFrom() {
    let a = Energy(joules: 1, source: .measured), b = Energy(joules: 2, source: .estimated)
    #expect(
      a + b == Energy(joules: 3, source: .mixed) && a + a == Energy(joules: 2, source: .measured)
        && b + b == Energy(joules: 4, source: .estimated))
    #expect(Energy(joules: 0, source: .estimated) + a == a && a + Energy(joules: 0, source: .estimated) == a)
    #expect(Energy(joules: 3_600_000, source: .measured).kilowattHours == 1)
  }

  final class Ticks { var now = 0.0 }
}

/// Energy in an experiment, its run, and the run's second session.
@Suite(.serialized) struct RunEnergyTests {
  @Test func keysAreReadStrictlyAndAreNotInTheHash() throws {
    let minute = try Minute(), plain = try minute.experiment()
    #expect(plain.energy == EnergySettings() && plain.energy.gridGramsPerKWh == nil)
    let told = try minute.experiment(["energy.watts_per_core=7", "energy.grid_g_per_kwh=420"])
    #expect(told.energy == EnergySettings(wattsPerCore: 7, gridGramsPerKWh: 420))
    #expect(told.hashed == plain.hashed && told.value != plain.value)
    #expect(try Experiment(told.value, at: "a", folder: minute.scratch.path) == told)
    for bad in ["energy.watts=7", "energy.watts_per_core=-1", "energy.grid_g_per_kwh=much", "energy=7"] {
      #expect(throws: Problem.self, "\(bad)") { try minute.experiment([bad]) }
    }
  }

  @Test func aRunSumsItsSessions() throws {
    let minute = try Minute(), set = ["train.steps=2", "energy.watts_per_core=10", "energy.grid_g_per_kwh=500"]
    let first = try minute.training(set).run(until: Interruption(listening: false))
    func number(_ key: String, _ run: Run) throws -> Double {
      try #require(run.cost.value[key]?.double, "\(key) in \(JSON.line(run.cost.value))")
    }
    let source = try #require(first.cost.source)
    if source == .estimated { #expect(try abs(number("joules", first) / number("processor_seconds", first) - 10) < 2) }
    #expect(
      try abs(number("kwh", first) * 3.6e6 - number("joules", first)) < 1e-6
        && abs(number("co2e_g", first) - 500 * number("kwh", first)) < 1e-9)
    let second = try minute.training(set, extend: 4).run(until: Interruption(listening: false))
    #expect(second.hash == first.hash)
    #expect(
      try number("joules", second) > number("joules", first)
        && number("processor_seconds", second) > number("processor_seconds", first))
    // What is on disk says the same, and nothing of the grid without its intensity.
    #expect(try Run(folder: second.folder).cost == second.cost)
    let silent = try minute.training(["train.steps=1"], runs: "other").run(until: Interruption(listening: false))
    #expect(silent.cost.co2eGrams == nil && silent.cost.joules != nil)
  }
}
