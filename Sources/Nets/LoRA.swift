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
  /// Rows of W + s·B·A are scaled to a length m of their own (Liu et al. 2024, DoRA), which starts at that of W's.
  public var isDoRA = false
  /// Share of what an adapter reads that is left out while it is trained.
  public var dropout = 0.0
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
    Field(
      "dora", \.isDoRA, .flag, hashed: .whenNotDefault, written: .whenNotDefault,
      "learn the length of each row of the adapted weight apart from its direction (DoRA)")
    Field(
      "dropout", \.dropout, .number(in: 0...0.99), hashed: .whenNotDefault, written: .whenNotDefault,
      "share of what an adapter reads that is left out in training")
    Field("targets", \.targets, .texts, "linear layers by the end of their path, or by a pattern with `*`")
  } rules: { lora, f in
    if lora.isDoRA, lora.dropout > 0 {
      f.complain("\(f.path("dropout")) is \(lora.dropout) beside dora, which has none here: leave one of them out")
    }
  }
}

/// The adapter of one layer, bound.
public struct LayerAdapter {
  /// What the op is told.
  let op: Adapter
  let a: Tensor, b: Tensor
  /// Of DoRA: m, and the lengths of the rows of W + s·B·A, both [out].
  let magnitude: (m: Tensor, norms: Tensor)?
  /// What leaves out a part of what it reads; nil where nothing is trained.
  let dropout: Dropout?
}

extension LayerAdapter {
  /// ‖W + s·B·A‖ row by row, from ‖W‖², W·Aᵀ and A·Aᵀ: the sum itself is never made. Constant in the backward pass.
  /// - Parameter squares: ‖W‖² of each row.
  static func norms(_ weight: Tensor, squares: [Double], a: Tensor, b: Tensor, scale: Float) -> Tensor {
    let compute = a.compute, (a, b) = (a.detached, b.detached), (rank, outputs) = (a.shape[0], b.shape[0])
    let turned = Linear()(a, weight, Tensor(zeros: [outputs], on: compute)),  // [r,out]
      own = Linear()(a, a, Tensor(zeros: [rank], on: compute))  // [r,r]
    let norms = Tensor(undefined: [outputs], on: compute), s = Double(scale),
      (to, cross, gram, factors) = (norms.pointer, turned.pointer, own.pointer, b.pointer)
    squares.withUnsafeBufferPointer { squares in
      compute.parallel(over: outputs, grain: 256) { r in
        for o in r {
          var sum = squares[o]
          for i in 0..<rank {
            let f = s * Double(factors[o * rank + i])
            sum += 2 * f * Double(cross[i * outputs + o])
            for j in 0..<rank { sum += f * s * Double(factors[o * rank + j]) * Double(gram[i * rank + j]) }
          }
          // Rounding may take a row of nothing below zero.
          to[o] = Float(max(sum, 1e-30).squareRoot())
        }
      }
    }
    withExtendedLifetime((turned, own, b)) {}
    return norms
  }
}
