import Files
import Frames

/// All of family C for the clips of one scene: the one way from pixels to physics values.
///
/// Made once a scene, since it tracks the ground truth and the frozen control; then asked once a clip.
public struct PhysicsJudge: Sendable {
  public let scene: PhysicsScene
  public let tol5: PhysicsTol5
  /// Terms of the law as the ground truth's own pixels give them: what is undefined there cannot be asked of anyone.
  public let truthTerms: [LawTerm]
  /// Whether the frozen control passes each term (s ≥ ½), which then says nothing.
  private let passive: [Bool]
  /// The scored part of the ground truth, and how far a second take is from it (`piq_style_verified`).
  private let firstTake: Frames
  private let variance: PhysicsIQ.Components?

  /// - Parameters:
  ///   - groundTruth: the instance's own render.
  ///   - secondTake: the same scene under a simulator that is 2 % wrong; without it `piq_style_verified` does not
  ///     apply.
  /// - Throws: `Problem` when nothing can be scored, or the tracker cannot follow the ground truth.
  public init(_ scene: PhysicsScene, groundTruth: Frames, secondTake: Frames? = nil) throws {
    self.scene = scene
    tol5 = try PhysicsTol5(scene, groundTruth: groundTruth)
    if let secondTake, secondTake.count != groundTruth.count || secondTake.frameBytes != groundTruth.frameBytes {
      throw Problem("the second take differs from the ground truth in size or length", at: scene.id)
    }
    let scored = scene.conditioning..<scene.truth.count
    firstTake = groundTruth[scored]
    variance = secondTake.map { PhysicsIQ.components(groundTruth[scored], $0[scored]) }
    guard let law = scene.law else { (truthTerms, passive) = ([], []); return }
    truthTerms = law.terms(tol5.truthTracks.observation(scene))
    let still = try Tracks(scene, Controls.frozen(groundTruth, conditioning: scene.conditioning))
    passive = law.terms(still.observation(scene)).map { $0.score >= 0.5 }
  }

  /// - Throws: `Problem` when the clip is longer than the scene or of another size.
  public func judge(_ clip: Frames) throws -> PhysicsVerdict {
    guard clip.width == firstTake.width, clip.height == firstTake.height else {
      throw Problem(
        "the clip is \(clip.width)×\(clip.height)", at: scene.id,
        expected: "\(firstTake.width)×\(firstTake.height), as the ground truth", fix: "resize it to the scene's size")
    }
    let tracks = try Tracks(scene, clip), score = tol5.score(tracks)
    var verdict = PhysicsVerdict(score)
    verdict.give(PhysicsTol5.name, score.score)
    verdict.give(PhysicsMetrics.validity.name, score.validity)
    verdict.give(
      PhysicsMetrics.motionRatio.name, score.motionRatio, otherwise: "no object could be followed, or none moves")
    verdict.give("trajectory_rmse", score.error, otherwise: "no scored frame is valid")
    TrajectoryErrors.measure(scene, tracks, height: clip.height).forEach {
      verdict.give($0.metric, $0.value, otherwise: $0.reason)
    }
    MaskAgreement.measure(scene, tracks, tol5.truthTracks, height: clip.height, width: clip.width).forEach {
      verdict.give($0.metric, $0.value, otherwise: $0.reason)
    }
    verdict.give(
      "mmd_state",
      StateDistance.between(StateDistance.features(scene, tracks), StateDistance.features(scene, truth: ())),
      otherwise: "no object is seen in three frames running")
    if let variance {
      let whole = clip.count == scene.truth.count
      let components = whole ? PhysicsIQ.components(firstTake, clip[scene.conditioning..<clip.count]) : nil
      verdict.give(
        "piq_style_verified", components.map { PhysicsIQ.verified([.init(model: $0, variance: variance)]) },
        otherwise: "the clip ends early")
    }
    if let law = scene.law { judge(law.terms(tracks.observation(scene)), &verdict) }
    return verdict
  }

  /// Law terms: the mean over each metric's terms, and `law_score`.
  private func judge(_ terms: [LawTerm], _ verdict: inout PhysicsVerdict) {
    let asked = terms.indices.filter { truthTerms[$0].isDefined }
    verdict.terms = asked.map { terms[$0] }
    for metric in PhysicsMetrics.all {
      let own = verdict.terms.filter { $0.metric == metric.name }
      guard !own.isEmpty else { continue }
      if let undefined = own.first(where: { !$0.isDefined }) {
        verdict.give(metric.name, nil, otherwise: "\(undefined.detail): \(undefined.reason)")
      } else {
        let errors = own.map { $0.kind == .permanence ? $0.score : $0.error }
        verdict.give(metric.name, errors.reduce(0, +) / Double(errors.count))
      }
    }
    let scored = asked.filter { terms[$0].kind != .described && !passive[$0] }
    guard !scored.isEmpty else {
      return verdict.give("law_score", nil, otherwise: "standing still passes every term that can be measured here")
    }
    verdict.give(
      "law_score", 100 * verdict.score.validity * scored.reduce(0) { $0 + terms[$1].score } / Double(scored.count))
  }
}

/// What `PhysicsJudge` says of one clip.
public struct PhysicsVerdict: Sendable, Equatable {
  public let score: PhysicsScore
  /// By name of `PhysicsMetrics`; a metric that does not apply has no value.
  public private(set) var values: [String: Double] = [:]
  /// Why a metric that belongs to the scenario has no value.
  public private(set) var notes: [String: String] = [:]
  /// The law's terms that the ground truth lets us measure.
  public var terms: [LawTerm] = []
  /// Why each invalid scored frame is so.
  public var faults: [PhysicsScore.Fault] { score.faults }

  init(_ score: PhysicsScore) { self.score = score }

  mutating func give(_ metric: String, _ value: Double?, otherwise reason: String = "") {
    precondition(PhysicsMetrics.named(metric) != nil, "\(metric) is not in the catalogue")
    if let value, value.isFinite { values[metric] = value } else { notes[metric] = reason }
  }
}
