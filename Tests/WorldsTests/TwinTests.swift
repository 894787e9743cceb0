import Frames
import Media
import TestKit
import Testing
import Worlds

@Suite struct TwinTests {
  static let names: [Scenario: [String]] = [
    .collision: ["pass-through"], .bounce: ["higher"], .occlusion: ["vanish", "swap-colour", "teleport", "delay"],
    .chain: ["early-start"], .pour: ["volume-jump"],
  ]

  @Test(arguments: Scenario.allCases) func twinsShareTheirBeginning(scenario: Scenario) throws {
    var shown = 0
    for index in 0..<4 {
      let
        instance = try Instance(
          scenario, .validation, index: index, setting: Setting(size: 64, frames: scenario.suiteFrames)),
        clip = instance.render()
      #expect(instance.twins.map(\.name) == Self.names[scenario, default: []])
      for twin in instance.twins where twin.isShown {
        shown += 1
        let other = twin.render(), first = twin.firstFrame
        #expect(first >= World.conditioning && other.count == clip.count)
        let worst = largestDifference(clip[0..<first].pixels, other[0..<first].pixels)
        // Behind a bar's half-covered edge pixels a disc may shine through.
        #expect(worst <= (scenario == .occlusion ? 60 : 0), "\(twin.id): \(worst)")
        let differ = pairs(clip[first..<clip.count].pixels, other[first..<clip.count].pixels).count {
          abs(Int($0) - Int($1)) > 60
        }
        #expect(differ > 30, "\(twin.id)")
      }
    }
    #expect((shown > 0) == Scenario.withTwins.contains(scenario))
  }

  @Test func aTwinBreaksItsLaw() throws {
    func twin(_ scenario: Scenario, _ name: String) throws -> (Instance, (Double) -> [Body]) {
      let instance = try Instance(
        scenario, .validation, index: 1, setting: Setting(size: 64, frames: scenario.suiteFrames))
      return (instance, try #require(instance.law.impossible.first { $0.name == name }).bodies)
    }
    let (bounce, higher) = try twin(.bounce, "higher"), law = try #require(bounce.law as? Bounce)
    #expect((0..<64).map { higher(Double($0) * 0.1)[0].centre.y }.max()! > law.y0 + 0.1)
    let (chain, early) = try twin(.chain, "early-start"), line = try #require(chain.law as? Chain)
    let before = early(line.contactTimes[0] - 0.1)
    #expect(before[1].velocity.x > 0 && before[1].centre.x - before[0].centre.x > before[0].radius + before[1].radius)
    let (hit, through) = try twin(.collision, "pass-through"), pair = try #require(hit.law as? Collision)
    #expect(through(pair.contactTime + 0.2).map(\.velocity.x) == pair.before)
    let (pour, jump) = try twin(.pour, "volume-jump"), tank = try #require(pour.law as? Pour)
    let volume = jump(0.4 * tank.drained + 0.3).filter(\.isObject).reduce(0) { $0 + $1.area }
    #expect(volume > tank.volume + 3)
  }
}
