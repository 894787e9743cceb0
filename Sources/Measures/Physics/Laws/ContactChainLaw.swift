/// A strikes B, B strikes C: each stays until it is struck, in that order, and the motion is handed on.
public struct ContactChainLaw: PhysicsLaw {
  /// One contact: who strikes whom, seconds, and the struck one's velocity along x from then on.
  public struct Contact: Sendable, Equatable {
    public var striker, struck: Int
    public var time: Double
    public var velocity: Double
    /// When the struck one meets something next; infinite when it does not.
    public var next: Double
    public init(striker: Int, struck: Int, time: Double, velocity: Double, next: Double = .infinity) {
      (self.striker, self.struck, self.time, self.velocity, self.next) = (striker, struck, time, velocity, next)
    }
  }
  public var contacts: [Contact]
  /// Velocity of the first striker along x.
  public var velocity: Double

  public init(contacts: [Contact], velocity: Double) { (self.contacts, self.velocity) = (contacts, velocity) }

  public func terms(_ seen: Observation) -> [LawTerm] {
    var onsets: [Double?] = []
    var terms: [LawTerm] = []
    for contact in contacts {
      let name = "object \(contact.struck)", onset = Self.onset(seen, contact)
      onsets.append(onset?.time)
      terms.append(
        .event(
          "onset of \(name)", seen: onset?.time, exact: contact.time, timeStep: seen.timeStep,
          otherwise: "it does not start to move"))
      terms.append(
        .parameter(
          "speed of \(name)", fitted: onset?.speed, exact: contact.velocity, otherwise: "it does not start to move"))
      let early = seen.path(contact.struck, from: max(0, seen.conditioning - 1)).steps.filter {
        Double($0.frame) * seen.timeStep <= contact.time - 1e-9
      }.map { length($0.velocity) }
      terms.append(
        .described(
          "pre_contact_speed", name, value: early.max(), otherwise: "contact comes with the first scored frame"))
      terms.append(
        .permanence(
          "stillness", "\(name) before contact", holds: early.isEmpty ? nil : early.allSatisfy { $0 < 0.1 },
          otherwise: "contact comes with the first scored frame"))
    }
    if let last = contacts.last {
      let speed = Self.onset(seen, last)?.speed
      terms.append(
        .described(
          "transfer_ratio", value: speed.map { $0 / velocity }, otherwise: "the last object does not start to move"))
    }
    let times = onsets.compactMap { $0 }
    terms.append(
      .permanence(
        "order", "of the contacts", holds: times.count == onsets.count ? times == times.sorted() : false, otherwise: "")
    )
    return terms + [momentum(seen)]
  }

  /// When a resting object starts, by the line of its first six moving sightings back to where it rested, and how fast.
  private static func onset(_ seen: Observation, _ contact: Contact) -> (time: Double, speed: Double)? {
    let path = seen.path(contact.struck, from: 0)
    guard let rest = path.points.first, path.frames[0] < seen.conditioning else { return nil }
    guard let first = path.points.firstIndex(where: { abs($0.x - rest.x) > 0.05 }) else { return nil }
    let moving = (first..<min(first + 6, path.count)).filter {
      path.times[$0] < path.times[first] + contact.next - contact.time - 1.01 * seen.timeStep
    }
    guard moving.count >= 2 else { return nil }
    let line = Polynomial(degree: 1, moving.map { path.times[$0] }, moving.map { path.x[$0] })
    guard abs(line.slope) > 0.02 else { return nil }
    return (line.centre + (rest.x - line(line.centre)) / line.slope, line.slope)
  }

  /// Σmv along x over the frames that show every object's velocity. Central differences keep it through a contact,
  /// since what one object's displacement loses the other's gains.
  private func momentum(_ seen: Observation) -> LawTerm {
    let objects = seen.masses.indices, first = seen.conditioning - 1
    let velocities = objects.map { k in
      Dictionary(uniqueKeysWithValues: seen.path(k, from: max(0, first)).velocities.map { ($0.frame, $0.velocity.x) })
    }
    let sums = seen.truth.indices.compactMap { t -> Double? in
      let v = velocities.compactMap { $0[t] }
      return v.count == objects.count ? zip(v, seen.masses).reduce(0) { $0 + $1.0 * $1.1 } : nil
    }
    let exact = zip(seen.truth[0], seen.masses).reduce(0) { $0 + $1.0.vx * $1.1 }
    return .conservation("momentum_drift", "along x", sums, exact: exact, reference: max(abs(exact), 1e-9))
  }
}
