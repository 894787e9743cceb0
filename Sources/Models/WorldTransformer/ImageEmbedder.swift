import Nets
import Tensors

/// Tokens of pictures to features, as Wan 2.1's image-to-video models have it: positions where two pictures are given,
/// norm, Linear, GELU by the error function, Linear, norm.
package struct ImageEmbedder {
  /// [1,S,E]
  let positions: Tensor?
  let before: NormLayer, up: LinearLayer, down: LinearLayer, after: NormLayer

  /// Of its norms, whatever the model's own is.
  private static let eps: Float = 1e-5

  /// - Parameters:
  ///   - features: E, of a picture's token.
  ///   - width: D, of the model's.
  ///   - positions: S, tokens of both pictures; nil: there are no positions.
  init(_ scope: Scope, features: Int, width: Int, positions: Int?) {
    self.positions = positions.map { scope.parameter("pos_embed", [1, $0, features], .zeros) }
    before = NormLayer(scope["norm1"], features, eps: Self.eps)
    up = LinearLayer(scope["ff"]["net"][0]["proj"], features, features)
    down = LinearLayer(scope["ff"]["net"][2], features, width)
    after = NormLayer(scope["norm2"], width, eps: Self.eps)
  }

  /// [B,S,E] → [B,S,D].
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (b, s, e) = (x.shape[0], x.shape[1], x.shape[2])
    // As rows of a table that every sample adds.
    let placed = positions.map { TableAdd()(x.reshaped([b, 1, s, e]), $0).reshaped([b, s, e]) } ?? x
    return after(down(ExactActivation(.gelu)(up(before(placed)))))
  }
}
