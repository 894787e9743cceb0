import Files
import Foundation
import Tensors

/// Replays what diffusers' schedulers made of a given velocity: their timesteps, levels, and every sample on the way.
///
/// A case is a folder with `case.safetensors`: `start` and `slope` of one shape, and for a scheduler and a shift
/// `unipc.shift3.0.timesteps` [n], `.sigmas` [n+1] and `.path` [n, …]; the velocity is tanh(0.7·x + slope)·(0.5 +
/// t/1000).
struct SchedulesParity: ParityKind {
  private static let solvers: [String: FlowSchedule.Solver] = ["unipc": .unipc, "euler": .euler]

  static func isOne(_ folder: String) -> Bool {
    guard let file = try? Safetensors(path: folder + "/case.safetensors") else { return false }
    return file.entries.contains { parts($0.name) != nil }
  }

  /// The scheduler and the shift of `unipc.shift3.0.timesteps`.
  private static func parts(_ name: String) -> (solver: FlowSchedule.Solver, shift: Double, stem: String)? {
    let ending = ".timesteps"
    guard name.hasSuffix(ending) else { return nil }
    let stem = String(name.dropLast(ending.count)), parts = stem.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, let solver = solvers[parts[0]], parts[1].hasPrefix("shift"),
      let shift = Double(parts[1].dropFirst(5)), shift > 0, shift.isFinite
    else { return nil }
    return (solver, shift, stem)
  }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    let file = try Safetensors(path: folder + "/case.safetensors"), start = try file.floats("start"),
      slope = try file.floats("slope").values
    guard slope.count == start.values.count, !slope.isEmpty else {
      throw Problem("start has \(start.values.count) numbers and slope \(slope.count)", at: file.path)
    }
    var rows: [Parity.Row] = []
    for (solver, shift, stem) in file.entries.compactMap({ parts($0.name) }).sorted(by: { $0.stem < $1.stem }) {
      let steps = try file.floats(stem + ".timesteps").values.count
      guard steps > 0 else { throw Problem("'\(stem)' has no steps", at: file.path) }
      var scheduler = FlowSchedule(solver, shift: shift).scheduler(steps: steps), path: [Float] = []
      var x = Tensor(start.values, Shape(start.shape), on: compute)
      for (i, t) in scheduler.timesteps.enumerated() {
        let velocity = zip(x.values, slope).map { x, slope in
          Float(tanh(0.7 * Double(x) + Double(slope)) * (0.5 + Double(t) / 1000))
        }
        x = scheduler.step(Tensor(velocity, x.shape, on: compute), at: i, x)
        path += x.values
      }
      rows.append(try Parity.row(stem + ".timesteps", scheduler.timesteps, file))
      rows.append(try Parity.row(stem + ".sigmas", scheduler.sigmas, file))
      rows.append(try Parity.row(stem + ".path", path, file))
    }
    return rows
  }
}
