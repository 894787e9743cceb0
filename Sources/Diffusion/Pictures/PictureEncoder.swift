import Files
import Models
import Tensors

/// What of pictures a transformer of the family takes beside the noise (Wan 2.1 and 2.2 image-to-video, FLF2V): latents of
/// a clip that shows the first frame, or the first and the last, and grey between; and of some the tokens of an image
/// encoder. `PictureCoder` makes them.
public struct PictureEncoder: Sendable, Equatable {
  /// Where the image encoder lies, absolute; nil where that is not known, or none is needed.
  public var from: String?
  /// SHA-256 over the encoder's configuration and weights; nil before they were looked at.
  public var identity: String?
  /// Whether the last frame is given too.
  public var takesLast = false

  public init() {}

  /// The same, wherever the encoder lies.
  public var placeless: Self {
    var encoder = self
    encoder.from = nil
    return encoder
  }

  /// With what the encoder's files say.
  /// - Throws: `Problem` when they are not there, or not those `identity` names.
  package func resolved(for config: WorldTransformerConfig, on compute: Compute) throws -> PictureEncoder {
    guard config.imageDim != nil else { return self }
    var resolved = self
    resolved.identity = try tower(on: compute).identity
    return resolved
  }

  /// - Throws: `Problem` when it is not there, or another.
  func tower(on compute: Compute) throws -> CLIPVisionTower {
    guard let from else {
      throw Problem.usage(
        "the model looks at pictures through an image encoder, and where that lies is not said", at: "picture.from",
        expected: "its folder" + (identity.map { ", identity \($0.prefix(12))…" } ?? ""),
        fix: "name it: `from: DIR` under picture; in diffusers' folder it is image_encoder")
    }
    let tower = try CLIPVisionTower(from, on: compute)
    guard identity == nil || identity == tower.identity else {
      throw Problem(
        "the image encoder is not the one that was used: its identity is \(tower.identity)", at: from,
        expected: identity, fix: "put it back, or name where it is now")
    }
    return tower
  }
}

extension PictureEncoder: DocumentSection {
  package static let section = Section(PictureEncoder()) {
    Field(
      "from", \.from, .optional(.path), hashed: .never, written: .whenNotDefault,
      "the image encoder's folder, of a base that takes its tokens (Wan 2.1)")
    Field(
      "identity", \.identity, .optional(.text), hashed: .whenNotDefault, written: .whenNotDefault,
      "SHA-256 over its configuration and weights; found out when it is left out")
    Field(
      "last", \.takesLast, .flag, hashed: .whenNotDefault, written: .whenNotDefault,
      "whether the last frame is given beside the first (FLF2V)")
  }
}
