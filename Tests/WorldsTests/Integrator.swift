/// An integrator that knows nothing of closed forms: Runge–Kutta of order four at a small step; when a guard falls
/// below zero, the step is bisected to the moment it does, and the state jumps.
struct Integrator {
  var state: [Double]
  var time = 0.0
  let step: Double
  let slope: ([Double]) -> [Double]
  /// Positive while nothing happens, one for each kind of event.
  var guards: [([Double]) -> Double] = []
  /// What becomes of the state when guard `i` fires.
  var jump: (Int, [Double]) -> [Double] = { $1 }
  private(set) var jumps: [(time: Double, kind: Int)] = []

  init(_ state: [Double], step: Double = 1e-3, slope: @escaping ([Double]) -> [Double]) {
    (self.state, self.step, self.slope) = (state, step, slope)
  }

  private func advanced(_ y: [Double], _ h: Double) -> [Double] {
    func plus(_ a: [Double], _ b: [Double], _ f: Double) -> [Double] { a.indices.map { a[$0] + b[$0] * f } }
    let k1 = slope(y), k2 = slope(plus(y, k1, h / 2)), k3 = slope(plus(y, k2, h / 2)), k4 = slope(plus(y, k3, h))
    return y.indices.map { y[$0] + h / 6 * (k1[$0] + 2 * k2[$0] + 2 * k3[$0] + k4[$0]) }
  }

  mutating func run(to end: Double) {
    while time < end - 1e-12 {
      let h = min(step, end - time), next = advanced(state, h)
      guard let kind = guards.indices.first(where: { guards[$0](state) > 0 && guards[$0](next) <= 0 }) else {
        (state, time) = (next, time + h)
        continue
      }
      var low = 0.0, high = h
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if guards[kind](advanced(state, middle)) > 0 { low = middle } else { high = middle }
      }
      let before = advanced(state, high)
      time += high
      state = jump(kind, before)
      jumps.append((time, kind))
    }
  }
}
