/// Torricelli: a tank empties as h = (√h0 − kt/2)² into another, and no liquid is made or lost.
public struct PourLaw: PhysicsLaw {
  public var k: Double
  /// Of the tanks: object 0 is the emptying level, object 1 the filling one.
  public var upperWidth, lowerWidth: Double

  public init(k: Double, upperWidth: Double, lowerWidth: Double) {
    (self.k, self.upperWidth, self.lowerWidth) = (k, upperWidth, lowerWidth)
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let h0 = seen.truth[0][0].level ?? 0, below0 = seen.truth[0][1].level ?? 0
    let volume = h0 * upperWidth + below0 * lowerWidth
    var times: [Double] = [], roots: [Double] = [], volumes: [Double] = [], curve: [Double] = [], rises: [Double] = [],
      ripples: [Double] = []
    var last: Double?
    for t in seen.scored {
      guard let top = seen.sightings[0][t], let h = top.level else { last = nil; continue }
      // An almost empty tank says nothing of the rate: its root moves with the rounding of a pixel.
      if h > 0.02 * h0 + 0.02 { times.append(Double(t) * seen.timeStep); roots.append(h.squareRoot()) }
      if let last { rises.append(h - last) }
      last = h
      if let exact = seen.truth[t][0].level { curve.append(h - exact) }
      if let bottom = seen.sightings[1][t], let b = bottom.level { volumes.append(h * upperWidth + b * lowerWidth) }
      ripples += [top.ripple, seen.sightings[1][t]?.ripple].compactMap { $0 }
    }
    let fitted = times.count >= 5 ? -2 * Polynomial(degree: 1, times, roots).slope : nil
    let few = "no level can be read"
    return [
      .parameter("k", fitted: fitted, exact: k, otherwise: "under five frames of emptying"),
      .conservation("volume_drift", "both tanks", volumes, exact: volume, reference: max(volume, 1e-9)),
      .described("level_rmse", value: rootMeanSquare(curve), otherwise: few),
      .permanence(
        "monotone", "upper level", holds: rises.isEmpty ? nil : rises.allSatisfy { $0 < 0.05 }, otherwise: few),
      .described("surface_ripple", value: mean(ripples), otherwise: few),
    ]
  }
}
