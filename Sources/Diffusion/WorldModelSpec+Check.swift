import Files
import Models

extension WorldModel.Spec {
  /// - Throws: `Problem` when codec, text, clip and transformer do not fit each other: a file that says so was edited.
  package func requireWhole(at place: String) throws {
    try transformer.require(codec, frames: frames, height: height, width: width, at: place)
    guard transformer.textDim == captions.width else {
      throw Problem("text.width is \(captions.width), and the transformer takes \(transformer.textDim)", at: place)
    }
    guard transformer.outChannels == codec.channels else {
      throw Problem(
        "the codec has \(codec.channels) channels, and the transformer gives \(transformer.outChannels)", at: place)
    }
    guard Set(actions.map(\.name)).count == actions.count else {
      throw Problem("two action spaces have one name", at: place)
    }
    guard !takesPictures || context == 1 else {
      throw Problem("clip.context is \(context); a model that takes pictures is given one frame", at: place)
    }
    guard isWhole(context), context < frames else {
      throw Problem("clip.context is \(context); it must be \(wholeWords) below the \(frames) frames", at: place)
    }
  }
}

extension WorldTransformerConfig {
  /// Whether pictures stand beside the noise: latents of a clip that shows them, and which frames it shows.
  public var takesPictures: Bool { inChannels != outChannels }

  /// - Throws: `Problem` when clips of that size through a codec are not what it takes.
  package func require(_ codec: Codec, frames: Int, height: Int, width: Int, at place: String) throws {
    let (f, h, w) = try codec.latentShape(
      frames: frames, height: height, width: width, patch: patchSize, at: place)
    guard !takesPictures || codec.isCausal else {
      throw Problem(
        "the transformer takes \(inChannels) channels and gives \(outChannels): pictures beside the noise, which are an "
          + "autoencoder's latents", at: place, expected: "codec.kind wan",
        fix: "name the autoencoder that belongs to it: codec: {kind: wan, from: DIR}")
    }
    try check(
      frames: f, height: h, width: w, channels: takesPictures ? 2 * codec.channels + codec.time : codec.channels,
      at: place)
  }
}
