import Consent
import Files

/// A verified ledger in numbers. Exposure is a count of frames, not a measure of influence.
public struct LedgerSummary: Sendable, Equatable {
  public struct Checkpoint: Sendable, Equatable {
    public let seq: Int
    /// Steps done when the weights were written.
    public let step: Int
    public let weightsSHA256: String
    public let time: Moment

    package init(seq: Int, step: Int, weightsSHA256: String, time: Moment) {
      self.seq = seq
      self.step = step
      self.weightsSHA256 = weightsSHA256
      self.time = time
    }
  }

  /// Frames by use (`EvaluationUse`), clip and licensor.
  public struct Evaluations: Sendable, Equatable {
    public internal(set) var uses: [String: Int] = [:]
    public internal(set) var clips: [String: Int] = [:]
    public internal(set) var licensors: [String: Int] = [:]
    public internal(set) var total = 0
  }

  /// Who vouches for the ledger. Every signature in it was checked.
  public struct Signing: Sendable, Equatable {
    /// Each a did:key, in order of appearance; empty for a ledger nobody signed.
    public let keys: [String]
    /// Records covered by the last signature.
    public let covered: Int
    /// Records written before the first.
    public let before: Int
  }

  public let run: String
  public let records: Int
  /// The last record's hash.
  public let head: String
  public let opened: Moment?
  public let closed: Bool
  /// Steps whose exposures stand.
  public let steps: Int
  /// Frames, net of what is void.
  public let clips: [String: Usage]
  public let grants: [String: Usage]
  public let licensors: [String: Usage]
  public let total: Usage
  public let voided: Usage
  public let checkpoints: [Checkpoint]
  public let exports: Int
  /// Frames a model was given without learning from them, net of what is void; they are in none of the counts above.
  public let evaluations: Evaluations
  public let signing: Signing
  /// Clips that lost their grant, or were changed, while the run went on, with the steps done when they left.
  public let left: [String: Int]
  /// Those of them that were not what was granted any more.
  package let changed: Set<String>
  /// Lines that were torn by a crash, removed and recorded.
  public let tornLines: Int
  /// Bytes of an unfinished last line that no writer has removed yet.
  public let tornTail: Int
  /// Records at the end that take frames back and that nobody vouches for: the frames count.
  public let disbelieved: Int
  /// The weights the run began with, where it did not begin with its own.
  public let base: LedgerBase?
  /// Frames seen by content and grant, for the gate.
  public let exposures: Exposures

  /// - Throws: `Problem` when counts leave Int's range.
  package init(_ found: LedgerState, tornTail: Int, at path: String) throws {
    let state = found.believed
    var (clips, grants, licensors): ([String: Usage], [String: Usage], [String: Usage]) = ([:], [:], [:])
    var (total, voided) = (Usage(), Usage())
    var exposures = Exposures()
    func sum(_ a: Usage?, _ b: Usage) throws -> Usage {
      guard let c = (a ?? Usage()).adding(b) else {
        throw Problem("the ledger's counts are beyond any real number of frames", at: path)
      }
      return c
    }
    for record in state.exposures {
      for (clip, usage) in record.clips {
        if record.voided { voided = try sum(voided, usage); continue }
        total = try sum(total, usage)
        clips[clip] = try sum(clips[clip], usage)
        guard let terms = record.terms(of: clip) else { continue }
        grants[terms.grant] = try sum(grants[terms.grant], usage)
        licensors[terms.licensor] = try sum(licensors[terms.licensor], usage)
        exposures.add(usage.seen, terms.use(of: clip))
      }
    }
    run = state.run ?? ""
    records = state.records
    head = state.head
    opened = state.opened
    closed = state.closed
    steps = state.exposures.filter { !$0.voided }.reduce(0) { $0 + $1.steps.count }
    (self.clips, self.grants, self.licensors, self.total, self.voided) = (clips, grants, licensors, total, voided)
    checkpoints = state.checkpoints
    exports = state.exports.count
    var evaluations = Evaluations()
    for record in state.evaluations where !record.voided {
      for (clip, frames) in record.clips {
        func add(_ n: inout Int) throws { n = try sum(Usage(seen: n), Usage(seen: frames)).seen }
        try add(&evaluations.total)
        try add(&evaluations.uses[record.use, default: 0])
        try add(&evaluations.clips[clip, default: 0])
        try add(&evaluations.licensors[record.terms[clip]?.licensor ?? "", default: 0])
      }
    }
    self.evaluations = evaluations
    signing = Signing(keys: state.signers, covered: state.signedTo, before: state.unsignedStart ?? 0)
    left = state.history.left
    changed = Set(state.history.leftFor.filter { $0.value.contains(Reason.Code.contentChanged.rawValue) }.keys)
    tornLines = state.tornLines
    self.tornTail = tornTail
    self.exposures = exposures
    disbelieved = found.pending.count
    base = state.base
  }

  public var value: Value {
    func usages(_ items: [String: Usage]) -> Value {
      .object(items.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.value) })
    }
    func counts(_ items: [String: Int]) -> Value {
      .object(items.sorted { $0.key < $1.key }.map { .init($0.key, Value($0.value)) })
    }
    let more: [Value.Field] =
      (disbelieved > 0 ? [.init("disbelieved", Value(disbelieved))] : [])
      + (base.map { [.init("base", $0.value)] } ?? [])
    return .object(
      [
        .init("run", .string(run)), .init("records", Value(records)), .init("head", .string(head)),
        .init("opened", Value(opened?.description)),
        .init("closed", .bool(closed)), .init("steps", Value(steps)), .init("total", total.value),
        .init("voided", voided.value),
        .init("licensors", usages(licensors)), .init("grants", usages(grants)), .init("clips", usages(clips)),
        .init(
          "checkpoints",
          .array(
            checkpoints.map {
              .object([
                .init("step", Value($0.step)), .init("weights_sha256", .string($0.weightsSHA256)),
                .init("time", .string($0.time.description)),
              ])
            })),
        .init("exports", Value(exports)),
        .init(
          "evaluations",
          .object([
            .init("frames", Value(evaluations.total)), .init("uses", counts(evaluations.uses)),
            .init("licensors", counts(evaluations.licensors)), .init("clips", counts(evaluations.clips)),
          ])),
        .init("left", counts(left)),
        .init(
          "signed",
          .object([
            .init("keys", .texts(signing.keys)), .init("records", Value(signing.covered)),
            .init("unsigned_before", Value(signing.before)),
          ])),
        .init("torn_lines", Value(tornLines)), .init("torn_tail_bytes", Value(tornTail)),
      ] + more)
  }

  /// For a terminal; ends in a newline.
  public var text: String {
    func line(_ name: String, _ usage: Usage) -> String {
      "  \(FieldReader.shortened(name)): \(usage.seen) frames seen, \(usage.framesInLoss) in the loss\n"
    }
    func block(_ title: String, _ items: [String: Usage], most: Int = 20) -> String {
      guard !items.isEmpty else { return "" }
      let sorted = items.sorted { ($1.value.seen, $0.key) < ($0.value.seen, $1.key) }
      return title + "\n" + sorted.prefix(most).map { line($0.key, $0.value) }.joined()
        + (sorted.count > most ? "  … and \(sorted.count - most) more\n" : "")
    }
    var out =
      "ledger of run \(FieldReader.shortened(run)): \(records) records, the chain verifies, head \(head.prefix(16))…\n"
    out +=
      "\(steps) steps; \(total.seen) frames seen, \(total.framesInLoss) in the loss; \(voided.seen) seen in steps since voided\n"
    out += block("by licensor", licensors) + block("by grant", grants) + block("by clip", clips)
    if evaluations.total > 0 {
      let uses = evaluations.uses.sorted { $0.key < $1.key }.map { "\(FieldReader.shortened($0.key)) \($0.value)" }
        .joined(separator: ", ")
      out +=
        "looked at without training on them: \(evaluations.total) frames of \(evaluations.clips.count) clips (\(uses))\n"
    }
    for (clip, step) in left.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }).prefix(10) {
      let why = changed.contains(clip) ? "was not what was granted any more" : "lost its grant"
      out += "\(FieldReader.shortened(clip)) \(why) and left after step \(step)\n"
    }
    if left.count > 10 { out += "… and \(left.count - 10) more clips left\n" }
    out += signing.text(of: records)
    for checkpoint in checkpoints.suffix(5) {
      out +=
        "checkpoint at step \(checkpoint.step): weights \(checkpoint.weightsSHA256.prefix(16))…, \(checkpoint.time)\n"
    }
    if checkpoints.count > 5 { out += "… and \(checkpoints.count - 5) earlier checkpoints\n" }
    if let base { out += base.text + "\n" }
    if disbelieved > 0 {
      out +=
        "\(disbelieved) record(s) at the end take frames back, and no resume bears them out: the frames are counted\n"
    }
    if tornLines > 0 { out += "\(tornLines) line(s) torn by a crash were removed and recorded\n" }
    if tornTail > 0 {
      out += "the last line is unfinished (\(tornTail) bytes, as a crash leaves it) and is not counted\n"
    }
    return out + "exposure counts frames; it is not influence\n"
  }
}

extension LedgerSummary {
  /// - Throws: `Problem` unless every signature is by this key and the last one covers every record.
  public func requireSigned(by did: String, at path: String) throws {
    guard signing.keys == [did], signing.before == 0 else {
      throw Problem(
        signing.keys.isEmpty
          ? "nobody signed the ledger"
          : "the ledger is signed by \(signing.keys.joined(separator: " and "))"
            + (signing.before > 0 ? ", and begins unsigned" : ""),
        at: path, expected: "signatures by \(did) alone", fix: "ask whoever trained the run which key is theirs")
    }
    guard signing.covered == records else {
      throw Problem(
        "\(records - signing.covered) records at the end of the ledger are not signed", at: path,
        expected: "a last record signed by \(did)",
        fix: "if the run is in progress or was killed, continue it to its next checkpoint")
    }
  }
}

extension LedgerSummary.Signing {
  /// Ends in a newline.
  package func text(of records: Int) -> String {
    guard !keys.isEmpty else { return "signed by nobody: the chain shows that no line was changed, not who wrote it\n" }
    let who = "signed by " + keys.joined(separator: " and ")
    let rest = records - covered
    return who
      + (rest == 0
        ? ", every record covered" : ", through record \(covered - 1); \(rest) newer record(s) are not signed yet")
      + "\n"
      + (before > 0
        ? "its first \(before) records were written unsigned; the first signature vouches for them as they were found\n"
        : "")
  }
}
