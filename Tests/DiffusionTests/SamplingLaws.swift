import Diffusion
import Foundation
import Tensors
import TestKit
import Testing

@Suite struct SamplingPlanLaws {
  struct Case: CustomTestStringConvertible {
    let order: SamplingPlan.Order, groups: Int, known: Int, steps: Int, shift: Double
    var plan: SamplingPlan { SamplingPlan(order, groups: groups, known: known, steps: steps, shift: shift) }
    var testDescription: String { "\(order) groups \(groups) known \(known) steps \(steps) shift \(shift)" }
    static let every = SamplingPlan.Order.allCases.flatMap { order in
      (1...4).flatMap { groups in
        (0..<groups).flatMap { known in
          [1, 2, 7].flatMap { steps in
            [1, 3].map { Case(order: order, groups: groups, known: known, steps: steps, shift: $0) }
          }
        }
      }
    }
  }

  /// From noise to nothing: known groups at 0 throughout, the others from 1 to 0 in exactly `steps` falling steps.
  @Test(arguments: Case.every) func everyGroupFallsFromOneToZero(item: Case) {
    let plan = item.plan
    #expect(plan.levels.allSatisfy { $0.count == item.groups && $0.prefix(item.known).allSatisfy { $0 == 0 } })
    for g in item.known..<item.groups {
      let column = plan.levels.map { $0[g] }, falls = pairs(column.dropLast(), column.dropFirst())
      #expect(column.first == 1 && column.last == 0)
      #expect(falls.allSatisfy { $0 >= $1 } && falls.count { $0 != $1 } == item.steps)
    }
    let unknown = item.groups - item.known
    let rows =
      switch item.order {
      case .full: item.steps;
      case .framewise: item.steps * unknown;
      case .pyramid: item.steps + unknown - 1
      }
    #expect(plan.steps == rows)
  }

  /// What distinguishes the orders: together; one after the other; one step after the other.
  @Test(arguments: Case.every) func ordersAreWhatTheySay(item: Case) {
    let rows = item.plan.levels
    for g in item.known..<item.groups - 1 {
      switch item.order {
      case .full: #expect(rows.allSatisfy { $0[g] == $0[g + 1] })
      case .framewise: #expect(rows.allSatisfy { $0[g] == 0 || $0[g + 1] == 1 })
      case .pyramid:
        #expect(pairs(rows.dropLast(), rows.dropFirst()).allSatisfy { $0[g] == $1[g + 1] } && rows[0][g + 1] == 1)
      }
    }
  }

  /// Unshifted levels are evenly spaced; `shift` multiplies the odds σ/(1−σ).
  @Test func levelsAreShiftedByOdds() {
    let plain = SamplingPlan(groups: 1, known: 0, steps: 10),
      shifted = SamplingPlan(groups: 1, known: 0, steps: 10, shift: 3)
    for i in 1..<10 {
      let s = Double(plain.levels[i][0]), t = Double(shifted.levels[i][0])
      #expect(abs(s - (1 - Double(i) / 10)) < 1e-6 && abs(t / (1 - t) / (s / (1 - s)) - 3) < 1e-4)
    }
  }
}

/// The flow between a Gaussian of deviation s and noise is known in closed form (Lipman et al. 2022): x_σ has the
/// deviation √((1−σ)²s² + σ²), every path keeps its quantile, and the best x₀ is a multiple of x.
@Suite struct SolverLaws {
  static let s = 0.5
  static func deviation(_ sigma: Double) -> Double { ((1 - sigma) * (1 - sigma) * s * s + sigma * sigma).squareRoot() }

  /// What a perfect network puts out for x [B,G·n] at these levels.
  static func output(_ x: Tensor, _ row: [Float], _ prediction: Objective.Prediction) -> Tensor {
    let n = x.count / (x.shape[0] * row.count)
    return Tensor(
      x.values.enumerated().map { i, x in
        let sigma = Double(row[i / n % row.count]), square = deviation(sigma) * deviation(sigma)
        let clean = (1 - sigma) * s * s / square, noise = sigma / square
        return Float(Double(x) * (prediction == .x0 ? clean : noise - clean))
      }, x.shape, on: x.compute)
  }

  /// Largest error at σ = 0 of samples whose exact end is s·x₁.
  static func error(
    _ solver: SamplerSettings.Solver, _ order: SamplingPlan.Order, _ prediction: Objective.Prediction, steps: Int,
    _ compute: Compute
  ) throws -> Double {
    let start = Tensor([-2, -1, -0.3, 0.5, 1, 2], [2, 3, 1, 1, 1], on: compute)
    let plan = SamplingPlan(order, groups: 3, known: 0, steps: steps), objective = Objective(prediction)
    let end = try Sampler.integrate(
      start, plan, solver,
      { x, row in
        let at = Levels(batch: 2, groups: 3, sigma: row + row, context: [Bool](repeating: false, count: 6))
        // A clean group's velocity matters to nobody, yet it must not disturb the others.
        return objective.velocity(output(x, row, prediction), at: x, at)
      })
    return largestDifference(end.values, start.values.map { s * Double($0) })
  }

  /// Halving the step halves Euler's error and quarters Heun's, in every order and for both parametrisations.
  @Test(arguments: SamplerSettings.Solver.allCases, SamplingPlan.Order.allCases) func orderOfConvergence(
    solver: SamplerSettings.Solver, order: SamplingPlan.Order
  ) throws {
    let compute = try #require(Compute(threads: 1))
    for prediction in Objective.Prediction.allCases {
      let points = try [16, 32, 64, 128].map {
        (log(Double($0)), log(try Self.error(solver, order, prediction, steps: $0, compute)))
      }
      let mx = points.map(\.0).reduce(0, +) / 4, my = points.map(\.1).reduce(0, +) / 4
      let slope =
        -points.reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / points.reduce(0) { $0 + ($1.0 - mx) * ($1.0 - mx) }
      print(
        "convergence \(solver) \(order) \(prediction): slope \((slope * 1000).rounded() / 1000), error at 128 steps \(exp(points[3].1))"
      )
      let expected = solver == .euler ? 1.0 : 2.0
      #expect(abs(slope - expected) < 0.12, "\(solver), \(order), \(prediction): slope \(slope)")
      #expect(points[3].1 < log(solver == .euler ? 2e-2 : 2e-4))
    }
  }

  /// Known groups keep their bits whatever the velocity says of them; the start is not modified.
  @Test(arguments: SamplerSettings.Solver.allCases, SamplingPlan.Order.allCases) func knownGroupsKeepTheirBits(
    solver: SamplerSettings.Solver, order: SamplingPlan.Order
  ) throws {
    let compute = try #require(Compute(threads: 2))
    let start = Tensor(undefined: [2, 4, 3], on: compute)
    Random(seed: 1).fillNormal(start, .noise)
    let before = start.values
    var calls = 0, done: [Int] = []
    let plan = SamplingPlan(order, groups: 4, known: 2, steps: 5)
    let end = try Sampler.integrate(
      start, plan, solver,
      { x, _ in
        calls += 1
        let v = Tensor(undefined: x.shape, on: compute)
        Random(seed: 2, step: calls).fillNormal(v, .noise)
        return v
      },
      onStep: { at, of in
        done.append(at); #expect(of == plan.steps)
      })
    #expect(start.values == before && done == Array(1...plan.steps))
    for i in 0..<24 { #expect((end.values[i].bitPattern == before[i].bitPattern) == (i / 3 % 4 < 2)) }
    if solver == .euler { #expect(calls == plan.steps) }
  }

  /// One Euler step from noise to 0 with the right velocity is exact: flows along straight lines need one step.
  @Test func straightPathsNeedOneStep() throws {
    let compute = try #require(Compute(threads: 1)), x = Tensor([3, 5], [1, 2], on: compute)
    for solver in SamplerSettings.Solver.allCases {
      #expect(
        try Sampler.integrate(
          x, SamplingPlan(groups: 2, known: 0, steps: 1), solver, { _, _ in Tensor([1, 2], [1, 2], on: compute) }
        ).values == [2, 3])
    }
  }
}
