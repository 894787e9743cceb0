import Files
import Measures

/// The one place where a user puts networks' weights: `--features DIR`. A file lies in DIR itself or in the folder that
/// its recipe has (`datasets/lpips`, `datasets/i3d`), so that `--features datasets` finds what the recipes made.
public struct FeaturesFolder: Sendable, Equatable {
  /// Where the recipes put theirs, seen from the project.
  public static let usual = "datasets"

  public enum Network: String, Sendable, CaseIterable {
    case alexnet, vgg16, i3d, vit

    /// Files it may be, without their folder.
    fileprivate var names: [String] {
      switch self {
      case .alexnet, .vgg16: [rawValue + ".ckpt", rawValue + ".safetensors"]
      case .i3d: ["i3d-kinetics-400.ckpt", "i3d-kinetics-400.safetensors"]
      case .vit: ["dinov2.safetensors", "model.safetensors"]
      }
    }
    /// The recipe's folder, or where the user puts their own.
    fileprivate var folder: String {
      switch self {
      case .alexnet, .vgg16: "lpips"
      case .i3d: "i3d"
      case .vit: "dinov2"
      }
    }
    fileprivate var spoken: String {
      switch self {
      case .alexnet: "LPIPS on AlexNet"
      case .vgg16: "LPIPS on VGG16"
      case .i3d: "I3D"
      case .vit: "a vision transformer"
      }
    }
    /// It is not there.
    package var missing: LearntObstacle { self == .vit ? .noTransformer : .missing(spoken, recipe: folder) }
  }

  public let path: String
  /// The file of each network that is there.
  package let files: [Network: String]

  /// - Throws: `Problem` (usage) when the folder is not there, or holds no network.
  public init(_ path: String) throws {
    guard Disk.isFolder(path) else {
      throw Problem.usage(
        "there is no such folder", at: "--features \(path)", expected: "a folder of networks' weights")
    }
    self.init(found: path)
    guard !files.isEmpty else {
      throw Problem.usage(
        "no network's weights lie here", at: "--features \(path)",
        expected: Network.allCases.map { $0.names[0] }.joined(separator: ", ") + ", or safetensors of the same arrays",
        fix: "bash datasets/lpips/make.sh; bash datasets/i3d/make.sh; --features datasets")
    }
  }

  private init(found path: String) {
    self.path = path
    files = Dictionary(
      uniqueKeysWithValues: Network.allCases.compactMap { network in
        let places = network.names.flatMap { ["\(path)/\($0)", "\(path)/\(network.folder)/\($0)"] }
        return places.first { Disk.exists($0) && !Disk.isFolder($0) }.map { (network, $0) }
      })
  }

  /// The recipes' own folder, where anything lies there.
  public static var ofRecipes: FeaturesFolder? {
    let found = FeaturesFolder(found: usual)
    return found.files.isEmpty ? nil : found
  }
}
