import CKernels
import Foundation

func cosine(_ x: Float) -> Float { Foundation.cos(x) }
func sine(_ x: Float) -> Float { Foundation.sin(x) }
func exponential(_ x: Double) -> Double { Foundation.exp(x) }

/// Tokens attend to each other      qkv [B,T,3D]  norms of queries and keys [D], [D]  rotation cos, sin [T,H/2]  → o
/// [B,T,D]
///
/// qkv is the three projections side by side. See `AttentionHeads` for the formula.
public struct SelfAttention: Op {
  public let heads: Int, eps: Float, mask: AttentionMask
  public init(heads: Int, eps: Float, mask: AttentionMask = .none) {
    (self.heads, self.eps, self.mask) = (heads, eps, mask)
  }

  public static let name = "SelfAttention"
  /// The tables of positions are constants.
  public func isDifferentiable(_ input: Int) -> Bool { input < 3 }
  /// Two products of T×T with H a head, whatever the mask leaves out.
  public func flops(_ x: [Shape]) -> Double { 4 * Double(x[0].count) / 3 * Double(x[0][1]) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let (b, t, d) = (x[0][0], x[0][1], x[1].count)
    precondition(
      x.count == 5 && x[0].rank == 3 && x[0][2] == 3 * d && x[2].count == d && d % (2 * heads) == 0
        && x[3] == [t, d / heads / 2] && x[4] == x[3],
      "self attention: \(x), \(heads) heads")
    return ([b, t, d], [[b * t], [b * t], [b, heads, t]])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], .f32) }

  private func parts(_ y: Tensor) -> AttentionHeads {
    .init(
      heads: heads, head: y.shape[2] / heads, eps: eps, mask: mask, samples: y.shape[0], queries: y.shape[1],
      keys: y.shape[1])
  }
  private func norm(_ x: [Tensor], _ weight: Int) -> AttentionHeads.Norm {
    .init(weight: x[weight].pointer, cos: x[3].pointer, sin: x[4].pointer)
  }

  public var reads: BackwardReads { [.inputs, .output] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let d = y.shape[2]
    parts(y).forward(
      q: .init(x[0]), k: .init(x[0], column: d), v: .init(x[0], column: 2 * d), norm(x, 1), norm(x, 2), y, kept)
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let d = y.shape[2], slot = dx[0]?.open()
    func part(_ i: Int) -> (AttentionHeads.Rows, Bool)? {
      slot.map { (.init($0.tensor, column: i * d), $0.accumulate) }
    }
    parts(y).backward(
      q: .init(x[0]), k: .init(x[0], column: d), v: .init(x[0], column: 2 * d), norm(x, 1), norm(x, 2), y, kept, dy,
      dq: part(0), dk: part(1),
      dv: part(2), weightQ: dx[1], weightK: dx[2])
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let d = x[1].values.count, head = d / heads
    return AttentionHeads.reference(
      .normed(x, 0, 1, head, eps), .normed(x, d, 2, head, eps), x[0], column: 2 * d, heads: heads, mask: mask)
  }

  public static var cases: [OpCase] {
    func item(_ name: String, heads: Int, _ b: Int, _ t: Int, _ d: Int, _ mask: AttentionMask = .none) -> OpCase {
      let angles = (0..<t * (d / heads / 2)).map { Float($0 % 97) * 0.37 }, table: Shape = [t, d / heads / 2]
      return OpCase(
        name, SelfAttention(heads: heads, eps: 1e-6, mask: mask), [[b, t, 3 * d], [d], [d], table, table],
        fixed: [3: angles.map(cosine), 4: angles.map(sine)])
    }
    return [
      item("two heads", heads: 2, 2, 5, 8), item("key lengths", heads: 1, 2, 4, 6, .keyLengths([1, 3])),
      item("block causal", heads: 2, 1, 9, 4, .blockCausal(block: 3)),
      item("several blocks", heads: 1, 1, 300, 4, .blockCausal(block: 50)), item("wide head", heads: 1, 1, 37, 72),
      item("heads of whole vectors", heads: 2, 1, 30, 64), item("many queries", heads: 1, 1, 1100, 2),
    ]
  }
}

extension Oracle {
  /// Columns `column` … of x[0] normalised by x[weight] and rotated by x[3], x[4].
  fileprivate static func normed(_ x: [Oracle], _ column: Int, _ weight: Int, _ head: Int, _ eps: Float) -> Oracle {
    AttentionHeads.reference(norm: x[0], column: column, x[weight], x[3], x[4], head: head, eps: eps)
  }
}
