import Diffusion
import Files
import Foundation
import Tensors
import TestKit
import Testing

/// Schedulers of the family's pipelines, against diffusers' and against what a straight flow must do.
@Suite struct SchedulerTests {
  @Test func stepsAreDiffusers() throws {
    let compute = try #require(Compute(threads: 2))
    let report = try ParityReport(folder: Fixture.path("family/schedulers"), tolerance: 1e-5, on: compute)
    #expect(report.parity.rows.count == 18)
    try report.requirePass()
  }

  /// A step that goes elsewhere does not pass.
  @Test func damageIsSeen() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1))
    try FileManager.default.copyItem(atPath: Fixture.path("family/schedulers"), toPath: scratch("case"))
    let path = scratch("case/case.safetensors"), file = try Safetensors(path: path)
    let entry = try #require(file.entry("unipc.shift3.0.path"))
    var data = try Disk.read(path)
    let start = data.count - (file.entries.last?.range.upperBound ?? 0)
    data[start + entry.range.lowerBound + 3] ^= 0x80
    try Disk.write(data, to: path)
    #expect(try !ParityReport(folder: scratch("case"), on: compute).parity.passes)
  }

  /// A constant velocity has one x₀ on its whole path, and both end there: whatever the steps, in how many threads.
  @Test(arguments: FlowSchedule.Solver.allCases, [1, 2, 3, 20])
  func aStraightFlowEndsWhereItAims(solver: FlowSchedule.Solver, steps: Int) throws {
    for shift in [0.5, 1, 3, 12] { try endsWhereItAims(solver, shift, steps) }
  }

  private func endsWhereItAims(_ solver: FlowSchedule.Solver, _ shift: Double, _ steps: Int) throws {
    var bits: [[Float]] = []
    for threads in [1, 2, 7] {
      let compute = try #require(Compute(threads: threads)), shape: Shape = [2, 3, 5]
      let noise = Tensor(undefined: shape, on: compute), data = Tensor(undefined: shape, on: compute)
      Random(seed: 1).fillNormal(noise, .noise)
      Random(seed: 2).fillNormal(data, .noise)
      let velocity = noise.copy()
      velocity.scaleAndAdd(1, -1, data)
      var scheduler = FlowSchedule(solver, shift: shift).scheduler(steps: steps), x = noise
      #expect(scheduler.timesteps.count == steps && scheduler.sigmas.count == steps + 1 && scheduler.sigmas.last == 0)
      #expect(pairs(scheduler.sigmas.dropLast(), scheduler.sigmas.dropFirst()).allSatisfy { $0 > $1 })
      for i in 0..<steps { x = scheduler.step(velocity, at: i, x) }
      // The first level may be a millionth below 1.
      #expect(zip(x.values, data.values).allSatisfy { abs($0 - $1) < 2e-5 })
      bits.append(x.values)
    }
    #expect(bits[1] == bits[0] && bits[2] == bits[0])
  }

  /// dx/dσ = −x has x₁·e^(1−σ): at twice the steps the first order errs half as much, the second a quarter or less.
  @Test func theOrdersAreWhatTheySay() throws {
    let compute = try #require(Compute(threads: 1))
    func error(_ solver: FlowSchedule.Solver, order: Int, steps: Int) -> Double {
      var schedule = FlowSchedule(solver, shift: 1)
      schedule.order = order
      var scheduler = schedule.scheduler(steps: steps), x = Tensor([1], [1], on: compute)
      for i in 0..<steps - 1 { x = scheduler.step(Tensor([-x.values[0]], [1], on: compute), at: i, x) }
      return abs(Double(x.values[0]) - exp(1 - Double(scheduler.sigmas[steps - 1])))
    }
    let euler = error(.euler, order: 2, steps: 20) / error(.euler, order: 2, steps: 40)
    #expect(euler > 1.7 && euler < 2.4, "\(euler)")
    let second = error(.unipc, order: 2, steps: 20), first = error(.unipc, order: 1, steps: 20)
    #expect(second < first && first < error(.euler, order: 2, steps: 20), "\(second) \(first)")
  }

  private func config(_ changes: [(String, Value)], of name: String = "UniPCMultistepScheduler") throws -> FlowSchedule
  {
    var json: Value = [
      "_class_name": .string(name), "prediction_type": "flow_prediction", "use_flow_sigmas": true, "solver_order": 2,
      "flow_shift": 5, "num_train_timesteps": 1000, "timestep_spacing": "linspace", "disable_corrector": [],
    ]
    if name.hasPrefix("Flow") { json = ["_class_name": .string(name), "shift": 8.0] }
    for (key, value) in changes { json.set(key, value) }
    return try FlowSchedule(json: json, at: "scheduler_config.json")
  }

  @Test func configurationsAreRead() throws {
    var expected = FlowSchedule(.unipc, shift: 5)
    #expect(try config([]) == expected)
    expected.order = 1
    #expect(try config([("solver_order", 1)]) == expected)
    #expect(try config([], of: "FlowMatchEulerDiscreteScheduler") == FlowSchedule(.euler, shift: 8))
  }

  @Test(
    arguments: [
      ("_class_name", "DDIMScheduler", "DDIMScheduler"), ("prediction_type", "epsilon", "flow_prediction"),
      ("use_flow_sigmas", false, "use_flow_sigmas is false"), ("solver_type", "bh1", "bh2"),
      ("solver_order", 3, "solver_order is 3"), ("use_karras_sigmas", true, "use_karras_sigmas"),
      ("disable_corrector", [0], "disable_corrector"), ("shift_terminal", 0.1, "shift_terminal"),
      ("prediction_type", .null, "prediction_type is missing"), ("flow_shift", -1, "flow_shift is -1"),
      ("flow_shfit", 3, "did you mean 'flow_shift'"),
    ] as [(String, Value, String)])
  func whatIsNotDoneIsNamed(key: String, value: Value, words: String) throws {
    #expect(problem { try config([(key, value)]) }.contains(words))
  }
}
