import Clips
import Files
import Ledger
import Runs

extension Training {
  /// What a run is named by: its experiment, the contents of its data, the windows it began with, its base, its model.
  package struct Identity {
    private let experiment: Experiment
    private let granted: ClipSource
    private let base: String?
    private let model: Value

    package struct Found {
      package let hash: String, name: String
      /// Clips the run began with; empty for a run that begins now.
      package let began: Set<String>
      /// Runs that might be the one to continue, and whose ledgers cannot be read.
      package var unreadable: [Problem] = []
    }

    package init(_ experiment: Experiment, _ granted: ClipSource, base: String?, model: Value) {
      (self.experiment, self.granted, self.base, self.model) = (experiment, granted, base, model)
    }

    private func hash(_ items: String) throws -> String {
      var identity: Value = [
        "experiment": experiment.hashed, "data": .string(granted.contentHash), "granted": .string(items),
        "base": Value(base), "model": model,
      ]
      if let actions = try granted.actionsHash { identity.set("actions", .string(actions)) }
      if let embeddings = try granted.embeddingsHash { identity.set("text_embedding", .string(embeddings)) }
      return Hashing.sha256("orrery.run/1\n" + JSON.line(identity))
    }

    /// The run of today's grants; or an unfinished one that began with more of them: a grant that ends makes its clips
    /// leave a run, not another run. One that is done is taken only to be lengthened, or when it ended with what is
    /// granted today.
    package func run(_ options: Options) throws -> Found {
      let hash = try hash(granted.itemsHash), name = experiment.name + "-" + hash.prefix(8)
      let runs = RunsFolder(path: options.runs)
      guard !runs.holds(name) else {
        return Found(
          hash: hash, name: name,
          began: (try? LedgerReader.history(runs.folder(name) + "/ledger.jsonl", run: hash))?.clips ?? [])
      }
      let now = Set(granted.clips)
      var unreadable: [Problem] = []
      for run in runs.runs(of: experiment.name) {
        let ledger = run.path(RunAudit.ledgerName)
        // One that was made and never trained began with nothing.
        guard Disk.exists(ledger) else { continue }
        let history: LedgerHistory
        do { history = try LedgerReader.history(ledger, run: run.hash) } catch {
          unreadable.append(error as? Problem ?? Problem("\(error)", at: ledger))
          continue
        }
        let began = history.clips
        guard began.isSuperset(of: now), try self.hash(granted.itemsHash(including: began)) == run.hash,
          run.status != .done || options.extend != nil || began.subtracting(history.left.keys) == now
        else { continue }
        return Found(hash: run.hash, name: run.name, began: began)
      }
      return Found(hash: hash, name: name, began: [], unreadable: unreadable)
    }
  }
}
