import Files
import Nets
import Tensors

extension Experiment {
  /// The optimisation: its length, AdamW and what goes with it.
  public struct Training: Sendable, Equatable {
    public var steps = 1000, batch = 8, accumulate = 1
    public var rate = LearningRate(peak: 1e-3, warmup: 100, decay: .cosine, floor: 0)
    public var optimizer = AdamW.Settings(beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: 0.01)
    public var clip = 1.0, average = 0.999, captionDropout = 0.1, pictureDropout = 0.0
    /// What products multiply.
    public var products = ElementType.f32
    /// Trades time for memory; changes no bit.
    public var recompute = false

    /// Values and gradients, two moments, and an average where there is one.
    package var bytesPerParameter: Int { 8 + (optimizer.moments == .f32 ? 8 : 2) + (average > 0 ? 4 : 0) }
  }
}

extension Experiment.Training: DocumentSection {
  package static let section = Section(Self()) {
    Field("steps", \.steps, .integer(in: 1...100_000_000), "updates of the weights")
    Field("batch", \.batch, .integer(in: 1...4096), "samples of a micro-batch")
    Field("accumulate", \.accumulate, .integer(in: 1...65536), "micro-batches a step; for batches beyond memory")
    Field("rate", \.rate.peak, .number(in: 0...10), "peak learning rate")
    Field("warmup", \.rate.warmup, .integer(in: 0...1_000_000), unit: "steps", "linear rise to the peak")
    Field("decay", \.rate.decay, .choice, "from the peak to the last step")
    Field("floor", \.rate.floor, .number(in: 0...1), "last rate as a share of the peak")
    Field("beta1", \.optimizer.beta1, .number(in: 0...0.9999), "AdamW: memory of the gradient")
    Field("beta2", \.optimizer.beta2, .number(in: 0...0.99999), "AdamW: memory of its square")
    Field("eps", \.optimizer.eps, .number(in: 1e-16...1), "AdamW: in the denominator")
    Field("weight_decay", \.optimizer.decay, .number(in: 0...10), "AdamW: decoupled decay")
    Field(
      "moments", \.optimizer.moments, .choice, hashed: .whenNotDefault, written: .whenNotDefault,
      "AdamW: how they are kept; 8bit takes 2 bytes a parameter instead of 8")
    Field("clip", \.clip, .number(in: 0...1e9), "the gradient's largest norm; 0: none")
    Field("ema", \.average, .number(in: 0...0.999999), "moving average of the weights; 0: none, which saves its memory")
    Field("caption_dropout", \.captionDropout, .number(in: 0...1), "share of captions that are dropped")
    Field(
      "picture_dropout", \.pictureDropout, .number(in: 0...1), hashed: .whenNotDefault, written: .whenNotDefault,
      "share of samples that are given no picture, of a base that takes them")
    Field(
      "dtype", \.products, .choice,
      "what the blocks multiply; f32 where the processor lacks bf16, and the log says so")
    Field(
      "recompute", \.recompute, .flag, hashed: .never, written: .whenNotDefault,
      "keep only each block's input and run it again in the backward pass: less memory, the same bits")
  }
}
