import Files

/// The exact state of one object at one frame, as the scorer needs it: world units, y up.
public struct PhysicsTruth: Sendable, Equatable {
  public var x, y, radius: Double
  /// Share [0, 1] in the frame and behind nothing.
  public var visible: Double
  /// Wholly within the frame, hidden or not.
  public var inside: Bool

  public init(x: Double, y: Double, radius: Double, visible: Double = 1, inside: Bool = true) {
    (self.x, self.y, self.radius, self.visible, self.inside) = (x, y, radius, visible, inside)
  }

  /// What a frame must show of this object.
  enum Demand { case present, absent, anything }

  /// Whole and in sight: it must be there. Inside and wholly hidden: it must not show. Anything between is not judged, since
  /// the centre of a part says nothing of the whole.
  var demand: Demand { !inside ? .anything : visible >= 1 - 1e-6 ? .present : visible <= 1e-6 ? .absent : .anything }
}

/// What one instance asks of a clip.
public struct PhysicsScene: Sendable {
  /// Instance name, "free-fall/id-val/000007".
  public var id: String
  /// Stratum of the bootstrap: scenario, or scenario and cell.
  public var scenario: String
  /// 8-bit sRGB, one an object.
  public var colours: [SIMD3<UInt8>]
  /// `[T][objects]`.
  public var truth: [[PhysicsTruth]]
  /// Positions `[P][T][objects]` of the simulators that are 5 % wrong, in world units; METRICS §10 takes P = 2, scale 1 ± .05.
  public var perturbed: [[[SIMD2<Double>]]]
  public var plate: Plate
  /// World units from bottom to top of the frame.
  public var worldHeight: Double
  /// Seconds a frame.
  public var timeStep: Double
  /// Frames given to the model; scoring starts after them.
  public var conditioning: Int

  /// - Throws: `Problem` when the arrays do not have the same frames and objects.
  public init(
    id: String, scenario: String, colours: [SIMD3<UInt8>], truth: [[PhysicsTruth]], perturbed: [[[SIMD2<Double>]]], plate: Plate,
    worldHeight: Double = 10, timeStep: Double = 0.1, conditioning: Int = 4
  ) throws {
    guard !colours.isEmpty, truth.allSatisfy({ $0.count == colours.count }) else {
      throw Problem("the truth and the colours name different numbers of objects", at: id)
    }
    guard truth.count > conditioning, conditioning > 0 else {
      throw Problem("\(truth.count) frames leave nothing to score after \(conditioning) given ones", at: id)
    }
    guard !perturbed.isEmpty, perturbed.allSatisfy({ $0.count == truth.count && $0.allSatisfy { $0.count == colours.count } }) else {
      throw Problem("the wrong simulators' states do not match the truth's frames and objects", at: id)
    }
    (self.id, self.scenario, self.colours, self.truth, self.perturbed, self.plate) = (id, scenario, colours, truth, perturbed, plate)
    (self.worldHeight, self.timeStep, self.conditioning) = (worldHeight, timeStep, conditioning)
  }

  /// E_tol: mean over the wrong simulators of the RMSE of position, over the scored frames in which an object is whole.
  var tolerance: Double {
    let errors = perturbed.map { wrong -> Double in
      var sum = 0.0, n = 0
      for t in conditioning..<truth.count {
        for (k, object) in truth[t].enumerated() where object.demand == .present {
          let d = wrong[t][k] - SIMD2(object.x, object.y)
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
