import Files

extension Experiment {
  /// How reconstructions are held to what a network for recognition sees (LPIPS: Zhang et al., CVPR 2018), with weights
  /// the user brings.
  public struct Perceptual: Sendable, Equatable {
    public enum Net: String, CaseIterable, Sendable { case alexnet, vgg16 }

    /// The folder of the weights, as `--features` takes it.
    public var from = ""
    public var weight = 0.1
    public var net = Net.alexnet
    /// Of the file; nil until it was looked at.
    public var sha256: String?

    public init() {}
  }
}

extension Experiment.Perceptual: DocumentSection {
  package static let section = Section(Self()) {
    Field(
      "from", \.from, .path.required, hashed: .never,
      "folder of the network's weights, as `--features` takes it; their content is hashed")
    Field("weight", \.weight, .number(in: 0...1000), "weight of the mean LPIPS of the frames")
    Field("net", \.net, .choice, "the network; vgg16 takes some ten times the memory")
    Field(
      "sha256", \.sha256, .optional(.text), "of the file of weights; a file of another is refused",
      default: "the file's")
  } rules: { p, f in
    if let hash = p.sha256, hash.count != 64 || !hash.allSatisfy({ "0123456789abcdef".contains($0) }) {
      f.complain("\(f.path("sha256")) is '\(hash)', not 64 hexadecimal digits")
    }
  }
}
