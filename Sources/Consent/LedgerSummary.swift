import Files

/// A verified ledger in numbers. Exposure is a count of frames, not a measure of influence.
public struct LedgerSummary: Sendable, Equatable {
  public struct Checkpoint: Sendable, Equatable {
    public let seq: Int
    /// Steps done when the weights were written.
    public let step: Int
    public let weightsSHA256: String
    public let time: Moment

    init(seq: Int, step: Int, weightsSHA256: String, time: Moment) {
      self.seq = seq
      self.step = step
      self.weightsSHA256 = weightsSHA256
      self.time = time
    }
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
  /// Lines that were torn by a crash, removed and recorded.
  public let tornLines: Int
  /// Bytes of an unfinished last line that no writer has removed yet.
  public let tornTail: Int
  /// Frames seen by clip and grant, for the gate.
  public let exposures: Exposures

  /// - Throws: `Problem` when counts leave Int's range.
  init(_ state: LedgerState, tornTail: Int, at path: String) throws {
    var (clips, grants, licensors): ([String: Usage], [String: Usage], [String: Usage]) = ([:], [:], [:])
    var (total, voided) = (Usage(), Usage())
    var exposures = Exposures()
    func sum(_ a: Usage?, _ b: Usage) throws -> Usage {
      guard let c = (a ?? Usage()).adding(b) else { throw Problem("the ledger's counts are beyond any real number of frames", at: path) }
      return c
    }
    for record in state.exposures {
      for (clip, usage) in record.clips {
        if record.voided { voided = try sum(voided, usage); continue }
        total = try sum(total, usage)
        clips[clip] = try sum(clips[clip], usage)
        guard let terms = record.terms[clip] else { continue }
        grants[terms.grant] = try sum(grants[terms.grant], usage)
        licensors[terms.licensor] = try sum(licensors[terms.licensor], usage)
        exposures.add(usage.seen, clip: clip, grant: terms.grant)
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
    exports = state.exports
    tornLines = state.tornLines
    self.tornTail = tornTail
    self.exposures = exposures
  }

  public var value: Value {
    func usages(_ items: [String: Usage]) -> Value { .object(items.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.value) }) }
    return .object([
      .init("run", .string(run)), .init("records", Value(records)), .init("head", .string(head)), .init("opened", Value(opened?.description)),
      .init("closed", .bool(closed)), .init("steps", Value(steps)), .init("total", total.value), .init("voided", voided.value),
      .init("licensors", usages(licensors)), .init("grants", usages(grants)), .init("clips", usages(clips)),
      .init("checkpoints", .array(checkpoints.map {
        .object([.init("step", Value($0.step)), .init("weights_sha256", .string($0.weightsSHA256)), .init("time", .string($0.time.description))])
      })),
      .init("exports", Value(exports)), .init("torn_lines", Value(tornLines)), .init("torn_tail_bytes", Value(tornTail)),
    ])
  }

  /// For a terminal; ends in a newline.
  public var text: String {
    func line(_ name: String, _ usage: Usage) -> String { "  \(FieldReader.shortened(name)): \(usage.seen) frames seen, \(usage.loss) in the loss\n" }
    func block(_ title: String, _ items: [String: Usage], most: Int = 20) -> String {
      guard !items.isEmpty else { return "" }
      let sorted = items.sorted { ($1.value.seen, $0.key) < ($0.value.seen, $1.key) }
      return title + "\n" + sorted.prefix(most).map { line($0.key, $0.value) }.joined() + (sorted.count > most ? "  … and \(sorted.count - most) more\n" : "")
    }
    var out = "ledger of run \(FieldReader.shortened(run)): \(records) records, the chain verifies, head \(head.prefix(16))…\n"
    out += "\(steps) steps; \(total.seen) frames seen, \(total.loss) in the loss; \(voided.seen) seen in steps since voided\n"
    out += block("by licensor", licensors) + block("by grant", grants) + block("by clip", clips)
    for checkpoint in checkpoints.suffix(5) { out += "checkpoint at step \(checkpoint.step): weights \(checkpoint.weightsSHA256.prefix(16))…, \(checkpoint.time)\n" }
    if checkpoints.count > 5 { out += "… and \(checkpoints.count - 5) earlier checkpoints\n" }
    if tornLines > 0 { out += "\(tornLines) line(s) torn by a crash were removed and recorded\n" }
    if tornTail > 0 { out += "the last line is unfinished (\(tornTail) bytes, as a crash leaves it) and is not counted\n" }
    return out + "exposure counts frames; it is not influence\n"
  }
}
