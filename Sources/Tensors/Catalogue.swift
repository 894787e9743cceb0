/// Every op there is, by its cases: the generic test runs them all, on every instruction set.
public enum Catalogue {
  public static var ops: [(name: String, cases: [OpCase], differentiable: [Int])] {
    [
      ("Linear", Linear.cases, [0, 1, 2]),
      ("Activate", Activate.cases, [0]),
      ("Add", Add.cases, [0, 1]),
      ("ModulatedNorm", ModulatedNorm.cases, [0, 1]),
      ("AffineNorm", AffineNorm.cases, [0, 1, 2]),
      ("FeedForward", FeedForward.cases, [0, 1, 2, 3, 4]),
      ("SelfAttention", SelfAttention.cases, [0, 1, 2]),
      ("CrossAttention", CrossAttention.cases, [0, 1, 2, 3]),
      ("GatedResidual", GatedResidual.cases, [0, 1, 2]),
      ("TableAdd", TableAdd.cases, [0, 1]),
      ("Patchify", Patchify.cases, [0]),
      ("Unpatchify", Unpatchify.cases, [0]),
      ("WeightedMSE", WeightedMSE.cases, [0]),
    ]
  }
}
