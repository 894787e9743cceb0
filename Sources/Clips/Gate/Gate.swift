import Consent
import Files
import Frames
import Media

/// The decision for one clip of a dataset.
public struct ClipDecision: Sendable, Equatable {
  public let index: Int
  public let clip: String
  public let split: Split
  public let frames: Int
  public let decision: Decision
}

/// The preflight: every clip of a dataset held against a manifest, before anything is read or trained.
///
/// It looks at the manifest and at the hashes the dataset lists, not at pixels, so it takes seconds for any size of
/// set. What it admits is verified again, chunk by chunk, when a `TrainingClip` or `EvaluationClip` first reads it;
/// `verifyingContent` does it for all frames at once.
public struct Gate: Sendable {
  public let dataset: Dataset
  public let manifest: Manifest
  public let request: ConsentRequest
  /// What is known of the manifest besides its words.
  public let assurance: Assurance
  /// In the dataset's order.
  public let decisions: [ClipDecision]

  /// - Parameters:
  ///   - policy: whose signatures are believed and what was revoked.
  ///   - exposures: frames seen in earlier runs, from their ledgers.
  public init(
    dataset: Dataset, manifest: Manifest, request: ConsentRequest, policy: ConsentPolicy = .none,
    exposures: Exposures = Exposures()
  ) {
    let assurance = policy.assurance(of: manifest, at: request.time), dataset = dataset.holding(Self.hashes(manifest))
    let facts = dataset.clips.enumerated().map { i, clip in
      ClipFacts(clip, conditioning: Self.conditioning(dataset, i), in: dataset.path)
    }
    self.init(
      dataset, manifest, request, assurance,
      Self.decide(dataset.clips, facts, manifest, request, assurance, exposures))
  }

  private init(
    _ dataset: Dataset, _ manifest: Manifest, _ request: ConsentRequest, _ assurance: Assurance,
    _ decisions: [ClipDecision]
  ) {
    self.assurance = assurance
    self.dataset = dataset
    self.manifest = manifest
    self.request = request
    self.decisions = decisions
  }

  /// A clip whose file says no hash is held to the one the manifest lists under its name: at preflight it is believed,
  /// at the first read the pixels must have it.
  private static func hashes(_ manifest: Manifest) -> [String: String] {
    Dictionary(
      manifest.assets.compactMap { asset in asset.framesSHA256.map { (asset.clip, $0) } },
      uniquingKeysWith: { a, _ in a })
  }

  /// The table without the gate: what `consent check` prints for clips that are merely listed. It opens nothing.
  public static func decide(
    _ clips: [ClipRecord], _ manifest: Manifest, _ request: ConsentRequest, _ assurance: Assurance? = nil,
    _ exposures: Exposures = Exposures()
  ) -> [ClipDecision] {
    decide(
      clips, clips.map { ClipFacts($0) }, manifest, request, assurance ?? Assurance(of: manifest, at: request.time),
      exposures)
  }

  private static func decide(
    _ clips: [ClipRecord], _ facts: [ClipFacts], _ manifest: Manifest, _ request: ConsentRequest,
    _ assurance: Assurance, _ exposures: Exposures
  ) -> [ClipDecision] {
    let caps = CapCount(facts, manifest, exposures)
    return clips.enumerated().map { index, clip in
      ClipDecision(
        index: index, clip: clip.id, split: clip.split, frames: clip.frames,
        decision: .decide(manifest, facts[index], request, exposures: caps.seen(index), assurance: assurance))
    }
  }

  private static func conditioning(_ dataset: Dataset, _ clip: Int) -> ClipFacts.Conditioning {
    do { return .read(try dataset.conditioning(clip)) } catch {
      return .unreadable((error as? Problem)?.what ?? "\(error)")
    }
  }

  public var refused: [ClipDecision] { decisions.filter { !$0.decision.isAdmitted } }

  /// `consent check --full`: reads every admitted clip and refuses those whose frames are not what the dataset lists.
  /// Hours for a large set; `progress` is called with clips done and in all.
  public func verifyingContent(progress: (Int, Int) -> Void = { _, _ in }) -> Gate {
    let checked = decisions.enumerated().map { done, entry in
      defer { progress(done + 1, decisions.count) }
      guard entry.decision.isAdmitted else { return entry }
      do { try dataset.verify(entry.index); return entry } catch {
        let why = (error as? Problem)?.what ?? "\(error)"
        let reason = Reason(
          .contentChanged, "reading it failed: \(why)",
          fix: "restore the file from its source, or import the footage again")
        return ClipDecision(
          index: entry.index, clip: entry.clip, split: entry.split, frames: entry.frames, decision: .refused([reason]))
      }
    }
    return Gate(dataset, manifest, request, assurance, checked)
  }

  /// - Throws: `Problem` with the reasons, counted, when no clip of the split is left.
  public func requireAdmissions(split: Split? = nil) throws {
    let relevant = decisions.filter { split == nil || $0.split == split }
    guard !relevant.contains(where: { $0.decision.isAdmitted }) else { return }
    let table = ConsentTable(relevant, request: request)
    throw Problem(
      "no \(split.map { $0.rawValue + " " } ?? "")clip may be used for \(request.action.rawValue)"
        + (relevant.isEmpty ? ": there is none" : "\n" + table.text),
      at: dataset.path,
      fix: relevant.isEmpty
        ? "check the dataset's splits" : "see the table's last column; 'orrery consent check' prints it whole")
  }
}
