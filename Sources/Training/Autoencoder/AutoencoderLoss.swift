import Models
import Runs
import Tensors

/// What an autoencoder is trained for: pixels given back, and latents near N(0, 1) (Kingma & Welling 2014).
struct AutoencoderLoss {
  let l1: Float, mse: Float, kl: Float
  let perceptual: PerceptualLoss?

  /// - Throws: `Problem` when the network of a perceptual loss cannot be had.
  init(_ settings: Experiment.Autoencoder, _ spec: AutoencoderSpec, on compute: Compute) throws {
    (l1, mse, kl) = (Float(settings.l1), Float(settings.mse), Float(settings.kl))
    perceptual = try settings.perceptual.flatMap {
      $0.weight > 0 ? try PerceptualLoss($0, spec, on: compute) : nil
    }
  }

  /// - Parameters:
  ///   - y: what came back, as x; moments: of the latents it came from.
  /// - Returns: [1]
  func callAsFunction(_ y: Tensor, _ x: Tensor, _ moments: Tensor) -> Tensor {
    var terms: [Tensor] = []
    if l1 > 0 { terms.append(AbsoluteError(weight: l1)(y, x)) }
    if mse > 0 { terms.append(WeightedMSE()(y, x, Tensor([mse], [1], on: x.compute))) }
    if let perceptual { terms.append(perceptual(y, x)) }
    if kl > 0 { terms.append(GaussianKL(weight: kl)(moments)) }
    return terms.dropFirst().reduce(terms[0]) { Add()($0, $1) }
  }

  /// A clip given back from its latents' means. - Parameter x: folded pixels [1,T,h,w,C].
  /// - Returns: the loss, and its parts unweighted, the squared error of pixels as they are shown.
  func evaluated(_ model: Autoencoder, _ x: Tensor) -> (loss: Double, l1: Double, squared: Double, kl: Double) {
    let moments = model.encode(x), y = model.decode(GaussianSample.means(moments))
    let absolute = Double(AbsoluteError()(y, x).values[0]),
      squared = Double(WeightedMSE()(y, x, Tensor([1], [1], on: x.compute)).values[0]),
      divergence = Double(GaussianKL(weight: 1)(moments).values[0])
    let seen = perceptual.map { Double($0(y, x).values[0]) } ?? 0
    return (
      Double(l1) * absolute + Double(mse) * squared + Double(kl) * divergence + seen, absolute, squared, divergence
    )
  }
}

extension GaussianSample {
  /// The means among moments [R…,2C] → [R…,C]
  static func means(_ moments: Tensor) -> Tensor {
    let s = moments.shape, c = s.width / 2, y = Tensor(undefined: Shape(s.sizes.dropLast() + [c]), on: moments.compute)
    for i in 0..<s.rows { (y.pointer + i * c).update(from: moments.pointer + i * 2 * c, count: c) }
    return y
  }
}
