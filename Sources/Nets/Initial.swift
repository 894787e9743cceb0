import Tensors

/// How a parameter starts.
public enum Initial: Sendable, Equatable {
  case zeros
  case ones
  case normal(Float)
  /// Uniform in ± the bound.
  case uniform(Float)
  /// Uniform in ±√(6/(in+out)) (Glorot & Bengio 2010), fans given.
  case xavier(Int, Int)
  /// The lengths of the rows of the frozen weight beside it; who knows that fills it in.
  case rowNorms

  /// Fills `out` from the counter-based generator; `lane` makes each parameter its own stream.
  func fill(_ out: Tensor, seed: UInt64, lane: Int) {
    switch self {
    case .zeros, .rowNorms: out.withElements { $0.update(repeating: 0) }
    case .ones: out.withElements { $0.update(repeating: 1) }
    case .normal(let deviation):
      Random(seed: seed, lane: lane).fillNormal(out, .initial)
      out.withElements { for i in $0.indices { $0[i] *= deviation } }
    case .xavier(let fanIn, let fanOut):
      Initial.uniform((6 / Float(fanIn + fanOut)).squareRoot()).fill(out, seed: seed, lane: lane)
    case .uniform(let bound):
      let random = Random(seed: seed, lane: lane)
      out.withElements { for i in $0.indices { $0[i] = bound * Float(2 * random.uniform(i, .initial) - 1) } }
    }
  }
}
