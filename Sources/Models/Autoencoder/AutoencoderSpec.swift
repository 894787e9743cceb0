import Files

/// What a training of an autoencoder makes: its shape, and the clips it was trained on. A run's record holds one.
public struct AutoencoderSpec: Sendable, Equatable {
  public var config: AutoencoderConfig
  /// Frames, height and width of those clips.
  public var frames: Int, height: Int, width: Int
  public var fps: String

  public init(_ config: AutoencoderConfig, frames: Int, height: Int, width: Int, fps: String) {
    (self.config, self.frames, self.height, self.width, self.fps) = (config, frames, height, width, fps)
  }

  /// Frames, rows and columns of a clip's latents.
  public var latents: (frames: Int, height: Int, width: Int) {
    (config.latentFrames(frames), height / config.space, width / config.space)
  }

  /// - Throws: `Problem` when clips of this size are no whole latents.
  package func requireWhole(at place: String) throws {
    guard config.frames(config.latentFrames(frames)) == frames, height % config.space == 0, width % config.space == 0,
      min(frames, height, width) > 0
    else {
      throw Problem(
        "clips of \(frames) frames at \(width)×\(height) are no whole latents of this autoencoder", at: place,
        expected: "1 + a multiple of \(config.time) frames, and sides that \(config.space) divides",
        fix: "choose another window, import the footage at another --size, or give the autoencoder fewer levels")
    }
  }
}

extension AutoencoderSpec {
  /// The key under which a run's record has it.
  package static let key = "autoencoder"

  private static let section = Section(Self(AutoencoderConfig(), frames: 17, height: 64, width: 64, fps: "10/1")) {
    Field("dtype", \.config.products, .choice, "what products multiply")
    Field.group("clip", "the clips it was trained on") {
      Field("frames", \.frames, .integer(in: 1...100_000), "length")
      Field("height", \.height, .integer(in: 1...100_000), unit: "pixels", "rows")
      Field("width", \.width, .integer(in: 1...100_000), unit: "pixels", "columns")
      Field("fps", \.fps, .text, "frames a second, as a fraction")
    }
  }

  public var value: Value {
    .object([.init(Self.key, config.json)] + (Self.section.value(self).fields ?? []))
  }

  /// - Throws: `Problem` listing what is wrong; the configuration has a list of its own.
  public init(_ value: Value, at place: String) throws {
    let fields = StrictFields(value, at: place)
    guard let json = fields.raw(Self.key) else {
      throw Problem("the autoencoder's configuration is missing", at: place)
    }
    var config = try AutoencoderConfig(json: json, at: place + " " + Self.key)
    self = Self.section.read(fields)
    config.products = self.config.products
    self.config = config
    try fields.finish(exit: .failure)
  }
}
