import Bench
import Diffusion
import Export
import Files
import Foundation
import Models
import Runs
import Worlds

/// What can be done with a trained run, as the words of calls that work on it.
package struct RunWay {
  private let run: Run
  private let options: [String]

  /// - Parameter options: those every call on it needs, such as `--runs DIR`.
  package init(_ run: Run, options: [String]) { (self.run, self.options) = (run, options) }

  /// See what it learnt: a bench, of scenes of ours or of held-out clips where there are some, else video, which a model that
  /// begins with a picture makes of somebody's. An autoencoder is looked at by who trains in its latents: nil.
  package var trained: [String]? {
    guard let spec = run.product.world else { return nil }
    let isAskedScenes = !run.scenarios.isEmpty && spec.isWhole(World.conditioning)
    if isAskedScenes || hasHeldOut { return ["bench", run.name] + options }
    return spec.takesPictures ? exported : ["sample", run.name] + options
  }

  /// Whether training looked at clips it was not trained on.
  private var hasHeldOut: Bool { !(TrainingCurves(path: run.path("events.jsonl")).heldOut.last?.losses ?? []).isEmpty }

  package var exported: [String] { ["export", run.name, "--out", Export.place(for: run)] + options }

  /// Against the newest other run of a folder that was asked the same question, by held-out loss; nil when there is
  /// none, or a bench says more.
  package func compared(in runs: String) -> [String]? {
    guard run.scenarios.isEmpty else { return nil }
    let all: [Run] = RunsFolder(path: runs).runs().runs
    let others = all.filter { $0.name != run.name && $0.status == .done && wasAskedTheSame($0) }
    func written(_ other: Run) -> Date {
      (try? FileManager.default.attributesOfItem(atPath: other.path("run.json"))[.modificationDate] as? Date)
        ?? .distantPast
    }
    return others.max { written($0) < written($1) }.map { ["compare", $0.name, run.name] + options }
  }

  private func wasAskedTheSame(_ other: Run) -> Bool {
    let (a, b) = (other.experiment, run.experiment)
    guard a.data == b.data, a.window == b.window, a.stride == b.stride else { return false }
    switch (other.product, run.product) {
    case (.world(let theirs), .world(let ours)):
      return theirs.codec.isSame(as: ours.codec) && theirs.context == ours.context
    case (.autoencoder, .autoencoder): return true
    default: return false
    }
  }
}
