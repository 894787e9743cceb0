import Nets
import Tensors

/// Actions to features that are added to the time embedding before it becomes modulation, a group of latent frames at a
/// time (as IRASim's frame-level adaptation, arXiv 2406.14540; Cosmos-Predict2 adds one for a whole clip).
///
/// Two products with a SiLU between. The second begins at zero, so that a model with actions begins as the model without
/// them, to the bit. Neither has a bias: each row says itself whether an action is there, which is one; so samples of
/// another action space, all zeros, get nothing.
package struct ActionEmbedder {
  private let up: Tensor, down: Tensor

  package init(_ scope: Scope, inputs: Int, width: Int) {
    up = scope["linear_1"].matrix("weight", [width, inputs], .xavier(inputs, width))
    down = scope["linear_2"].matrix("weight", [width, width], .zeros)
  }

  /// [B,G,inputs] → [B,G,width].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let none = Tensor(zeros: [up.shape[0]], on: x.compute)
    return Linear()(Linear(.silu)(x, up, none), down, none)
  }
}

/// What a transformer takes of one action space.
public struct ActionInput: Sendable, Equatable {
  public let name: String
  /// Numbers for a group of latent frames: for each frame the space's own, whether there is an action, and whether not.
  public let width: Int

  /// - Parameter framesPerGroup: frames a group of latent frames covers.
  package init(_ space: ActionSpace, framesPerGroup: Int) {
    (name, width) = (space.name, framesPerGroup * (space.width + 2))
  }
}
