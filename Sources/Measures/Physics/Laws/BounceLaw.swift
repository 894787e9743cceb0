import Foundation

/// A disc falls from rest and bounces: each apex over the floor is e² of the last.
public struct BounceLaw: PhysicsLaw {
  public var gravity: Double
  public var restitution: Double
  /// Height of the floor.
  public var floor: Double

  public init(gravity: Double, restitution: Double, floor: Double = 0) {
    (self.gravity, self.restitution, self.floor) = (gravity, restitution, floor)
  }

  /// Contact times of a drop from `height` above contact, and apexes between; t1 = √(2h/g), flight n lasts 2eⁿt1, apex
  /// e²ⁿh.
  public func schedule(height: Double, contacts: Int) -> (times: [Double], apexes: [Double]) {
    let first = (2 * height / gravity).squareRoot()
    var times = [first], apexes: [Double] = []
    for n in 1..<max(contacts, 1) {
      let bounce = pow(restitution, Double(n))
      times.append(times[n - 1] + 2 * bounce * first)
      apexes.append(bounce * bounce * height)
    }
    return (times, apexes)
  }

  /// When all bouncing has died down: t1·(1 + e)/(1 − e).
  public func stop(height: Double) -> Double {
    (2 * height / gravity).squareRoot() * (1 + restitution) / (1 - restitution)
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let start = seen.truth[0][0], rest = floor + start.radius, height = start.y - rest
    let path = seen.path(0), flights = Self.flights(seen.path(0, from: 0), rest)
    let horizon = Double(seen.truth.count - 1) * seen.timeStep
    let exact = schedule(height: height, contacts: 3).times.filter { $0 < horizon - 2 * seen.timeStep }
    let contacts = Self.contacts(flights, rest)
    let apexes = [height] + flights.dropFirst().compactMap { Self.apex($0).map { $0 - rest } }
    // The first ratio is the best measured: later hops are shorter.
    let fitted = apexes.count > 1 && apexes[1] > 0 ? (apexes[1] / apexes[0]).squareRoot() : nil
    let fall = flights.first.map {
      $0.kept($0.frames.indices.filter { i in flights[0].frames[i] >= seen.conditioning })
    }
    let low = path.y.min()
    var terms: [LawTerm] = [
      .parameter("e", fitted: fitted, exact: restitution, otherwise: "no apex after a bounce"),
      .parameter(
        "g", fitted: fall.flatMap(Flight.gravity), exact: gravity,
        otherwise: "under five frames of flight before the floor"),
      .described("penetration", value: low.map { max(0, rest - $0) }, otherwise: "the object is lost"),
      .permanence(
        "no_penetration", "floor", holds: low.map { $0 > rest - 0.1 * start.radius }, otherwise: "the object is lost"),
    ]
    for n in exact.indices {
      // A flight that hardly bends lands, by its parabola, at any time: what is not within the clip was not seen.
      let contact = n < contacts.count && (0...horizon).contains(contacts[n]) ? contacts[n] : nil
      terms.append(
        .event(
          "contact \(n + 1)", seen: contact, exact: exact[n], timeStep: seen.timeStep,
          otherwise: "that bounce is not seen"))
    }
    return terms
  }

  /// Maximal runs of consecutive frames between turns from sinking to rising, the floor's frames left out; at least
  /// three points each.
  static func flights(_ path: Path, _ rest: Double) -> [Path] {
    var flights: [Path] = [], begin = 0
    func close(_ end: Int) {
      let indices = (begin..<end).filter { path.y[$0] - rest > 0.02 }
      if indices.count >= 3 { flights.append(path.kept(indices)) }
    }
    for i in path.points.indices.dropFirst().dropLast() {
      let broken = path.frames[i] - path.frames[i - 1] > 1
      let turns = path.y[i] <= path.y[i - 1] && path.y[i] < path.y[i + 1]
      if broken {
        close(i); begin = i
      } else if turns {
        // The contact lies on either side of the lowest sighting; the two speeds say which flight it belongs to.
        let sinking = path.y[i - 1] - path.y[i], before = i > 1 ? path.y[i - 2] - path.y[i - 1] : sinking
        let end = sinking >= before * 0.999 ? i + 1 : i
        close(end)
        begin = end
      }
    }
    close(path.count)
    return flights
  }

  /// When a flight is at `rest` height: the root of its parabola after (or before) its points.
  private static func landing(_ flight: Path, _ rest: Double, after: Bool) -> Double? {
    guard flight.count >= 3 else { return nil }
    let fit = Polynomial(degree: 2, flight.times, flight.y.map { $0 - rest })
    let (c, b, a) = (fit.coefficients[0], fit.coefficients[1], fit.coefficients[2]), root = b * b - 4 * a * c
    guard a < 0, root >= 0 else { return nil }
    return fit.centre + (-b + (after ? -1 : 1) * root.squareRoot()) / (2 * a)
  }

  /// Contact n: where flight n lands, or where flight n + 1 takes off when both are seen, their mean.
  private static func contacts(_ flights: [Path], _ rest: Double) -> [Double] {
    guard flights.count > 1 else { return flights.first.flatMap { landing($0, rest, after: true) }.map { [$0] } ?? [] }
    return flights.indices.compactMap { n in
      let ends = [
        landing(flights[n], rest, after: true),
        n + 1 < flights.count ? landing(flights[n + 1], rest, after: false) : nil,
      ].compactMap { $0 }
      return ends.isEmpty ? nil : ends.reduce(0, +) / Double(ends.count)
    }
  }

  /// Height of the parabola's top; nil when it does not bend down.
  private static func apex(_ flight: Path) -> Double? {
    let fit = Polynomial(degree: 2, flight.times, flight.y)
    let (c, b, a) = (fit.coefficients[0], fit.coefficients[1], fit.coefficients[2])
    return a < 0 ? c - b * b / (4 * a) : nil
  }
}
