import Frames
import Tensors

/// Whoever goes on with the clips of a bench: a model, or a folder of videos that were made elsewhere.
package protocol BenchAnswers {
  /// What measures.
  var compute: Compute { get }

  /// One an asked question.
  /// - Parameters:
  ///   - places: of the questions in the suite.
  ///   - sample: which of the bench's samples.
  ///   - control: whose actions are given; nil: the clips' own.
  func answers(
    _ bench: Bench, _ questions: [any BenchQuestion], at places: [Int], sample: Int, given control: BenchControl?
  ) throws -> [BenchAnswer]

  /// That nobody wrote into what it reads where it lies. - Throws: `Problem`.
  func requireUnchanged() throws
}

/// What somebody made of a question.
package enum BenchAnswer: Sendable {
  case clip(Frames)
  /// Nothing, and why.
  case none(String)

  var frames: Frames? { if case .clip(let frames) = self { frames } else { nil } }
}
