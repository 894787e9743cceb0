import Bench
import Files
import Frames
import Measures
import Testing
import Worlds

/// Ways to a score without the physics, and what they cost; scenes and clips that cannot be judged.
@Suite struct PhysicsCheatTests {
  static func judge(
    _ scenario: Scenario, _ index: Int = 0, frames: Int? = nil
  ) throws -> (Instance, Frames, PhysicsJudge) {
    let
      instance = try Instance(
        scenario, .validation, index: index, setting: Setting(size: 64, frames: frames ?? scenario.suiteFrames)),
      truth = instance.render()
    return (instance, truth, try PhysicsJudge(instance.scene(), groundTruth: truth))
  }

  /// Box blur, `radius` pixels each way, from frame `first` on.
  static func blurred(_ clip: Frames, radius: Int, from first: Int) -> Frames {
    var result = clip
    for t in first..<clip.count {
      for i in 0..<clip.height {
        for j in 0..<clip.width {
          for c in 0..<3 {
            var sum = 0, n = 0
            for y in max(0, i - radius)...min(clip.height - 1, i + radius) {
              for x in max(0, j - radius)...min(clip.width - 1, j + radius) {
                sum += Int(clip.pixels[((t * clip.height + y) * clip.width + x) * 3 + c]); n += 1
              }
            }
            result.pixels[((t * clip.height + i) * clip.width + j) * 3 + c] = UInt8((sum + n / 2) / n)
          }
        }
      }
    }
    return result
  }

  @Test func aHeavyBlurIsNotTheObject() throws {
    let (_, truth, judge) = try Self.judge(.collision)
    let light = try judge.judge(Self.blurred(truth, radius: 1, from: 4)),
      heavy = try judge.judge(Self.blurred(truth, radius: 12, from: 4))
    #expect(light.score.score > 95)
    #expect(heavy.score.score < 20 && heavy.score.validity < 0.5, "\(heavy.score)")
  }

  /// A colour that slides away is followed, so that no area is lost, and charged once it is another colour.
  @Test func aColourThatMorphsIsFollowedAndCharged() throws {
    let (instance, truth, judge) = try Self.judge(.projectile)
    let other = instance.draw.colours[1].rgb, plate = instance.plate()
    var morphed = truth
    for t in 4..<truth.count {
      let share = Double(t - 3) / Double(truth.count - 4)
      var body = instance.law.bodies(at: instance.setting.time(t))
      for c in 0..<3 {
        body[0].colour[c] = UInt8((Double(body[0].colour[c]) * (1 - share) + Double(other[c]) * share).rounded())
      }
      morphed.pixels.replaceSubrange(
        t * truth.frameBytes..<(t + 1) * truth.frameBytes, with: Renderer(instance.setting, backdrop: plate).frame(body)
      )
    }
    let verdict = try judge.judge(morphed)
    #expect(
      verdict.score.validity < 0.7 && verdict.faults.contains { $0.kind == .colour || $0.kind == .lost },
      "\(verdict.score)")
    #expect(verdict.faults.first.map { $0.frame > 6 } ?? false)  // a small drift is still the object
  }

  @Test func standingStillIsSeen() throws {
    for scenario in PhysicsLadderTests.scenarios {
      let (_, truth, judge) = try Self.judge(scenario)
      let verdict = try judge.judge(Controls.frozen(truth, conditioning: World.conditioning))
      #expect(try #require(verdict.values["motion_ratio"], "\(scenario)") < 0.5, "\(scenario)")
      #expect(try #require(verdict.values["law_score"], "\(scenario)") < 50, "\(scenario): \(verdict.values)")
    }
  }

  @Test func leavingEarlyIsNotForgiven() throws {
    let (_, truth, judge) = try Self.judge(.projectile)
    let cut = try judge.judge(truth[0..<8])
    #expect(
      cut.score.validity < 0.5 && cut.values["velocity_error"] == nil
        && cut.notes["velocity_error"]?.contains("object frames") ?? false)
    #expect(cut.values["centroid_l2"] == nil && cut.values["mask_iou"] ?? 1 < 0.5)
  }

  /// A clip of one, two or three frames shows nothing of what is asked for: no score, and a reason for every value that
  /// is missing.
  @Test func almostNoFramesAreNoReasonToTrap() throws {
    for scenario in Scenario.allCases {
      let (instance, truth, _) = try Self.judge(scenario),
        judge = try PhysicsJudge(instance.scene(), groundTruth: truth, secondTake: truth)
      for count in 1...3 {
        let verdict = try judge.judge(truth[0..<count])
        #expect(
          verdict.score.score == 0 && verdict.score.validity == 0 && verdict.score.error == nil, "\(scenario), \(count)"
        )
        #expect(
          verdict.values["mask_iou"] == 0 && verdict.values["law_score"] == 0,
          "\(scenario), \(count): \(verdict.values) \(verdict.notes)")
        for metric in ["velocity_error", "trajectory_rmse", "piq_style_verified", "mmd_state"]
        where verdict.values[metric] != nil || verdict.notes[metric]?.isEmpty ?? true {
          Issue.record(
            "\(scenario), \(count) frames: \(metric) \(verdict.values[metric] ?? .nan) \(verdict.notes[metric] ?? "no note")"
          )
        }
      }
    }
  }

  /// Scenes of two and three frames, one of them given: what needs more says so.
  @Test func shortScenesAreJudged() throws {
    let (instance, truth, _) = try Self.judge(.projectile)
    let full = try instance.scene()
    for count in 2...3 {
      let scene = try PhysicsScene(
        id: "short", scenario: "projectile", objects: full.objects, truth: Array(full.truth[..<count]),
        perturbed: full.perturbed.map { Array($0[..<count]) },
        plate: full.plate, law: full.law, conditioning: 1)
      let verdict = try PhysicsJudge(scene, groundTruth: truth[0..<count], secondTake: truth[0..<count]).judge(
        truth[0..<count])
      #expect(
        verdict.score.score == 100 && verdict.values["velocity_error"] == nil
          && verdict.notes["velocity_error"]?.contains("no scored frame") ?? false)
      #expect(verdict.values["param_error"] == nil && verdict.values["law_score"] == nil, "\(verdict.values)")
    }
  }

  /// Impossible twins must not score as the scenes they stand for.
  @Test func impossibleTwinsLose() throws {
    for scenario in [Scenario.collision, .bounce, .occlusion, .chain, .pour] {
      let (instance, _, judge) = try Self.judge(scenario)
      let shown = instance.twins.filter(\.isShown)
      #expect(!shown.isEmpty, "\(scenario)")
      for twin in shown {
        let verdict = try judge.judge(twin.render())
        #expect(verdict.score.score < 90, "\(twin.id): \(verdict.score.score)")
      }
    }
  }

  @Test func whatCannotBeJudgedIsRefused() throws {
    let (instance, truth, _) = try Self.judge(.freeFall)
    var scene = try instance.scene()
    scene.objects[0].colour = SIMD3(230, 230, 230)  // the backdrop's own
    #expect(throws: Problem.self) { try PhysicsJudge(scene, groundTruth: truth) }
    var absent = try instance.scene()
    absent.objects[0].colour = SIMD3(0, 255, 255)
    absent.objects[0].colour = instance.draw.colours[1].rgb  // a colour no frame shows
    #expect(throws: Problem.self) { try PhysicsJudge(absent, groundTruth: truth) }
    let good = try instance.scene()
    #expect(throws: Problem.self) { try PhysicsJudge(good, groundTruth: truth[0..<10]) }
    #expect(throws: Problem.self) {
      try PhysicsJudge(good, groundTruth: truth).judge(
        Frames(count: 0, height: 64, width: 64, pixels: [], fps: truth.fps))
    }
    var broken = good.truth
    broken[3][0].x = .nan
    #expect(throws: Problem.self) {
      try PhysicsScene(
        id: "x", scenario: "free-fall", objects: good.objects, truth: broken, perturbed: good.perturbed,
        plate: good.plate)
    }
  }

  @Test func everyValueIsInTheCatalogueAndSaysWhyItIsMissing() throws {
    #expect(Set(PhysicsMetrics.all.map(\.name)).count == PhysicsMetrics.all.count)
    #expect(PhysicsMetrics.all.filter(\.primary).map(\.name) == ["physics_tol5", "validity"])
    for scenario in Scenario.allCases {
      let (_, truth, judge) = try Self.judge(scenario)
      for clip in [truth, Controls.frozen(truth, conditioning: World.conditioning), truth[0..<5]] {
        let verdict = try judge.judge(clip)
        #expect(verdict.values.values.allSatisfy(\.isFinite) && verdict.notes.values.allSatisfy { !$0.isEmpty })
        #expect(Set(verdict.values.keys).isDisjoint(with: verdict.notes.keys))
      }
    }
  }
}
