import Diffusion
import Files
import Tensors

/// A model's answers: sampled, a place's noise the same whoever is asked beside it.
package struct ModelAnswers: BenchAnswers {
  private let model: WorldModel

  package init(_ model: WorldModel) { self.model = model }

  package var compute: Compute { model.compute }

  package func answers(
    _ bench: Bench, _ questions: [any BenchQuestion], at places: [Int], sample: Int, given control: BenchControl?
  ) throws -> [BenchAnswer] {
    try bench.sampled(
      model, questions, Random(seed: UInt64(bench.seeds[sample]), lane: places.first ?? 0), given: control
    ).map { .clip($0) }
  }

  package func requireUnchanged() throws { try model.requireUnchanged() }
}
