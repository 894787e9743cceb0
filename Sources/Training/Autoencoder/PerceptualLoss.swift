import Files
import LearnedMeasures
import Measures
import Models
import Runs
import Tensors

/// The LPIPS of reconstructed frames as a term of a loss: its gradient flows through a frozen network to the pixels.
struct PerceptualLoss {
  private let net: PerceptualNet
  private let weight: Float

  /// - Throws: `Problem` when the weights are not those of the experiment, or the clips too small.
  init(_ settings: Experiment.Perceptual, _ spec: AutoencoderSpec, on compute: Compute) throws {
    weight = Float(settings.weight)
    net = try PerceptualNet(settings.trunk, try settings.file(), on: compute)
    if let obstacle = net.obstacle(height: spec.height, width: spec.width) {
      throw Problem.usage(
        "LPIPS \(obstacle)", at: "autoencoder.perceptual", fix: "leave it out, or train on larger clips")
    }
  }

  /// The mean over frames, weighted. - Parameters: y, x: pixels [B,T,H,W,3] in −1…1; differentiable in y.
  /// - Returns: [1]
  func callAsFunction(_ y: Tensor, _ x: Tensor) -> Tensor {
    func pictures(_ t: Tensor) -> Tensor {
      let s = t.shape
      return t.reshaped([s[0] * s[1], 1, s[2], s[3], s[4]])
    }
    let distances = net.distance(pictures(y), pictures(x))
    // No distance is under zero: their mean is the mean of what they differ from zero by.
    return AbsoluteError(weight: weight)(distances, Tensor(zeros: distances.shape, on: y.compute))
  }
}

extension Experiment.Perceptual {
  fileprivate var trunk: PerceptualTrunk { net == .alexnet ? .alexnet : .vgg16 }

  /// - Throws: `Problem` when it is not there, or another than the experiment says.
  fileprivate func file() throws -> FeatureWeights {
    let folder = try FeaturesFolder(from), network = net == .alexnet ? FeaturesFolder.Network.alexnet : .vgg16
    guard let path = folder.files[network] else {
      throw Problem.usage("it \(network.missing.reason)", at: "autoencoder.perceptual.from \(from)")
    }
    let file = try FeatureWeights(path)
    guard sha256 == nil || sha256 == file.sha256 else {
      throw Problem(
        "the weights are \(file.sha256), not those of the experiment", at: path, expected: sha256,
        fix: "bring the file the experiment names, or leave autoencoder.perceptual.sha256 out for another run")
    }
    return file
  }

  /// With the hash of the weights that are there.
  func resolved() throws -> Self {
    var found = self
    found.sha256 = try file().sha256
    return found
  }
}
