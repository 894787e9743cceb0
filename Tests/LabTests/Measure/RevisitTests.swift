import Bench
import Frames
import Measures
import Testing
import Worlds

/// Objects followed under a moving camera: what goes out of the picture on a loop and comes back.
@Suite struct RevisitTests {
  /// The first instances of the loop whose object leaves the picture and comes back.
  static func loops(_ count: Int) throws -> [Instance] {
    let setting = try Setting(size: 64, frames: Pan.suiteFrames)
    var found: [Instance] = []
    for index in 0..<100 where found.count < count {
      let instance = try Instance(.pan, .variant("loop"), index: index, setting: setting),
        visible = instance.truth().map { $0[0].visible }
      if let gone = visible.firstIndex(of: 0), visible[gone...].contains(1) { found.append(instance) }
    }
    return found
  }

  static func measure(_ metric: any ClipMetric.Type, _ instance: Instance, _ clip: Frames) -> Estimate {
    metric.estimate(Evidence(clip, reference: instance.render(), scene: SceneTruth(instance)))
  }

  /// The clip with its object changed from its first absence on.
  static func afterwards(_ instance: Instance, _ change: (Body) -> Body?) throws -> Frames {
    var clip = instance.render()
    let gone = try #require(instance.truth().firstIndex { $0[0].visible == 0 })
    for t in gone..<clip.count {
      let bodies = instance.law.bodies(at: instance.setting.time(t)).compactMap(change)
      clip.pixels.replaceSubrange(
        t * clip.frameBytes..<(t + 1) * clip.frameBytes,
        with: Renderer(instance.setting, backdrop: instance.plate(frame: t)).frame(bodies))
    }
    return clip
  }

  @Test func whatComesBackIsHeldAgainstWhatLeft() throws {
    let instances = try Self.loops(3)
    #expect(instances.count == 3)
    for instance in instances {
      let truth = Self.measure(RevisitObjectScore.self, instance, instance.render())
      #expect(truth.value > 0.95 && !truth.note.contains("never left"), "\(instance.id): \(truth)")
      let other = instance.draw.colours[1].rgb
      let swapped = try Self.afterwards(instance) { body in
        var body = body; body.colour = other; return body
      }
      #expect(Self.measure(RevisitObjectScore.self, instance, swapped).value < 0.2, "\(instance.id)")
      let vanished = try Self.afterwards(instance) { _ in nil }
      #expect(Self.measure(RevisitObjectScore.self, instance, vanished).value == 0, "\(instance.id)")
      let aside = try Self.afterwards(instance) { body in
        var body = body; body.centre.y += body.radius / 2; return body
      }
      #expect(
        abs(Self.measure(RevisitObjectScore.self, instance, aside).value - truth.value / 2) < 0.1, "\(instance.id)")
      let frozen = Self.measure(
        RevisitObjectScore.self, instance, Controls.frozen(instance.render(), conditioning: World.conditioning))
      #expect(frozen.value < 0.8 * truth.value && frozen.note.contains("never left"), "\(instance.id): \(frozen)")
    }
  }

  /// The metrics of one object's looks hold still on the truth of a pan, and see what they are there for.
  @Test func looksAreComparedUnderAMovingCamera() throws {
    let instances = try Self.loops(2)
    #expect(instances.count == 2)
    for instance in instances {
      let truth = instance.render(), vanished = try Self.afterwards(instance) { _ in nil }
      let shrunk = try Self.afterwards(instance) { body in
        var body = body; body.shape = .disc(radius: 0.7 * body.radius); return body
      }
      let metrics: [any ClipMetric.Type] = [AreaCV.self, ShapeIoU.self, ColourDrift.self, AppearanceConsistency.self]
      func values(_ clip: Frames) -> [Estimate] { metrics.map { Self.measure($0, instance, clip) } }
      let own = values(truth)
      #expect(
        own[0].value < 0.02 && own[1].value > 0.95 && own[2].value < 1 && own[3].value > 0.85, "\(instance.id): \(own)")
      let seconds = Horizon(AreaCV.self, Evidence(truth, reference: truth, scene: SceneTruth(instance)), seconds: 1)
        .windows
      guard case .value(let first, _)? = seconds.first?.measurement else {
        Issue.record("\(instance.id): no window has a value"); continue
      }
      #expect(first < 0.02, "each window has its own part of the camera's path: \(first)")
      let small = values(shrunk), gone = values(vanished)
      #expect(small[0].value > 5 * own[0].value && small[1].value < own[1].value - 0.1, "\(instance.id): \(small)")
      #expect(gone[0].value > 0.3 && gone[1].value < 0.8 && gone[2].note.contains("lost"), "\(instance.id): \(gone)")
    }
  }
}
