import Files
import Tensors

/// Low-rank adaptation (Hu et al. 2022): what is trained beside weights that stay as they are.
///
/// W' = W + s·B·A with A [r,in] and B [out,r]; s = α/r, or α/√r where rank-stabilised (Kalajdzievski 2023). A starts
/// uniform in ±1/√in, B at zero, so a fresh adapter changes nothing.
public struct LoRA: Sendable, Equatable {
  public var rank = 32
  /// α; nil: as the rank, so that s is 1.
  public var alpha: Double?
  public var isRankStabilised = false
  /// Which linear layers, by the end of their path or by a pattern (`*`).
  public var targets = Self.attentionAndFeedForward

  public init() {}

  /// All linears of a block: what trainers of this family adapt.
  public static let attentionAndFeedForward = ["to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2"]

  /// s.
  public var scale: Float {
    let alpha = alpha ?? Double(rank)
    return Float(isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
  }

  /// The targets that mean the layer at `path`.
  func targets(_ path: String) -> [String] {
    targets.filter { target in
      path == target || path.hasSuffix("." + target)
        || target.contains("*") && (Glob(target).matches(path) || Glob("*." + target).matches(path))
    }
  }
}

extension LoRA: DocumentSection {
  package static let section = Section(LoRA()) {
    Field("rank", \.rank, .integer(in: 1...4096), "r: columns of the low-rank product")
    Field("alpha", \.alpha, .optional(.number(in: 1e-6...1e6)), "α; the adapter counts α/rank", default: "rank")
    Field("rslora", \.isRankStabilised, .flag, "count it α/√rank instead")
    Field("targets", \.targets, .texts, "linear layers by the end of their path, or by a pattern with `*`")
  }
}

/// The adapter of one layer, bound.
public struct LayerAdapter {
  /// What the op is told.
  let op: Adapter
  let a: Tensor, b: Tensor
}
