/// How one clip did on one instance.
public struct PhysicsScore: Sendable, Equatable {
  public var id: String
  public var scenario: String
  /// 100·V·s_traj, [0, 100].
  public var score: Double
  /// V: share [0, 1] of the scored frames that are valid.
  public var validity: Double
  /// s_traj = min(1, E_tol / max(E, E_floor)), [0, 1]; 0 when no frame gives a position.
  public var trajectory: Double
  /// E: RMSE of position over valid scored frames, world units; nil when there is none.
  public var error: Double?
  /// E_tol: the same of a simulator that is 5 % wrong.
  public var tolerance: Double
  /// E_floor: the same of the tracker on the ground truth.
  public var floor: Double
  /// Path length after the given frames over the truth's, on the steps where both ends were found; nil when there is
  /// none. Below ½ the clip is "static-biased".
  public var motionRatio: Double?
  public var scoredFrames: Int
  public var validFrames: Int
  /// Why each invalid scored frame is so.
  public var faults: [Fault]

  public struct Fault: Sendable, Equatable {
    public enum Kind: String, Sendable { case lost, area, colour, extra, present }
    public var frame: Int
    public var object: Int
    public var kind: Kind
  }
}
