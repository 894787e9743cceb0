import Files
import Models

/// A run's record and an export's `world.json` hold a spec: diffusers' own config.json, and beside it what is not in
/// it.
extension WorldModel.Spec {
  private static let section = Section(
    Self(
      transformer: WorldTransformerConfig(), codec: Codec(), objective: Objective(), captions: CaptionEmbedder(),
      frames: 16, height: 64, width: 64, context: 4, fps: "10/1")
  ) {
    Field("dtype", \.transformer.products, .choice, "what products multiply")
    Field("codec", \.codec, .section, "between pixels and latents")
    Field("objective", \.objective, .section, "what the network predicts")
    Field("text", \.captions, .section, "captions to vectors")
    Field("picture", \.pictures, .section, written: .whenNotDefault, "what it takes of pictures")
    Field("actions", \.actions, .sections(), written: .whenNotDefault, "what an action is, of a model that takes them")
    Field.group("clip", "the clips it was trained on") {
      Field("frames", \.frames, .integer(in: 1...100_000), "length")
      Field("height", \.height, .integer(in: 1...100_000), unit: "pixels", "rows")
      Field("width", \.width, .integer(in: 1...100_000), unit: "pixels", "columns")
      Field("context", \.context, .integer(in: 0...100_000), unit: "frames", "given when continuing; 0: never any")
      Field("fps", \.fps, .text, "frames a second, as a fraction")
    }
  }

  public var value: Value {
    let rest = Self.section.value(self).fields ?? []
    return .object([.init("transformer", transformer.json)] + rest)
  }

  /// - Throws: `Problem` listing what is wrong; the transformer's configuration has a list of its own.
  public init(_ value: Value, at place: String) throws {
    let fields = StrictFields(value, at: place)
    guard let config = fields.raw("transformer") else {
      throw Problem("the transformer's configuration is missing", at: place)
    }
    var transformer = try WorldTransformerConfig(json: config, at: place + " transformer")
    self = Self.section.read(fields)
    transformer.products = self.transformer.products
    self.transformer = transformer
    take(actions)
    try fields.finish(exit: .failure)
  }
}
