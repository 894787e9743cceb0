import Files

/// What a ledger's records add up to so far. The writer and the reader both run every record through here, so the writer cannot write
/// what the reader would refuse.
struct LedgerState: Sendable {
  struct Exposure: Sendable {
    let seq: Int
    let steps: Range<Int>
    let clips: [String: Usage]
    /// The grants in force when it was written.
    let terms: [String: LedgerBody.Terms]
    var voided = false
  }

  private(set) var records = 0
  private(set) var head = LedgerRecord.genesis
  /// Every head so far.
  private(set) var heads: Set<String> = []
  private(set) var run: String?
  private(set) var exposures: [Exposure] = []
  private(set) var checkpoints: [LedgerSummary.Checkpoint] = []
  private(set) var exports = 0
  private(set) var opened: Moment?
  private(set) var closed = false
  private(set) var tornLines = 0
  private var terms: [String: LedgerBody.Terms] = [:]
  /// Steps up to here are counted and not void.
  private(set) var countedTo = 0
  /// From a record's number to its index in `exposures`.
  private var places: [Int: Int] = [:]

  /// Takes the next record.
  /// - Throws: `Problem` at `place` when it does not follow from those before.
  mutating func apply(_ record: LedgerRecord, at place: String) throws {
    func broken(_ what: String, _ expected: String? = nil) -> Problem {
      Problem(what, at: place, expected: expected, fix: "restore the ledger from a copy; nothing after this line can be trusted")
    }
    guard record.seq == records else { throw broken("the record's number is \(record.seq)", "\(records): a line is missing, doubled or moved") }
    guard record.prev == head else { throw broken("the chain is broken: the record does not follow the line before it", "prev \(head.prefix(12))…") }
    if let run, run != record.run { throw broken("the record is of the run '\(FieldReader.shortened(record.run))'", "run '\(FieldReader.shortened(run))'") }
    switch record.kind {
    case .open:
      guard let stated = LedgerBody.terms(record.body) else { throw broken("the open record does not say which clips and grants it is for") }
      terms = stated
      opened = opened ?? record.time
      closed = false
    case .exposure:
      guard let (steps, clips) = LedgerBody.exposure(record.body) else { throw broken("the exposure record's counts are not whole, or more is in the loss than was seen") }
      guard steps.lowerBound >= countedTo else {
        throw broken("steps \(steps.lowerBound) to \(steps.upperBound) are counted twice", "steps from \(countedTo) on, or a void record first")
      }
      if let stray = clips.keys.filter({ terms[$0] == nil }).min() {
        throw broken("the clip '\(FieldReader.shortened(stray))' was used, and no open record admits it")
      }
      places[record.seq] = exposures.count
      exposures.append(Exposure(seq: record.seq, steps: steps, clips: clips, terms: clips.keys.reduce(into: [:]) { $0[$1] = terms[$1] }))
      countedTo = steps.upperBound
    case .checkpoint:
      guard let (step, weights) = LedgerBody.checkpoint(record.body) else { throw broken("the checkpoint record names no step or weights") }
      checkpoints.append(.init(seq: record.seq, step: step, weightsSHA256: weights, time: record.time))
    case .void: try void(record.body, broken)
    case .export: exports += 1
    case .close: closed = true
    case .revoke: break
    }
    run = record.run
    records += 1
    head = record.hash
    heads.insert(head)
  }

  private mutating func void(_ body: Value, _ broken: (String, String?) -> Problem) throws {
    if let bytes = body["torn_bytes"]?.integer, body.fields?.count == 1, bytes >= 0 {
      tornLines += 1
      return
    }
    guard let (after, voided) = LedgerBody.void(body) else { throw broken("the void record does not say what is void", nil) }
    guard voided == (try later(than: after)) else { throw broken("the void record does not name every exposure after step \(after), and only those", nil) }
    for seq in voided { if let place = places[seq] { exposures[place].voided = true } }
    countedTo = min(countedTo, exposures.last { !$0.voided }?.steps.upperBound ?? 0)
    // Weights of a step whose exposures are void are bound to nothing any more.
    checkpoints.removeAll { $0.step > after }
  }

  /// Numbers of the live exposure records that lie after `step`.
  /// - Throws: `Problem` when one lies across it: exposures are flushed at checkpoints, so a resume never begins inside one.
  func later(than step: Int) throws -> [Int] {
    let live = exposures.filter { !$0.voided && $0.steps.upperBound > step }
    if let across = live.first(where: { $0.steps.lowerBound < step }) {
      throw Problem("the run resumes at step \(step), inside the exposure record of steps \(across.steps.lowerBound) to \(across.steps.upperBound)",
        fix: "resume from a checkpoint; exposures are flushed before each")
    }
    return live.map(\.seq)
  }
}
