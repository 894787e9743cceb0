import Foundation
import Frames
import Testing
import Worlds

/// Flow, masks and cameras against what is drawn.
@Suite struct SceneTruthTests {
  static func instance(
    _ scenario: Scenario, _ index: Int = 0, _ cell: Cell = .validation, size: Int = 64, texture: Bool = false
  ) throws -> Instance {
    var setting = try Setting(size: size, frames: scenario.suiteFrames)
    if texture { setting.backdrop = .noise(amplitude: 25) }
    return try Instance(scenario, cell, index: index, setting: setting)
  }

  /// Bilinear sample of one channel at pixel coordinates; nil within half a pixel of the edge.
  static func sample(_ frame: ArraySlice<UInt8>, _ size: Int, _ at: SIMD2<Double>, _ channel: Int) -> Double? {
    let x = at.x - 0.5, y = at.y - 0.5, j = Int(x.rounded(.down)), i = Int(y.rounded(.down))
    guard i >= 0, j >= 0, i + 1 < size, j + 1 < size else { return nil }
    func value(_ i: Int, _ j: Int) -> Double { Double(frame[frame.startIndex + (i * size + j) * 3 + channel]) }
    let fx = x - Double(j), fy = y - Double(i)
    return (value(i, j) * (1 - fx) + value(i, j + 1) * fx) * (1 - fy)
      + (value(i + 1, j) * (1 - fx) + value(i + 1, j + 1) * fx) * fy
  }

  /// Frame t + 1, sampled where the flow leads, is frame t: everywhere that is known, up to what bilinear sampling does
  /// to edges.
  @Test(arguments: Scenario.allCases) func warpingTheNextFrameGivesThisOne(scenario: Scenario) throws {
    let size = 96
    for (index, cell) in [(0, Cell.validation), (1, .validation), (2, scenario.cells[scenario.cells.count - 1])] {
      let instance = try Self.instance(scenario, index, cell, size: size, texture: true), clip = instance.render(),
        truth = instance.sceneTruth()
      var still = 0.0, warped = 0.0, inner = 0.0, count = 0.0, moving = 0
      for t in [4, 14] {
        let now = clip[t..<(t + 1)].pixels, next = clip[(t + 1)..<(t + 2)].pixels
        for p in 0..<size * size where truth.known[t][p] {
          let centre = SIMD2(Double(p % size) + 0.5, Double(p / size) + 0.5), flow = SIMD2<Double>(truth.flow[t][p])
          if (flow * flow).sum() > 0.01 { moving += 1 }
          guard let there = Self.sample(next[...], size, centre + flow, 1),
            let here = Self.sample(next[...], size, centre, 1)
          else { continue }
          let error = abs(there - Double(now[p * 3 + 1]))
          warped += error
          still += abs(here - Double(now[p * 3 + 1]))
          let landing = Int(centre.y + flow.y) * size + Int(centre.x + flow.x)
          if !Self.isEdge(now, size, p), !Self.isEdge(next, size, landing), !(error <= inner) { inner = error }
          count += 1
        }
      }
      #expect(moving > 40 && count > 0.7 * Double(2 * size * size), "\(instance.id) \(moving) \(count)")
      // Outlines are mixed pixels, which bilinear sampling mixes again; away from them the flow is as good as exact.
      #expect(scenario == .pour || warped < 0.8 * still, "\(instance.id): \(warped / count) of \(still / count)")
      #expect(inner <= 12, "\(instance.id): \(inner)")
    }
  }

  /// Whether an outline passes within two pixels.
  static func isEdge(_ frame: [UInt8], _ size: Int, _ p: Int) -> Bool {
    let own = Int(frame[p * 3 + 1])
    for i in max(0, p / size - 2)...min(size - 1, p / size + 2) {
      for j in max(0, p % size - 2)...min(size - 1, p % size + 2)
      where abs(Int(frame[(i * size + j) * 3 + 1]) - own) > 12 { return true }
    }
    return false
  }

  /// A material point of a rolling wheel, followed by hand.
  @Test func flowTurnsWithTheWheel() throws {
    var points = 0
    for index in 0..<12 {
      let instance = try Self.instance(.incline, index, size: 128), law = try #require(instance.law as? Incline)
      guard law.beta > 0 else { continue }
      let truth = instance.sceneTruth(), states = instance.truth(), s = instance.setting.pixelsPerUnit
      for t in [5, 11] {
        let a = states[t][0], b = states[t + 1][0], turn = b.angle - a.angle
        for p in 0..<128 * 128 where truth.masks[t][0][p] >= 1 {
          let x = (Double(p % 128) + 0.5) / s - a.x, y = 10 - (Double(p / 128) + 0.5) / s - a.y
          let to = SIMD2(b.x + x * cos(turn) - y * sin(turn), b.y + x * sin(turn) + y * cos(turn))
          let expected = SIMD2((to.x - a.x - x) * s, -(to.y - a.y - y) * s), flow = SIMD2<Double>(truth.flow[t][p])
          #expect(abs(expected.x - flow.x) < 1e-4 && abs(expected.y - flow.y) < 1e-4)
          points += 1
        }
      }
    }
    #expect(points > 1000)
  }

  /// Central differences of the state are the flow of a disc, to second order.
  @Test func flowOfADiscIsItsVelocity() throws {
    let instance = try Self.instance(.pendulum, 1), truth = instance.sceneTruth(), states = instance.truth(),
      s = instance.setting.pixelsPerUnit
    for t in 0..<30 {
      let p = try #require(truth.masks[t][0].indices.max { truth.masks[t][0][$0] < truth.masks[t][0][$1] }),
        flow = SIMD2<Double>(truth.flow[t][p])
      let mean =
        SIMD2(states[t][0].vx + states[t + 1][0].vx, states[t][0].vy + states[t + 1][0].vy) / 2 * World.timeStep * s
      #expect(abs(mean.x - flow.x) < 0.02 && abs(mean.y + flow.y) < 0.02)
    }
  }

  @Test func whatIsHiddenNextIsNotKnown() throws {
    let instance = try Self.instance(.occlusion, 2, .outside(parameter: "v", .high)), truth = instance.sceneTruth(),
      states = instance.truth()
    let t = try #require(
      states.indices.first { $0 + 1 < states.count && states[$0][0].visible > 0.05 && states[$0 + 1][0].isHidden })
    #expect(truth.masks[t][0].contains { $0 > 0.9 })
    for p in truth.masks[t][0].indices where truth.masks[t][0][p] > 0.9 { #expect(!truth.known[t][p]) }
    // The backdrop that the disc is about to cover.
    let free = try #require(states.indices.first { $0 > 0 && states[$0][0].isClear })
    let covered = truth.masks[free][0].indices.filter {
      truth.masks[free][0][$0] == 0 && truth.masks[free + 1][0][$0] > 0.9
    }
    #expect(!covered.isEmpty && covered.allSatisfy { !truth.known[free][$0] })
  }

  @Test func masksHoldTheObjectsArea() throws {
    for scenario in Scenario.allCases where scenario != .particles {
      let instance = try Self.instance(scenario, 1, size: 128), states = instance.truth()
      var compared = 0
      for t in [0, 8] {
        for (k, mask) in instance.masks(frame: t).enumerated() where states[t][k].isClear && states[t][k].area > 0.3 {
          let area = mask.reduce(0) { $0 + Double($1) } / (12.8 * 12.8)
          // A slot in another colour belongs to the mask but not to the object's coloured area.
          let slot =
            scenario == .incline && (instance.law as? Incline)?.beta == 0.5
            ? 0.312 * states[t][k].radius * states[t][k].radius : 0
          #expect(abs(area / (states[t][k].area + slot) - 1) < 0.02, "\(instance.id) \(k)")
          compared += 1
        }
      }
      #expect(compared > 0, "\(scenario)")
    }
  }

  @Test func thePlateHasSceneryOnly() throws {
    let instance = try Self.instance(.pendulum, 0, size: 128), bodies = instance.law.bodies(at: 0)
    #expect(bodies.map(\.role) == [.decoration, .scenery, .object])
    #expect(
      instance.plate()
        == Renderer(instance.setting, backdrop: [UInt8](repeating: 230, count: 128 * 128 * 3)).frame([bodies[1]]))
    #expect(instance.plate() == instance.plate(frame: 20))
  }

  @Test func aPanMovesTheWorldAgainstTheCamera() throws {
    var compared = 0
    for index in 0..<20 {
      let instance = try Self.instance(.pan, index), law = try #require(instance.law as? Pan),
        truth = instance.sceneTruth()
      #expect(abs(truth.camera[10].x + law.pan * 1.0 * 6.4) < 1e-9 && truth.camera[10].y == 0)
      // The corner shows backdrop, but where the object stands in it.
      guard truth.masks[5][0][0] == 0 else { continue }
      #expect(abs(Double(truth.flow[5][0].x) + law.pan * 0.64) < 1e-5)
      compared += 1
    }
    #expect(compared > 10)
  }
}
