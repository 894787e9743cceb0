import Files

/// What one instance asks of a clip. World units and seconds, y up, as the frame shows them: a scene with a moving
/// camera gives its objects' places in the picture, so that one clip of exact states says both.
public struct PhysicsScene: Sendable {
  /// Instance name, "free-fall/id-val/000007".
  public var id: String
  /// Stratum of the bootstrap: scenario, or scenario and cell.
  public var scenario: String
  public var objects: [PhysicsObject]
  /// Colours of what moves but is not scored, such as a rod or a stream: their pixels are no object's.
  public var distractors: [SIMD3<UInt8>]
  /// `[T][objects]`.
  public var truth: [[PhysicsTruth]]
  /// `[P][T][objects]` of the simulators that are 5 % wrong; docs/PHYSICS.md takes P = 2, scale 1 ± .05.
  public var perturbed: [[[PhysicsTruth]]]
  public var plate: Plate
  /// Where the camera has moved to since frame 0, one a frame, world units; empty for a camera at rest.
  public var camera: [SIMD2<Double>]
  /// The scenario's law with its constants; nil leaves the family to position alone.
  public var law: (any PhysicsLaw)?
  /// World units from bottom to top of the frame.
  public var worldHeight: Double
  /// Seconds a frame.
  public var timeStep: Double
  /// Frames given to the model; scoring starts after them.
  public var conditioning: Int

  /// - Throws: `Problem` when the arrays do not have the same frames and objects, or a state is not finite.
  public init(
    id: String, scenario: String, objects: [PhysicsObject], distractors: [SIMD3<UInt8>] = [], truth: [[PhysicsTruth]],
    perturbed: [[[PhysicsTruth]]],
    plate: Plate, camera: [SIMD2<Double>] = [], law: (any PhysicsLaw)? = nil, worldHeight: Double = 10,
    timeStep: Double = 0.1, conditioning: Int = 4
  ) throws {
    guard !objects.isEmpty, truth.allSatisfy({ $0.count == objects.count }) else {
      throw Problem("the truth and the list of objects name different numbers of objects", at: id)
    }
    guard truth.count > conditioning, conditioning > 0 else {
      throw Problem("\(truth.count) frames leave nothing to score after \(conditioning) given ones", at: id)
    }
    guard !perturbed.isEmpty,
      perturbed.allSatisfy({ $0.count == truth.count && $0.allSatisfy { $0.count == objects.count } })
    else {
      throw Problem("the wrong simulators' states do not match the truth's frames and objects", at: id)
    }
    guard camera.isEmpty || camera.count == truth.count else {
      throw Problem("the camera has \(camera.count) places for \(truth.count) frames", at: id)
    }
    for (t, states) in truth.enumerated() {
      for (k, state) in states.enumerated() where !state.isFinite {
        throw Problem("the exact state of object \(k) is not finite in frame \(t)", at: id)
      }
    }
    if case .moving(let plates) = plate, plates.count != truth.count {
      throw Problem(
        "\(plates.count) plates for \(truth.count) frames", at: id, expected: "one plate a frame when the camera moves")
    }
    (self.id, self.scenario, self.objects, self.distractors, self.truth, self.perturbed) = (
      id, scenario, objects, distractors, truth, perturbed
    )
    (self.plate, self.camera, self.law, self.worldHeight, self.timeStep, self.conditioning) = (
      plate, camera, law, worldHeight, timeStep, conditioning
    )
  }

  /// E_tol: mean over the wrong simulators of the RMSE of the state, over the scored frames in which an object is
  /// whole.
  var tolerance: Double {
    let errors = perturbed.map { wrong -> Double in
      var sum = 0.0, n = 0
      for t in conditioning..<truth.count {
        for (k, object) in truth[t].enumerated() where object.demand == .present {
          let d = wrong[t][k].state - object.state
          sum += (d * d).sum()
          n += 1
        }
      }
      return n > 0 ? (sum / Double(n)).squareRoot() : 0
    }
    return errors.reduce(0, +) / Double(errors.count)
  }

  /// Scored frames in which some object must be seen or must be absent.
  var scoredFrames: [Int] { (conditioning..<truth.count).filter { truth[$0].contains { $0.demand != .anything } } }
}
