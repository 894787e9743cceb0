import Files
import Models
import Tensors

/// Makes what a picture-to-video transformer takes of a clip's first frame, and of its last where it takes that.
public final class PictureCoder {
  public let encoder: PictureEncoder
  private let config: WorldTransformerConfig
  private let coder: ClipCoder
  private let compute: Compute
  private var tower: CLIPVisionTower?
  /// What stands beside the noise where nothing is given, by the clip's size.
  private var nothing: [[Int]: PictureCondition] = [:]

  /// - Parameters:
  ///   - encoder: where the image encoder lies, of a model that needs one; opened when the first picture comes.
  ///   - config: the transformer's.
  ///   - coder: between pixels and its latents.
  public init(_ encoder: PictureEncoder, _ config: WorldTransformerConfig, _ coder: ClipCoder, on compute: Compute) {
    (self.encoder, self.config, self.coder, self.compute) = (encoder, config, coder, compute)
  }

  /// Frames of a clip that are given.
  package func given(of frames: Int) -> [Int] { encoder.takesLast && frames > 1 ? [0, frames - 1] : [0] }

  /// Colour values 0 to 1 of bytes.
  package static func values(_ bytes: some Sequence<UInt8>) -> [Float] { bytes.map { Float($0) / 255 } }

  /// Latents of a clip that shows pictures and grey: [1,F,h,w,z]. - Throws: `Problem` where the codec makes none.
  package func latents(_ pictures: [Autoencoder.Placed], frames: Int, height: Int, width: Int) throws -> Tensor {
    try autoencoder().latents(showing: pictures, frames: frames, height: height, width: width, on: compute)
  }

  /// What the image encoder makes of pictures, one after the other: [1,S,E]; nil of a model that looks at none.
  /// - Throws: `Problem` when it is not there.
  package func tokens(_ pictures: [[Float]], height: Int, width: Int) throws -> Tensor? {
    guard config.imageDim != nil else { return nil }
    return try opened().tokens(pictures, height: height, width: width, on: compute)
  }

  /// Both beside each other.
  /// - Parameters:
  ///   - latents, tokens: of a clip whose frames `given` are shown.
  ///   - given: none where nothing is.
  package func condition(_ latents: Tensor, _ tokens: Tensor?, given: [Int]) throws -> PictureCondition {
    PictureCondition(channels: try autoencoder().channels(latents, given: given), tokens: tokens)
  }

  /// Of pictures [height·width·3 bytes], one a given frame; none: nothing is given, and tokens are zero.
  package func condition(
    _ pictures: [[UInt8]], frames: Int, height: Int, width: Int
  ) throws -> PictureCondition {
    guard !pictures.isEmpty else { return try nothing(frames, height, width) }
    let given = given(of: frames), values = pictures.map { Self.values($0) }
    precondition(pictures.count == given.count, "\(pictures.count) pictures for \(given.count) frames")
    let latents = try latents(
      Array(zip(given, values)).map { ($0, $1) }, frames: frames, height: height, width: width)
    return try condition(latents, tokens(values, height: height, width: width), given: given)
  }

  /// Nothing is given, and tokens are zero: the same for every clip of a size.
  private func nothing(_ frames: Int, _ height: Int, _ width: Int) throws -> PictureCondition {
    let size = [frames, height, width]
    if let made = nothing[size] { return made }
    let made = try condition(
      latents([], frames: frames, height: height, width: width),
      tokensShape(of: frames).map { Tensor(zeros: Shape($0), on: compute) }, given: [])
    nothing[size] = made
    return made
  }

  /// Of the tokens of a clip's given frames; nil of a model that looks at none.
  package func tokensShape(of frames: Int) throws -> [Int]? {
    try config.imageDim.map { [1, given(of: frames).count * (try opened().config.tokens), $0] }
  }

  private func opened() throws -> CLIPVisionTower {
    if let tower { return tower }
    let opened = try encoder.tower(on: compute)
    guard opened.config.dim == config.imageDim else {
      throw Problem(
        "the image encoder gives \(opened.config.dim) features, and the model takes \(config.imageDim ?? 0)",
        at: encoder.from, fix: "name the image encoder that belongs to the model")
    }
    tower = opened
    return opened
  }

  private func autoencoder() throws -> Autoencoder {
    guard let autoencoder = coder.autoencoder,
      config.inChannels == 2 * autoencoder.config.zDim + autoencoder.config.time
    else {
      throw Problem(
        "the transformer takes \(config.inChannels) channels and gives \(config.outChannels): latents of pictures beside the noise, which are an autoencoder's",
        at: "codec", expected: "codec.kind wan, from the autoencoder that belongs to the transformer")
    }
    return autoencoder
  }
}
