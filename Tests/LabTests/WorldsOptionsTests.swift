import Bench
import Files
import Foundation
import Frames
import Lab
import Media
import TestKit
import Testing
import Worlds

/// `worlds render`: what is drawn is granted, what shows somebody's digits is not.
@Suite struct WorldsOptionsTests {
  private let quiet = Console(json: false, quiet: true)

  private static func digits(_ path: String) throws {
    var bytes: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28]
    for k in 0..<20 * 784 { bytes.append(UInt8(k % 251)) }
    try Disk.write(Data(bytes), to: path)
  }

  @Test func ownWorkIsGrantedAndDigitsAreNot() throws {
    let scratch = try Scratch()
    try Self.digits(scratch("digits.idx"))
    var options = WorldsOptions()
    (options.set, options.digits, options.count) = ("moving-mnist", scratch("digits.idx"), 4)
    let mnist = try options.clips()
    let manifest = try WorldsRender(mnist.set, ownership: mnist.ownership).write(
      to: scratch("mnist.h5"), licensor: "tests", quiet)
    let document = try JSON.parse(Disk.read(manifest), at: manifest)
    #expect(document["grants"]?.array?.isEmpty == true && document["assets"]?.array?.count == 4)
    #expect(try Dataset(path: scratch("mnist.h5")).clips.map(\.frames) == [20, 20, 20, 20])

    options = WorldsOptions()
    (options.set, options.count, options.size, options.frames) = ("bouncing-balls", 2, 24, 12)
    let balls = try options.clips()
    let granted = try WorldsRender(balls.set, ownership: balls.ownership).write(
      to: scratch("balls.h5"), licensor: "tests", quiet)
    #expect(try JSON.parse(Disk.read(granted), at: granted)["grants"]?.array?.count == 1)
    #expect(try Dataset(path: scratch("balls.h5")).attributes["set"] == BouncingBalls.version)
  }

  @Test func turningThingsStoreTheirAngle() throws {
    let scratch = try Scratch()
    var options = WorldsOptions()
    (options.scenarios, options.count, options.size, options.frames) = (["incline", "pendulum"], 4, 32, 20)
    try WorldsRender(options.clips().set).write(to: scratch("w.h5"), licensor: "tests", quiet)
    #expect(
      try Dataset(path: scratch("w.h5")).stateColumns == ["x", "y", "vx", "vy", "r", "visible", "inside", "angle"])
  }

  @Test func wordsOfOtherSetsAreRefused() {
    func fails(_ word: String, _ change: (inout WorldsOptions) -> Void) {
      var options = WorldsOptions()
      change(&options)
      let problem = #expect(throws: Problem.self) { try options.clips() }
      #expect(
        problem.map { "\($0.what) \($0.place ?? "") \($0.expected ?? "")".contains(word) } == true,
        "\(word): \(String(describing: problem))")
    }
    fails("--scenario or --set") { _ in }
    fails("phyworld-uniform") { $0.set = "phyworld" }
    fails("digits") { $0.set = "moving-mnist" }
    fails("no level") { ($0.set, $0.level) = ("phyworld-uniform", "r2") }
    fails("--level") { ($0.scenarios, $0.level) = (["pan"], "r1") }
    fails("--balls") { ($0.set, $0.balls) = ("phyworld-uniform", 2) }
    fails("--frames") { ($0.set, $0.frames) = ("phyworld-parabola", 16) }
    fails("--texture") { ($0.scenarios, $0.texture) = (["pan"], .nan) }
    fails("cannot both") { ($0.scenarios, $0.set) = (["pan"], "bouncing-balls") }
  }
}
