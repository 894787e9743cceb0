import Models
import Provenance
import Runs

/// What an export's folder holds, a case a name, in the order it is written. `Export` fills each; what is none of
/// these, orrery did not write.
package enum ExportFile: CaseIterable, Sendable {
  /// A folder: the weights, their configuration and their content credentials.
  case transformer
  /// A folder, of a model that takes actions: what makes of them what is added to the time embedding.
  case actionEmbedder
  /// A folder: diffusers' scheduler.
  case scheduler
  /// A folder: what stands for captions.
  case textEmbedder
  case codec
  /// The consent manifests; the second is `optin-2.json`, and so on. Those behind the weights the run began with are
  /// `base-optin.json`, `base-optin-2.json`, ….
  case manifest
  /// The bill of materials.
  case spdx
  /// The description of the training data.
  case croissant
  /// The stored batch that tells whether a forward pass is ours.
  case replay
  /// A short sample with its noise.
  case example
  /// The model card.
  case card
  /// Says what the folder is, so it comes last.
  case world

  /// Under the export's folder; of several, the first.
  package var name: String {
    switch self {
    case .transformer: "transformer"
    case .actionEmbedder: ActionEmbedderFolder.name
    case .scheduler: "scheduler"
    case .textEmbedder: "text_embedder"
    case .codec: "codec.json"
    case .manifest: BaseManifests.name(0)
    case .spdx: ConsentReportSPDX.fileName
    case .croissant: ConsentReportCroissant.fileName
    case .replay: ExportReplay.fileName
    case .example: ExportExample.fileName
    case .card: "README.md"
    case .world: ExportedModel.worldName
    }
  }

  /// Whether it is there of some models only.
  package var isOfSome: Bool { self == .actionEmbedder }

  /// Whether a file or folder of this name is one of these.
  package func covers(_ name: String) -> Bool {
    name == self.name || self == .manifest && BaseManifests.isName(name)
  }

  /// The name of manifest `i`, from 0.
  package static func manifest(_ i: Int) -> String { BaseManifests.name(i) }
}
