import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Media
import Models
import Runs

/// The experiment for anybody's own footage, `experiments/own-footage.yaml`, and the call that trains it on a dataset.
package struct OwnFootage {
  package static let experiment = "experiments/own-footage.yaml"

  /// The words after the program's name; nil when it cannot be trained so.
  package let command: [String]?
  /// Why not.
  package let obstacle: String?

  private init(command: [String]? = nil, obstacle: String? = nil) {
    (self.command, self.obstacle) = (command, obstacle)
  }

  /// - Parameters:
  ///   - gate: a dataset of which something may be used.
  ///   - manifest: as it was named, where the dataset does not name it.
  package static func training(_ gate: Gate, manifest: String?, _ files: ConsentFiles) -> OwnFootage {
    guard Disk.exists(experiment), let plain = try? Experiment(path: experiment), !plain.data.isEmpty else {
      return OwnFootage(
        obstacle: "\(experiment) is not here: an experiment that names the dataset trains on it (experiments/README.md)"
      )
    }
    let clips = gate.admissions(split: .train).map(\.frames), data = gate.dataset
    var sets: [(String, String)] = [], window = plain.window
    if absolute(data.path) != absolute(plain.data[0].path) {
      sets.append(("data.0.path", scalar(absolute(data.path))))
    }
    if let manifest { sets.append(("data.0.manifest", scalar(absolute(manifest)))) }
    sets += consent(gate, plain, files)
    let group = plain.codec.time * plain.model.patch[0], longest = clips.max() ?? 0
    if longest < window {
      window = longest / group * group
      guard window > (plain.levels.prefixShare > 0 ? plain.levels.prefixFrames : 0) else {
        return OwnFootage(
          obstacle:
            "no clip for training is longer than \(Text.counted(longest, "frame")); \(experiment) takes \(plain.window)"
        )
      }
      sets.append(("window", String(window)))
    }
    do {
      let shape = try plain.codec.latentShape(
        frames: window, height: data.height, width: data.width, patch: plain.model.patch, at: data.path)
      try plain.transformer.check(
        frames: shape.frames, height: shape.height, width: shape.width, channels: plain.codec.channels, at: data.path)
    } catch {
      return OwnFootage(obstacle: "\(experiment) does not take these clips: \(error)")
    }
    return OwnFootage(command: ["finetune", experiment] + sets.flatMap { ["--set", "\($0)=\($1)"] })
  }

  /// What was asked of the gate, where the experiment asks something else.
  private static func consent(_ gate: Gate, _ plain: Experiment, _ files: ConsentFiles) -> [(String, String)] {
    let asked = gate.request, own = plain.consent
    func list(_ words: [String]) -> String { "[" + words.map(scalar).joined(separator: ", ") + "]" }
    var sets: [(String, String)] = []
    if asked.purpose != own.purpose { sets.append(("consent.purpose", scalar(asked.purpose))) }
    if asked.commercial != own.commercial { sets.append(("consent.commercial", String(asked.commercial))) }
    if let licensee = asked.licensee { sets.append(("consent.licensee", scalar(licensee))) }
    if let territory = asked.territory { sets.append(("consent.territory", scalar(territory))) }
    if !asked.unsignedBases.isSubset(of: own.unsigned) {
      sets.append(("consent.unsigned", list(asked.unsignedBases.map(\.rawValue).sorted())))
    }
    if !asked.unvouched.isSubset(of: own.unvouched) {
      sets.append(("consent.unvouched", list(asked.unvouched.map(\.rawValue).sorted())))
    }
    if let trust = files.trust { sets.append(("consent.trust", scalar(absolute(trust)))) }
    if !files.revocations.isEmpty { sets.append(("consent.revocations", list(files.revocations.map(absolute)))) }
    return sets
  }

  /// A text as YAML reads it back: bare where it cannot be taken for anything else.
  private static func scalar(_ text: String) -> String {
    let isBare = text.unicodeScalars.allSatisfy {
      switch $0 {
      case "a"..."z", "A"..."Z", "0"..."9", "/", "-", "_", ".": true
      default: false
      }
    }
    let isWord = Basis(rawValue: text) != nil || text == "research" || text.hasPrefix("/")
    return isBare && isWord ? text : JSON.line(.string(text))
  }

  private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
