/// Every op there is: a generic test runs all their cases on every instruction set, and `perf ops` times them.
public enum Catalogue {
  public static let ops: [any Op.Type] = [
    Linear.self, Activate.self, Add.self, ModulatedNorm.self, AffineNorm.self, FeedForward.self, SelfAttention.self,
    CrossAttention.self,
    GatedResidual.self, TableAdd.self, Patchify.self, Unpatchify.self, WeightedMSE.self,
    Convolution.self, ChannelNorm.self, PixelAttention.self, TakeFrames.self, JoinFrames.self, SplitFrames.self,
    AverageDown.self, RepeatUp.self, AbsoluteError.self, GaussianSample.self, GaussianKL.self,
    ExactActivation.self, Magnitude.self, Dropout.self,
    RMSNorm.self, Attention.self, GatedFeedForward.self, EmbeddingRows.self,
    PaddedConvolution.self, MaxPool.self, UnitDistance.self,
  ]
}
