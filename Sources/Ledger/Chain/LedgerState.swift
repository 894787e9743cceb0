import Consent
import Files

/// What a ledger's records add up to so far. The writer and the reader both run every record through here, so the
/// writer cannot write what the reader would refuse.
package struct LedgerState: Sendable {
  package private(set) var records = 0
  package private(set) var head = LedgerRecord.genesis
  /// Every head so far, with how many records there were then.
  package private(set) var heads: [String: Int] = [:]
  /// The first record's hash: which ledger this is.
  package private(set) var first: String?
  package private(set) var run: String?
  package private(set) var exposures: [LedgerTrail.Exposure] = []
  package private(set) var checkpoints: [LedgerSummary.Checkpoint] = []
  private(set) var exports: [LedgerTrail.Export] = []
  private(set) var evaluations: [LedgerTrail.Evaluation] = []
  package private(set) var history = LedgerHistory()
  /// The key in force, and every key so far.
  private(set) var signer: String?
  private(set) var signers: [String] = []
  /// Records up to here are covered by a signature.
  private(set) var signedTo = 0
  /// Records written before the ledger had a key.
  private(set) var unsignedStart: Int?
  private(set) var opened: Moment?
  private(set) var closed = false
  private(set) var tornLines = 0
  /// The last checkpoint or close that a key signed, and that key: through `prev` it vouches for every line before.
  private(set) var vouched: (record: LedgerRecord, key: String)?
  /// The manifests each opening names, once each, in the order of its clips.
  private(set) var manifests: [[String]] = []
  /// SHA-256 of the frames of every clip that any opening named.
  private(set) var contents: [String: String] = [:]
  /// Of every clip that may be used now.
  private var terms: [String: ClipTerms] = [:]
  /// Steps up to here are counted and not void.
  package private(set) var countedTo = 0
  /// Records that take uses back and that nothing bears out yet, oldest first.
  private(set) var pending: [PendingVoid] = []
  /// Steps a resume went back to, with the record that says so.
  private(set) var returns: [(seq: Int, after: Int)] = []
  /// The weights the run began with, as its last opening at step 0 states them.
  private(set) var base: LedgerBase?
  /// Those of the autoencoder in whose latents it is trained.
  private(set) var codec: LedgerBase?
  /// From a record's number to its index in `exposures`.
  private var places: [Int: Int] = [:]
  /// The same for `evaluations`.
  private var looks: [Int: Int] = [:]

  /// Takes the next record.
  /// - Throws: `Problem` at `place` when it does not follow from those before.
  package mutating func apply(_ record: LedgerRecord, at place: String) throws {
    func broken(_ what: String, _ expected: String? = nil) -> Problem {
      Problem(
        what, at: place, expected: expected,
        fix: "restore the ledger from a copy; nothing after this line can be trusted")
    }
    guard record.prev == head || heads[record.prev] == nil else {
      throw broken("the ledger has two heads: this record follows an earlier line, and another one does already")
    }
    guard record.seq == records else {
      throw broken("the record's number is \(record.seq)", "\(records): a line is missing, doubled or moved")
    }
    guard record.prev == head else {
      throw broken("the chain is broken: the record does not follow the line before it", "prev \(head.prefix(12))…")
    }
    if let run, run != record.run {
      throw broken(
        "the record is of the run '\(FieldReader.shortened(record.run))'", "run '\(FieldReader.shortened(run))'")
    }
    try signed(record, broken)
    switch record.kind {
    case .open:
      guard let stated = LedgerBody.terms(record.body["clips"]),
        record.body["from"].map({ ($0.integer ?? -1) >= 0 }) ?? true
      else {
        throw broken("the open record does not say which clips and grants it is for")
      }
      let from = record.body["from"]?.integer ?? countedTo
      // A resume takes back what lies behind its checkpoint and says at once that it goes on from there.
      if let stray = pending.first(where: { $0.after < from }) {
        throw broken(
          "the run goes on from step \(from), and record \(stray.seq) takes back all uses after step \(stray.after): no resume did that"
        )
      }
      settle()
      if let stated = record.body["base"] {
        guard let stated = LedgerBase(stated) else {
          throw broken("the open record does not say which weights the run began with")
        }
        base = stated
      }
      if let stated = record.body["codec"] {
        guard let stated = LedgerBase(stated) else {
          throw broken("the open record does not say which autoencoder the run works with")
        }
        codec = stated
      }
      open(stated, from: from, record.body["clips"]?.fields ?? [])
      opened = opened ?? record.time
      closed = false
    case .exposure:
      guard let (steps, clips) = LedgerBody.exposure(record.body) else {
        throw broken("the exposure record's counts are not whole, or more is in the loss than was seen")
      }
      guard steps.lowerBound >= countedTo else {
        throw broken(
          "steps \(steps.lowerBound) to \(steps.upperBound) are counted twice",
          "steps from \(countedTo) on, or a void record first")
      }
      if let stray = clips.keys.filter({ terms[$0] == nil }).min() {
        throw broken("the clip '\(FieldReader.shortened(stray))' was used, and no open record admits it")
      }
      guard !manifests.isEmpty else { throw broken("steps were done before any open record", nil) }
      places[record.seq] = exposures.count
      exposures.append(
        .init(seq: record.seq, steps: steps, clips: clips, admitted: terms, opening: manifests.count - 1))
      countedTo = steps.upperBound
    case .checkpoint:
      guard let (step, weights) = LedgerBody.checkpoint(record.body) else {
        throw broken("the checkpoint record names no step or weights")
      }
      settle()
      checkpoints.append(.init(seq: record.seq, step: step, weightsSHA256: weights, time: record.time))
    case .void: try void(record, broken)
    case .export:
      guard let (path, weights) = LedgerBody.export(record.body) else {
        throw broken("the export record names no folder or weights")
      }
      exports.append(
        .init(seq: record.seq, path: path, weightsSHA256: weights, step: checkpoints.last?.step, time: record.time))
    case .evaluate:
      guard let body = LedgerBody.evaluate(record.body) else {
        throw broken("the evaluate record does not say which clips were used, or by whose leave")
      }
      looks[record.seq] = evaluations.count
      evaluations.append(
        .init(seq: record.seq, use: body.use, step: body.step, model: body.model, clips: body.clips, terms: body.terms))
    case .close: closed = true
    case .revoke:
      guard let (after, gone) = LedgerBody.revoke(record.body) else {
        throw broken("the revoke record does not say which clips left, or when")
      }
      guard after >= countedTo else {
        throw broken("clips leave after step \(after), and steps up to \(countedTo) are counted with them")
      }
      for clip in gone.keys { terms.removeValue(forKey: clip) }
      history.withdraw(gone, after: after)
    }
    run = record.run
    records += 1
    head = record.hash
    heads[head] = records
    first = first ?? head
  }

  /// - Parameter fields: `terms` in the order of the record.
  private mutating func open(_ stated: [String: ClipTerms], from step: Int, _ fields: [Value.Field]) {
    // Most openings repeat the one before: a resume under the same terms takes no memory.
    if stated != terms { terms = stated }
    history.start(at: step, terms)
    manifests.append(fields.compactMap { stated[$0.key]?.manifestSHA256 }.filter { !$0.isEmpty }.distinct())
    for (clip, terms) in stated { contents[clip] = terms.framesSHA256 }
  }

  /// From the record that names a key on, what a reader relies on is signed by it: openings, checkpoints and the close.
  private mutating func signed(_ record: LedgerRecord, _ broken: (String, String?) -> Problem) throws {
    let by: String?
    do { by = try record.signer() } catch let problem as Problem { throw broken(problem.what, nil) }
    let named = record.kind == .open ? record.body["key"]?.string : signer
    if record.kind == .open, named == nil, let signer {
      throw broken("the record goes on without the key that signs this ledger", "an opening signed by \(signer)")
    }
    if let by, by != named {
      throw broken(
        "the record is signed by another key, \(by)",
        named.map { "a signature by \($0)" } ?? "no signature: the ledger names no key")
    }
    if let named, by == nil, [.open, .checkpoint, .close].contains(record.kind) {
      throw broken("the record is not signed", "a signature by \(named)")
    }
    guard let by else { return }
    if record.kind == .open {
      if signers.isEmpty { unsignedStart = records }
      if !signers.contains(by) { signers.append(by) }
      signer = by
    }
    if record.kind == .checkpoint || record.kind == .close { vouched = (record, by) }
    signedTo = records + 1
  }

  private mutating func void(_ record: LedgerRecord, _ broken: (String, String?) -> Problem) throws {
    let body = record.body.removing(LedgerSignature.field), isSigned = record.body[LedgerSignature.field] != nil
    if let bytes = body["torn_bytes"]?.integer, body.fields?.count == 1, bytes >= 0 {
      tornLines += 1
      return
    }
    guard let (after, voided) = LedgerBody.void(body) else {
      throw broken("the void record does not say what is void", nil)
    }
    guard voided == (try later(than: after)) else {
      throw broken("the void record does not name every use after step \(after), and only those", nil)
    }
    // A resume that takes nothing back writes none; an unsigned one must not bear out others.
    guard isSigned || !voided.isEmpty else { return }
    var taken = PendingVoid(
      seq: record.seq, after: after, isBehindClose: closed, countedTo: countedTo, checkpoints: checkpoints)
    for seq in voided {
      if let place = places[seq] {
        exposures[place].voidedBy = record.seq
        taken.exposures.append(place)
      } else if let place = looks[seq] {
        evaluations[place].voided = true
        taken.evaluations.append(place)
      }
    }
    countedTo = min(countedTo, exposures.last { !$0.voided }?.steps.upperBound ?? 0)
    // Weights of a step whose exposures are void are bound to nothing any more.
    checkpoints.removeAll { $0.step > after }
    pending.append(taken)
    if isSigned { settle() }
  }

  /// What was taken back is borne out.
  private mutating func settle() {
    returns += pending.map { ($0.seq, $0.after) }
    pending = []
  }

  mutating func restore(_ voids: [PendingVoid], checkpoints: [LedgerSummary.Checkpoint], countedTo: Int) {
    for void in voids {
      for place in void.exposures { exposures[place].voidedBy = nil }
      for place in void.evaluations { evaluations[place].voided = false }
    }
    self.checkpoints = checkpoints
    self.countedTo = max(self.countedTo, countedTo)
    pending = []
  }

  /// Numbers of the live records of use that lie after `step`: they belong to work that is done again.
  /// - Throws: `Problem` when one lies across it: exposures are flushed at checkpoints, so a resume never begins inside
  ///   one.
  package func later(than step: Int) throws -> [Int] {
    let live = exposures.filter { !$0.voided && $0.steps.upperBound > step }
    if let across = live.first(where: { $0.steps.lowerBound < step }) {
      throw Problem(
        "the run resumes at step \(step), inside the exposure record of steps \(across.steps.lowerBound) to \(across.steps.upperBound)",
        fix: "resume from a checkpoint; exposures are flushed before each")
    }
    // What was observed at step 0 is observed again by a run that begins again.
    let seen = evaluations.filter { !$0.voided && ($0.step.map { $0 > step || step == 0 } ?? false) }
    return (live.map(\.seq) + seen.map(\.seq)).sorted()
  }
}
