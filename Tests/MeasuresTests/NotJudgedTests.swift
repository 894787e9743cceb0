import Files
import Frames
import Measures
import Testing

/// What a program decides on is a case; the words beside it are for people.
@Suite struct NotJudgedTests {
  private let stamp = MetricProtocol("m")

  @Test func aReasonIsShownAndWordsAreNot() {
    #expect(Estimate.notJudged(.moving, protocol: stamp, unit: "share").text == "n/a (moving)")
    #expect(Estimate.notApplicable("moving", protocol: stamp, unit: "share").text == "n/a")
    #expect(Estimate.notJudged(.moving, protocol: stamp, unit: "share").json["note"] == "moving")
    #expect(NotJudged.allCases.map(\.rawValue) == ["moving"], "names stand in files")
  }

  /// Of one clip the number is said with its reason, as it always was.
  @Test func aMovingClipsFlickerIsStated() {
    let clip = MovingTexture(.large, width: 64, height: 64).frames(8)
    let measured = VBenchTemporalFlickering.measure(Evidence(clip))
    #expect(measured == .notJudged(VBenchTemporalFlickering.value(clip), .moving))
    let estimate = VBenchTemporalFlickering.estimate(Evidence(clip))
    #expect(estimate.value == measured.number && estimate.note == "moving" && estimate.notJudged == nil)
    let summary = VBenchTemporalFlickering.summary([measured, .value(1, note: "static")], protocol: stamp)
    #expect(summary.n == 2 && summary.note == "moving; static")
  }

  /// A unit that reads like one of these is one of these.
  @Test func theCataloguesUnitsAreKnown() {
    let units = PhysicsMetrics.all.map(\.unit) + ClipMetrics.all.map { $0.unit }
    for unit in Set(units) where unit.hasPrefix("share") || unit.hasPrefix("mean") || unit.hasPrefix("points") {
      #expect(MetricUnit(rawValue: unit) != nil, "\(unit)")
    }
    #expect(MetricUnit.points.scale == 0...100 && MetricUnit.share.scale == 0...1)
    #expect(MetricUnit.allCases.filter(\.isSaid) == [.points] && MetricUnit.shareOfMean.scale == nil)
    #expect(MovingTexture.Scene.allCases.map(\.rawValue) == ["shift", "large", "affine", "disc", "both"])
  }
}
