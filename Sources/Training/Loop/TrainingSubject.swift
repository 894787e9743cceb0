import Clips
import Consent
import Files
import Ledger
import Runs

/// What is trained, as the loop sees it: how a batch becomes a gradient, what is looked at on the way, and what is left
/// at the end. Windows, consent, ledger, optimizer and checkpoints are the loop's, whatever it is. While anything but a
/// gradient is asked for, the averaged weights stand in for the trained ones.
package protocol TrainingSubject: AnyObject {
  /// Loss of one micro-batch, whose gradient is added to the training's, and how much of each clip it used.
  func gradient(_ batch: Batches.Batch, step: Int, part: Int) throws -> (loss: Double, used: [String: Usage])

  /// That nobody wrote into files it reads. - Throws: `Problem`.
  func requireUnchanged() throws

  // MARK: held-out clips

  var heldOutCount: Int { get }
  /// The consent documents as they stand now; nil without held-out clips.
  func heldOutGates(at time: Moment) throws -> [Gate]?
  /// Leaves out clips whose grant for evaluating has ended, or is not in `gates`. - Returns: names of those that left.
  func keepHeldOut(_ gates: [Gate]?, at time: Moment) -> [String]
  /// Of the first `limit` clips. That they were looked at is in the ledger before they are.
  func heldOutLoss(limit: Int, step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.HeldOutLoss

  /// Whether it follows the actions it is given; nil of one that takes none.
  func following(step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.Following?

  // MARK: what else is looked at

  /// Whether a suite is due.
  func isVisited(_ step: Int, of steps: Int) -> Bool
  func visits(_ step: Int, of steps: Int, recordedIn books: Bookkeeping) throws -> [RunEvent]
  /// Training seen by eye, as a picture.
  func drawSheet(_ step: Int, recordedIn books: Bookkeeping, to path: String) throws

  // MARK: the end

  /// What is measured of the last step's weights, for the header of their file.
  /// - Parameters:
  ///   - last: clips of the last step.
  ///   - source: further clips; what is used of them is recorded.
  func measure(
    _ last: [TrainingClip], of source: ClipSource, recordedIn books: Bookkeeping
  ) throws -> [(String, String)]
  /// What is made of the last checkpoint, which is whole by then.
  func finish() throws
}

extension TrainingSubject {
  func following(step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.Following? { nil }
}
