import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Media
import Runs

/// `orrery consent plan-retrain`: the experiment of a run once more, without a grant. Its windows are other ones and
/// its name's hash is another, so it trains a new run beside the old one.
public struct RetrainPlan: Sendable {
  public let path: String
  public let value: Value
  public let text: String

  /// - Parameter out: the file to write; it must not be there yet.
  /// - Throws: `Problem` when the run never used the grant, its manifests are gone, its base used the grant too, or
  ///   nothing would be left.
  public init(_ run: Run, without grant: String, licensor: String?, out: String?) throws {
    let question = ConsentImpact.Question(grant: grant, licensor: licensor)
    let ledger = run.path("ledger.jsonl"), trail = try run.audited().trail(), history = trail.history
    let item = ConsentImpact.Item(question, run.name, run.folder, trail)
    // First: what the base saw is in these weights whether or not the run itself saw it.
    let hasUnknownRoots = try Self.requireCleanBase(run, trail, question)
    let stated = Set(history.starts.flatMap(\.clips.values))
    guard item.share.seen > 0 || licensor == nil && stated.contains(grant) else {
      throw Problem(
        "the run did not use the grant '\(grant)'" + (licensor.map { " of \($0)" } ?? "")
          + Nearest.hint(grant, stated.sorted()), at: ledger,
        expected: "a grant its ledger names: \(stated.sorted().joined(separator: ", "))",
        fix: "see: " + Shell.orrery(["consent", "ledger", run.name]))
    }
    var experiment = run.experiment
    experiment.training.steps = run.steps
    for i in experiment.data.indices { try Self.leaveOut(grant, licensor, &experiment.data[i]) }
    let before = history.clips.count, after = try Self.left(experiment, without: grant, of: before, run)
    path = out ?? "\(run.name)-without-\(String(grant.map { $0.isLetter || $0.isNumber ? $0 : "-" })).yaml"
    guard !Disk.exists(path) else {
      throw Problem("a file is already there", at: path, fix: "choose another --out, or move it away")
    }
    let header = """
      # \(run.name) once more, without the grant \(JSON.line(.string(grant))).
      #   \(Shell.orrery(["finetune", path]))
      # \(after) of its \(Text.counted(before, "training clip")) are left. Expect a new run whose ledger has no frame of that grant.

      """
    try Disk.write(header + YAML.text(experiment.value), to: path)
    value = [
      "experiment": .string(path), "run": .string(run.name), "without": .string(grant), "clips_before": Value(before),
      "clips_after": Value(after), "frames_seen": Value(item.share.seen),
    ]
    text =
      "wrote \(path): \(after) of \(Text.counted(before, "training clip")) are left; the run had seen \(Text.counted(item.share.seen, "frame")) under '\(grant)' (\(item.share.text))"
      + (hasUnknownRoots
        ? "; it began with weights of unknown origin, which may have seen the grant too" : "")
  }

  /// Whether a plan could be written: something is left to train on, and all it rests on is at hand.
  public static func leavesClips(of name: String, without grant: String, runs: String) -> Bool {
    guard let run = try? RunsFolder(path: runs).find(name) else { return false }
    var experiment = run.experiment
    for i in experiment.data.indices {
      guard (try? leaveOut(grant, nil, &experiment.data[i])) != nil else { return false }
    }
    return (try? ClipSource(experiment, .fineTune, split: .train)) != nil
  }

  /// Training clips of the experiment that are left.
  /// - Throws: `Problem` when there are none: then there is nothing to train again, only weights to give up.
  private static func left(_ experiment: Experiment, without grant: String, of before: Int, _ run: Run) throws -> Int {
    do { return try ClipSource(experiment, .fineTune, split: .train).clips.count } catch let problem as Problem {
      // What follows the first line is the gate's table: every clip, refused for want of the one grant.
      let reason = problem.what.prefix { $0 != "\n" }
      throw Problem(
        "without the grant '\(grant)' nothing is left to train on: none of the run's "
          + "\(Text.counted(before, "training clip")) may be used otherwise (\(reason))", at: run.name,
        expected: "clips that another grant covers",
        fix: "no experiment was written; what the run made is named by "
          + Shell.orrery(["consent", "impact", "--revoke", grant])
          + ", and another run needs footage under another grant")
    }
  }

  /// Names the grant in `without` where the source's manifest has it.
  private static func leaveOut(_ grant: String, _ licensor: String?, _ source: inout Experiment.Source) throws {
    guard let path = try source.manifest ?? Dataset(source).manifestPath else {
      throw Problem("the dataset names no consent manifest", at: source.path)
    }
    let manifest = try Manifest(path: path)
    guard manifest.grant(grant) != nil, licensor == nil || manifest.licensor.id == licensor,
      !source.without.contains(grant)
    else { return }
    source.without.append(grant)
  }

  /// Retraining from weights that saw the grant would leave it in.
  /// - Returns: whether the run began with weights of which it is not known what they saw.
  private static func requireCleanBase(
    _ run: Run, _ trail: LedgerTrail, _ question: ConsentImpact.Question
  ) throws -> Bool {
    let runs = RunsFolder(path: (run.folder as NSString).deletingLastPathComponent)
    let roots = try WeightsOrigin.base(of: run.folder, trail, runs, .own)
    guard let base = roots.base, base.shares.contains(where: question.covers) else { return roots.isUnknown }
    let name = runs.traces.first { base.run != nil && (try? Run(folder: runs.folder($0)))?.hash == base.run }
    throw Problem(
      "the run started from "
        + (name.map { "the run \($0)" } ?? "weights of the run \((base.run ?? "").prefix(8))…")
        + ", which used the grant too: leaving it out here would not take it out of the weights",
      at: run.experiment.from ?? run.name,
      fix: "retrain the base first, and name the new one as 'from' in the experiment")
  }
}
