import Diffusion
import Files
import Foundation
import Provenance
import Runs

/// What is known of weights on held-out clips: losses, and what was asked.
struct HeldOutLook: Sendable {
  let point: RunEvent.HeldOutLoss?
  /// What must agree before losses are compared: they are over latents, so data, window, size, codec, the frames given and
  /// the noise levels.
  let question: Value
  /// The clips' content, where ledgers name it.
  let data: String?
  /// Why it says nothing of the weights as they are.
  let fault: String?

  /// A run's newest.
  init(of run: ComparedRun) {
    let newest = run.curves.heldOut.last
    let late = newest.map { $0.step == run.run.step } ?? true
    self.init(
      run, newest,
      fault: late ? nil : "\(run.label)'s newest one is of step \(newest?.step ?? 0) of \(run.run.step)")
  }

  /// Of what an adapter's run began with: its losses before the first step.
  init(ofBaseOf run: ComparedRun, as label: String) {
    let first = run.curves.heldOut.first { $0.step == 0 }
    self.init(
      run, first,
      fault: first == nil ? "\(run.label) did not look before its first step, so nothing is known of \(label)" : nil)
  }

  private init(_ run: ComparedRun, _ point: RunEvent.HeldOutLoss?, fault: String?) {
    let e = run.run.experiment.value, clip = run.run.product.clip
    question = [
      "kind": .string(run.run.experiment.kind.rawValue),
      "data": e["data"] ?? .null, "window": e["window"] ?? .null, "stride": e["stride"] ?? .null,
      "codec": e["codec"] ?? .null, "height": Value(clip.height), "width": Value(clip.width),
      "frames given": Value(run.run.product.world?.context ?? 0),
      // Logs of before do not say: there were nine, as there are without a range.
      "noise levels": .array(
        (point.flatMap { $0.levels.isEmpty ? nil : $0.levels.map(\.sigma) } ?? (1...9).map { Double($0) / 10 }).map {
          .number($0)
        }),
    ]
    (self.point, self.data, self.fault) = (point, run.consent.data, fault)
  }
}

extension ComparedRun {
  /// The hash its weights go by as a base; nil where they are none, such as an adapter's. It reads them whole.
  var hashAsBase: String? { base == nil ? try? FrozenBase(run.folder).hash : run.hash }

  /// Whether it began with another's weights. - Parameter hash: what those go by.
  func began(with other: ComparedRun, _ hash: String?) -> Bool {
    guard let from = run.experiment.from else { return false }
    if let stated = try? Safetensors(path: run.path("weights.safetensors"))[metadata: Run.baseKey] {
      return stated == hash
    }
    return Disk.absolute(from) == Disk.absolute(other.base ?? other.run.folder)
  }
}
