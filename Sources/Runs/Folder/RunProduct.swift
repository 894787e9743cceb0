import Diffusion
import Files
import Models
import Tensors

/// What a run makes, without its weights.
public enum RunProduct: Sendable, Equatable {
  case world(WorldModel.Spec)
  case autoencoder(AutoencoderSpec)

  public var world: WorldModel.Spec? { if case .world(let spec) = self { spec } else { nil } }
  public var autoencoder: AutoencoderSpec? { if case .autoencoder(let spec) = self { spec } else { nil } }

  /// What an action is to it, a line a column.
  package var actionLines: [(space: String, line: String)] {
    (world?.actions ?? []).flatMap { space in space.lines.map { (space.name, $0) } }
  }

  /// What products multiply.
  package var products: ElementType {
    switch self {
    case .world(let spec): spec.transformer.products
    case .autoencoder(let spec): spec.config.products
    }
  }

  /// Frames, height and width of the clips it is trained on.
  package var clip: (frames: Int, height: Int, width: Int) {
    switch self {
    case .world(let spec): (spec.frames, spec.height, spec.width)
    case .autoencoder(let spec): (spec.frames, spec.height, spec.width)
    }
  }

  /// As `run.json` has it.
  public var value: Value {
    switch self {
    case .world(let spec): spec.value
    case .autoencoder(let spec): spec.value
    }
  }

  /// The same, as far as it does not follow from what was measured of the data: a part of the run's identity.
  package var unmeasured: Value { world?.unmeasured.value ?? value }

  /// - Throws: `Problem` listing what is wrong.
  public init(_ value: Value, at place: String) throws {
    guard value[AutoencoderSpec.key] == nil else {
      let spec = try AutoencoderSpec(value, at: place)
      try spec.requireWhole(at: place)
      self = .autoencoder(spec)
      return
    }
    let spec = try WorldModel.Spec(value, at: place)
    try spec.requireWhole(at: place)
    self = .world(spec)
  }
}

extension Run {
  /// Where a run that trained an autoencoder leaves it, as diffusers reads it, when it ends.
  package static let autoencoderName = "vae"

  /// What surrounds the world model it trained.
  /// - Throws: `Problem` when it trained an autoencoder.
  public var spec: WorldModel.Spec {
    get throws {
      guard let spec = product.world else {
        throw Problem(
          "this run trained an autoencoder, which makes no video by itself", at: folder,
          expected: "a world model's run",
          fix: "train a world model in its latents: `codec: {kind: wan, from: \(folder)}`")
      }
      return spec
    }
  }
}
