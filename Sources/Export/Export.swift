import Consent
import Credentials
import Diffusion
import Files
import Foundation
import Ledger
import Models
import Nets
import Provenance
import Runs
import Tensors
import Training

/// `orrery export`: a run's weights as a folder that diffusers and orrery load, with what is needed to make video and
/// with the provenance inside. It is written aside, opened again, replayed, entered in the ledger, and only then takes
/// its name.
public struct Export {
  public struct Result: Sendable {
    public let folder: String
    public let weightsHash: String
    /// The same weights stood there already; nothing was written but, perhaps, a card with newer facts.
    public let wasThere: Bool
    /// max|a−b| / max|b| of the stored batch, computed from the reopened files.
    public let replay: Double
    public let mayBeDistributed: Bool
    public let value: Value
    public var text: String {
      (wasThere
        ? "\(folder) holds these weights already; they open and replay"
        : "wrote \(folder), opened it again and replayed the stored batch") + " (off by \(replay))"
    }
  }

  package let run: Run
  package let weights: WeightsChoice
  /// Absolute.
  package let out: String
  private let named: String
  private let home: HomeFolder?
  private let despiteRevocation: Bool, despiteIgnoring: Bool

  /// - Parameters:
  ///   - out: the folder to make; relative to the working directory.
  ///   - home: where the key is that signs the sidecar.
  ///   - despiteRevocation: writes it although a grant behind the weights was withdrawn; the card says so.
  ///   - despiteIgnoring: writes a model that takes actions although it does not follow them, or nobody knows; likewise.
  public init(
    _ run: Run, weights: WeightsChoice = .ema, out: String, home: HomeFolder? = .own, despiteRevocation: Bool = false,
    despiteIgnoring: Bool = false
  ) {
    (self.despiteRevocation, self.despiteIgnoring) = (despiteRevocation, despiteIgnoring)
    (self.run, self.weights, named, self.home) = (run, weights, out, home)
    self.out = Disk.absolute(out)
  }

  /// Where a run's model goes when nobody says: `NAME-model` in the working directory or, where another run's stands
  /// there, a folder named after this run's hash too.
  package static func place(for run: Run) -> String {
    let short = run.experiment.name + "-model",
      path = Disk.absolute(short)
    return (try? ExportFolder(path, run: run.hash)) == nil ? run.name + "-model" : short
  }

  /// - Throws: `Problem` when something else stands at the folder, the run has no checkpoint, its weights are not those
  ///   its ledger binds, its data or manifest is gone, the disk is full, or what was written does not replay. Nothing
  ///   is left behind then.
  public func write(on compute: Compute, _ console: Console) throws -> Result {
    guard !named.isEmpty else {
      throw Problem.usage("no folder is named", at: "--out", expected: "a new folder's path")
    }
    let folder = try ExportFolder(out, run: run.hash)
    return try withLeave(on: compute, console, merging: true) { ledger, contents in
      try write(folder, ledger, contents, on: compute, console)
    }
  }

  /// Sees to it that the weights may be handed on, and says what is behind them.
  /// - Parameters:
  ///   - merging: an adapter with its base in one; else what was trained, as it is.
  ///   - body: given the ledger, which nobody else may write meanwhile, and what the folder would hold.
  func withLeave<T>(
    on compute: Compute, _ console: Console, merging: Bool, _ body: (LedgerWriter, ExportContents) throws -> T
  ) throws -> T {
    try requireFollowing(console)
    return try withLedger { ledger in
      let trained = try run.model(weights, on: compute)
      try requireBound(trained.parameters.valuesHash, try ledger.summary())
      let model =
        merging
        ? WorldModel(
          trained.spec, WorldTransformer.merged(trained.spec.transformer, trained.parameters), trained.coder,
          trained.captions, trained.pictures)
        : trained
      let (papers, text) = try papers(model.parameters.valuesHash, ledger, console, trained.captions)
      try trained.parameters.frozen?.requireUnchanged()
      guard let text else { preconditionFailure("a world model without captions") }
      return try body(ledger, ExportContents(papers: papers, model: model, text: text))
    }
  }

  /// A model that was given actions and does not listen is no model of actions.
  private func requireFollowing(_ console: Console) throws {
    guard let verdict = ActionVerdict(run) else { return }
    if let found = verdict.found, found.verdict != .ignores {
      if found.verdict == .unaligned { console.note("WARNING: " + verdict.text) }
      return
    }
    guard !despiteIgnoring else { return console.note("WARNING: " + verdict.text) }
    throw Problem(
      verdict.text, at: run.name, expected: "a loss that rises, on held-out clips, when other actions are given",
      fix: (verdict.fix
        ?? "train longer, or on clips where actions matter; check that row t led to frame t + 1")
        + "; or say --despite-that, which the card will repeat")
  }

  /// The run's ledger, held to the end: while somebody trains this run its weights may change under us, and the ledger
  /// refuses a second writer.
  func withLedger<T>(_ body: (LedgerWriter) throws -> T) throws -> T {
    guard Disk.exists(run.path("ledger.jsonl")) else {
      throw Problem(
        "the run has no ledger, so nobody can say what its weights were made from", at: run.folder,
        fix: "train it with 'orrery finetune', which writes one")
    }
    _ = try run.audited(home: home)
    return try body(LedgerWriter(path: run.path("ledger.jsonl"), run: run.hash, key: RunKey.existing()))
  }

  /// What goes with weights that may be handed on.
  /// - Parameters:
  ///   - hash: of the weights that leave.
  ///   - captions: makes the vectors of the run's; nil where it read none.
  /// - Returns: them, and what is told of captions, where there were any.
  func papers(
    _ hash: String, _ ledger: LedgerWriter, _ console: Console, _ captions: CaptionVectors? = nil
  ) throws -> (ExportPapers, ExportText?) {
    let usage = try ledger.usage(), withdrawn = try WithdrawnGrants(run, usage)
    try requireLeave(withdrawn)
    let provenance = try ExportProvenance(run, usage),
      distribution = try ExportDistribution(provenance, run)
    let text = try captions.map { try ExportText($0, provenance) }
    _ = try CredentialsFolder.required(home).signer()
    let card = ModelCard(
      run: run, weights: weights, weightsHash: hash, provenance: provenance, distribution: distribution,
      captions: text, withdrawn: withdrawn)
    if !distribution.mayBeDistributed {
      for line in ["WARNING: " + distribution.sentence] + distribution.lines.map({ "  - " + $0 }) { console.note(line) }
    }
    for line in withdrawn.lines { console.note("WARNING: " + line) }
    if let note = withdrawn.note { console.note("note: " + note) }
    for note in provenance.notes { console.note("note: \(note)") }
    return (
      ExportPapers(
        run: run, weights: weights, weightsHash: hash, provenance: provenance, distribution: distribution, card: card,
        withdrawn: withdrawn, report: try ConsentReport(run, usage: usage), home: home), text
    )
  }

  private func write(
    _ folder: ExportFolder, _ ledger: LedgerWriter, _ contents: ExportContents, on compute: Compute, _ console: Console
  ) throws -> Result {
    let hash = contents.weightsHash, papers = contents.papers,
      (distribution, withdrawn, card) = (papers.distribution, papers.withdrawn, papers.card)
    if folder.holdsEarlier,
      let there = try? ExportedModel.open(out, autoencoder: run.experiment.codec.from, on: compute),
      there.weightsHash == hash,
      there.weights == weights
    {
      let replay = try ExportReplay.check(there.model, in: out)
      // An export of an earlier version has no sidecar.
      if !Disk.exists(Sidecar.candidates(out + "/" + CredentialOrigin.weightsName)[0]) {
        try contents.writeSidecar(in: out)
      }
      // A bench since then makes a newer card.
      if (try? Disk.readText(out + "/" + ExportFile.card.name)) != card.text {
        try contents.write(.card, in: out, console)
      }
      return result(hash, distribution, withdrawn, replay, wasThere: true)
    }
    let replay = try folder.replace { aside in
      try contents.write(to: aside, console)
      let replay = try ExportReplay.check(
        try ExportedModel.open(aside, autoencoder: run.experiment.codec.from, on: compute).model, in: aside)
      // In the ledger before it has its name: a crash in between says too much rather than too little.
      try ledger.append(.export, LedgerBody.export(path: out, weightsSHA256: hash))
      try ledger.flush()
      return replay
    }
    return result(hash, distribution, withdrawn, replay, wasThere: false)
  }

  /// That nothing stands at the folder. - Parameter what: is to go there.
  func requireFree(for what: String) throws {
    guard (try? FileManager.default.contentsOfDirectory(atPath: out))?.isEmpty ?? true,
      !Disk.exists(out) || Disk.isFolder(out)
    else {
      throw Problem(
        "something stands where the \(what) should go", at: out, expected: "a new or empty folder",
        fix: "choose another --out")
    }
  }

  /// The weights must be those whose making the ledger tells.
  func requireBound(_ hash: String, _ ledger: LedgerSummary) throws {
    let last = ledger.checkpoints.last
    func unbound(_ what: String, _ fix: String) -> Problem {
      Problem(what, at: run.folder, expected: "the checkpoint that the ledger's last checkpoint record binds", fix: fix)
    }
    guard let last else {
      throw unbound("the ledger binds no checkpoint", "train the run further, so that it checkpoints")
    }
    switch weights {
    case .ema:
      guard last.weightsSHA256 == hash else {
        throw unbound(
          "weights.safetensors holds other weights than the ledger binds (\(hash.prefix(12))…, not \(last.weightsSHA256.prefix(12))…)",
          "if training was killed, run 'orrery finetune' again so that it checkpoints; otherwise the file was changed: restore it"
        )
      }
    case .raw:
      // The raw weights' own hash is not in the ledger; that they stand at the same step is what can be known.
      let step = try Safetensors(path: run.path("state.safetensors"))[metadata: "step"].flatMap { Int($0) }
      guard step == last.step else {
        throw unbound(
          "state.safetensors stands at step \(step.map(String.init) ?? "?"), the ledger's last checkpoint at \(last.step)",
          "run 'orrery finetune' again so that it checkpoints")
      }
    }
  }

  /// Weights leave the house only when whoever sends them knows that footage behind them was taken back.
  private func requireLeave(_ withdrawn: WithdrawnGrants) throws {
    guard !withdrawn.isEmpty, !despiteRevocation else { return }
    throw Problem(
      withdrawn.lines.joined(separator: "; "), at: run.name, expected: "weights all of whose grants stand",
      fix: "train without it: "
        + Shell.orrery(["consent", "plan-retrain", run.name, "--without", withdrawn.items[0].grant])
        + "; or say --despite-revocation, which the card will repeat")
  }

  private func result(
    _ hash: String, _ distribution: ExportDistribution, _ withdrawn: WithdrawnGrants, _ replay: Double, wasThere: Bool
  ) -> Result {
    var value: Value = [
      "export": .string(out), "run": .string(run.name), "step": Value(run.step), "weights": .string(weights.rawValue),
      "weights_sha256": .string(hash),
      "already_there": .bool(wasThere), "replay_error": .number(replay), "distribution": distribution.value,
    ]
    if !withdrawn.isEmpty { value.set("revoked", withdrawn.value) }
    return Result(
      folder: out, weightsHash: hash, wasThere: wasThere, replay: replay,
      mayBeDistributed: distribution.mayBeDistributed, value: value)
  }
}
