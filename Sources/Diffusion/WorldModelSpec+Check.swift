import Files
import Models

extension WorldModel.Spec {
  /// - Throws: `Problem` when codec, text, clip and transformer do not fit each other: a file that says so was edited.
  package func requireWhole(at place: String) throws {
    guard transformer.imageDim == nil else {
      throw Problem(
        "the transformer takes tokens of pictures beside the text (Wan 2.1 image-to-video)", at: place,
        expected: "a text-to-video, TI2V or Wan 2.2 image-to-video model: nothing here gives it such tokens",
        fix: "begin from another base")
    }
    let (f, h, w) = try codec.latentShape(frames: frames, height: height, width: width, at: place)
    try transformer.check(frames: f, height: h, width: w, channels: codec.channels, at: place)
    guard transformer.textDim == captions.width else {
      throw Problem("text.width is \(captions.width), and the transformer takes \(transformer.textDim)", at: place)
    }
    guard transformer.outChannels == codec.channels else {
      throw Problem(
        "the codec has \(codec.channels) channels, and the transformer gives \(transformer.outChannels)", at: place)
    }
    guard isWhole(context), context < frames else {
      throw Problem("clip.context is \(context); it must be \(wholeWords) below the \(frames) frames", at: place)
    }
  }
}
