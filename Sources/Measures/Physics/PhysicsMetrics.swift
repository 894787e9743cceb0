/// One metric of family C: what it is called and how to read it.
public struct PhysicsMetric: Sendable, Equatable {
  public let name: String
  public let unit: String
  /// nil where neither way is better, as with a ratio that should be 1.
  public let better: PairedComparison.Direction?
  /// Declared in the suite before anything is measured; verdicts and Holm's correction are for these.
  public let primary: Bool
  public let version: Int
  /// What it says, in one line.
  public let meaning: String

  init(
    _ name: String, _ unit: String, _ better: PairedComparison.Direction?, primary: Bool = false, version: Int = 1,
    _ meaning: String
  ) {
    (self.name, self.unit, self.better, self.primary, self.version, self.meaning) = (
      name, unit, better, primary, version, meaning
    )
  }
}

/// The catalogue of family C, in the order reports show it. `PhysicsJudge` gives the values under these names.
public enum PhysicsMetrics {
  public static let tol5 = PhysicsMetric(
    PhysicsTol5.name, PhysicsTol5.unit, .higher, primary: true, version: 2,
    "validity times trajectory, where a simulator that is 5 % wrong gets 100")
  public static let validity = PhysicsMetric(
    "validity", MetricUnit.share.rawValue, .higher, primary: true, version: 2,
    "scored frames that show what must be seen, once, in its size and colour, and nothing that is hidden")
  public static let motionRatio = PhysicsMetric(
    "motion_ratio", MetricUnit.shareOfTruePath.rawValue, nil,
    "length of the path over the true one; under .5 is static-biased")

  public static let all: [PhysicsMetric] = [
    tol5, validity, motionRatio,
    PhysicsMetric(
      "law_score", MetricUnit.points.rawValue, .higher, version: 2,
      "validity times the mean of the scenario's law terms that standing still does not pass"),
    // Trajectory and shape
    PhysicsMetric("trajectory_rmse", "world units", .lower, "RMSE of the state over valid scored frames"),
    PhysicsMetric(
      "velocity_error", "world units/s", .lower, "mean length of the difference of velocities from frame to frame"),
    PhysicsMetric(
      "velocity_error_phyworld", "world units/s", .lower,
      "the same along x alone, from frame 3 on (Kang et al. 2024's form)"),
    PhysicsMetric("centroid_l2", MetricUnit.shareOfDiagonal.rawValue, .lower, "mean Euclidean distance of centroids"),
    PhysicsMetric(
      "centroid_l2_pisa", MetricUnit.shareOfDiagonal.rawValue, .lower,
      "mean absolute difference of coordinates, as PISA's code has it"),
    PhysicsMetric(
      "mask_iou", MetricUnit.share.rawValue, .higher, version: 2,
      "intersection over union of the objects' masks; both empty is 1"),
    PhysicsMetric(
      "mask_chamfer", MetricUnit.shareOfDiagonal.rawValue, .lower,
      "mean nearest distance from mask to mask, both ways, where both show"),
    PhysicsMetric(
      "mmd_state", "standard deviations", .lower,
      "energy distance between the clip's and the true places, velocities and accelerations"),
    PhysicsMetric(
      "piq_style_verified", "score of 1", .higher,
      "Physics-IQ Verified's four terms on motion masks, with a second take that is 2 % wrong"),
    // Laws
    PhysicsMetric(
      "param_error", "relative", .lower, "constants fitted to the motion: g, e, T, a, k, restitution, speeds"),
    PhysicsMetric("energy_drift", "relative", .lower, "greatest departure of the energy from its first value"),
    PhysicsMetric("momentum_drift", "relative", .lower, "greatest departure of the momentum from its first value"),
    PhysicsMetric("volume_drift", "relative", .lower, "greatest departure of the liquid's volume from its first value"),
    PhysicsMetric("event_error", "frames", .lower, version: 2, "contacts, onsets and exits against their exact times"),
    PhysicsMetric(
      "permanence", MetricUnit.share.rawValue, .higher, version: 2, "hidden objects stay away and come back"),
    PhysicsMetric(
      "no_penetration", MetricUnit.share.rawValue, .higher,
      "nothing enters the floor or another object by a tenth of a radius"),
    PhysicsMetric("penetration", "world units", .lower, "deepest entry into the floor or another object"),
    PhysicsMetric("x_drift", "world units", .lower, "greatest sideways departure of a vertical fall"),
    PhysicsMetric("rod_length", MetricUnit.share.rawValue, .higher, "the rod keeps its length within 5 %"),
    PhysicsMetric("rod_length_cv", MetricUnit.shareOfMean.rawValue, .lower, "deviation of the rod's length"),
    PhysicsMetric("off_ramp", "world units", .lower, "greatest distance from the line parallel to the ramp"),
    PhysicsMetric("rolling_slip", "world units/s", .lower, "mean |rφ' − s'| of what rolls"),
    PhysicsMetric("rolling_error", "relative", .lower, "angle turned over s/r, fitted, less 1"),
    PhysicsMetric(
      "exit_position_error", "world units", .lower, "distance from the true place at the exact time of exit"),
    PhysicsMetric("pre_contact_speed", "world units/s", .lower, "fastest movement of an object nothing has struck yet"),
    PhysicsMetric(
      "stillness", MetricUnit.share.rawValue, .higher, "objects that stay under .1 units/s until they are struck"),
    PhysicsMetric("order", MetricUnit.share.rawValue, .higher, "contacts come in their order"),
    PhysicsMetric(
      "transfer_ratio", "last over first speed", nil, "what the last object of a chain gets of the first one's speed"),
    PhysicsMetric(
      "world_velocity_error", "relative", .lower,
      "error of the object's velocity in the world, over the faster of object and camera"),
    PhysicsMetric(
      "camera_error", "relative", .lower,
      "RMSE of the clip's own camera path, over the way of the faster of camera and object"),
    PhysicsMetric("level_rmse", "world units", .lower, "RMSE of the emptying level"),
    PhysicsMetric("monotone", MetricUnit.share.rawValue, .higher, "an emptying level never rises"),
    PhysicsMetric("surface_ripple", "world units", .lower, "deviation of the liquid's level from column to column"),
  ]

  public static func named(_ name: String) -> PhysicsMetric? { all.first { $0.name == name } }
}
