import Credentials
import Diffusion
import Files
import Frames
import Measures

/// What a bench asks of a model: clips whose truth is known, of which a model is given the beginning. Scenes of ours
/// (`Suite`), or held-out footage (`FootageSuite`).
package protocol BenchQuestions: Sendable {
  /// "wm-eval/1".
  var name: String { get }
  /// Metrics that verdicts are drawn from and adjusted over.
  var primaries: [BenchJudge.Metric] { get }
  /// What is measured, in the order reports show it, the headline first.
  var metrics: [BenchJudge.Metric] { get }
  /// What is left out, and other things a reader must know, in sentences.
  var omitted: [String] { get }
  /// Of every clip.
  var frames: Int { get }
  var height: Int { get }
  var width: Int { get }
  var fps: FrameRate { get }
  /// Frames a model is given.
  var given: Int { get }
  /// Every clip, in order: strata one after the other, `count` in each.
  var places: [BenchPlace] { get }
  var strataCount: Int { get }
  var count: Int { get }
  /// The rows beside the model's.
  var controls: [BenchControl] { get }
  /// What its protocol says of the clips, after the suite's name.
  var scope: [Value.Field] { get }
  /// What numbers stand on beside the protocol: a bench that goes on must find it as it was.
  var standing: [Value.Field] { get }
  /// What is shown in the film besides what a model made.
  var shown: [Ingredient] { get }

  /// Completes what was measured of an instance by what follows from several of its rows.
  /// - Parameter first: of the model's samples; its row has their mean.
  func derive(_ entries: inout [BenchRecord.Entry], first: BenchRecord.Entry)
  /// What networks say of its clips; nil where none is asked.
  var looks: FootageLooks? { get }

  /// What may be asked of the places given, once that they will be is on record.
  func opened(for due: [Int]) throws -> any BenchQuestions

  /// - Throws: `Problem` when it cannot be drawn or read.
  func question(_ place: Int) throws -> any BenchQuestion
  /// Its truth alone.
  func truth(_ place: Int) throws -> Frames
}

extension BenchQuestions {
  package func opened(for due: [Int]) throws -> any BenchQuestions { self }
  package func derive(_ entries: inout [BenchRecord.Entry], first: BenchRecord.Entry) {}
  package var looks: FootageLooks? { nil }
  package var standing: [Value.Field] { [] }
}

/// Where an instance stands: what a record of it is called.
package struct BenchPlace: Sendable, Equatable {
  package let id: String, scenario: String, cell: String
}

/// One clip a model is asked to go on with.
package protocol BenchQuestion: Sendable {
  var truth: Frames { get }
  var caption: String? { get }
  /// [L·E], where the data bring their captions' vectors.
  var embedding: [Float]? { get }
  /// Whose clip it is, of footage: what was made of it goes with its grant.
  var content: String? { get }
  /// The actions a model that takes them is given; of a control other than the clip's own. nil: none.
  func track(_ control: BenchControl?) -> ActionTrack?

  /// A clip no model made. - Parameter other: what a control pastes; nil when there is none.
  /// - Returns: nil when it cannot be had here.
  /// - Throws: `Problem` with `BenchControl.isExtrapolation` when the given frames do not let it be made.
  func clip(_ control: BenchControl, from other: Frames?) throws -> Frames?

  /// Every metric on a clip of the truth's size and length: a value, or why there is none.
  func measure(_ clip: Frames) throws -> [String: Measurement]

  /// What distances between sets stand on; nil where there are none.
  func logits(_ clip: Frames) -> [Float]?
}

extension BenchQuestion {
  package func logits(_ clip: Frames) -> [Float]? { nil }
}

extension BenchQuestion {
  package func track(_ control: BenchControl?) -> ActionTrack? { nil }
}
