import Consent
import Files

/// What records of each kind say. Writers make bodies here and readers read them here, so the two cannot drift.
public enum LedgerBody {
  /// A process begins to use clips: which, under which grant, by whose leave. Written at every start and resume, and
  /// when a checkpoint finds that terms have changed.
  /// - Parameters:
  ///   - step: steps done.
  ///   - reserved: frames this run may have seen in all, of each clip whose grant has a cap; other runs leave them to
  ///     it while it runs.
  ///   - key: the did:key that signs from here on.
  ///   - base: the weights a run begins with, at step 0.
  ///   - codec: those of the autoencoder in whose latents it is trained, at step 0.
  /// - Throws: `Problem` when two different clips share a name: the ledger counts by name, so one would be paid for the
  ///   other.
  public static func open(
    _ clips: [AdmittedTerms], from step: Int? = nil, reserved: [String: Int] = [:], key: String? = nil,
    base: LedgerBase? = nil, codec: LedgerBase? = nil
  ) throws -> Value {
    var named: [String: AdmittedTerms] = [:]
    let fields = try clips.compactMap { admitted -> Value.Field? in
      if let other = named.updateValue(admitted, forKey: admitted.clip) {
        guard other.terms.framesSHA256 == admitted.terms.framesSHA256, other.terms.grant == admitted.terms.grant,
          other.terms.manifestSHA256 == admitted.terms.manifestSHA256
        else {
          throw Problem(
            "the clip's name stands for different clips in \(other.datasetPath) and \(admitted.datasetPath)",
            at: "clip \(admitted.clip)",
            expected: "one name for one clip, since the ledger counts by name",
            fix: "import one of the sets again with a prefix to its names, or train on one of them")
        }
        return nil
      }
      var terms = admitted.terms
      terms.reserved = reserved[admitted.clip]
      return .init(admitted.clip, terms.value)
    }
    var body: Value = .object([.init("clips", .object(fields))])
    if let step { body.set("from", Value(step)) }
    if let key { body.set("key", .string(key)) }
    if let base { body.set("base", base.value) }
    if let codec { body.set("codec", codec.value) }
    return body
  }

  /// Clips looked at without training on them.
  /// - Parameters:
  ///   - step: the training step it belongs to; nil outside training. Void with the exposures of later steps.
  ///   - model: hash of the run whose model it was, when the ledger is not that run's.
  ///   - clips: with the frames the model was given, once a visit.
  public static func evaluate(
    use: EvaluationUse, step: Int? = nil, model: String? = nil, _ clips: [(terms: AdmittedTerms, frames: Int)]
  ) -> Value {
    var counts: [String: Int] = [:], stated: [String: Value] = [:]
    for (admitted, frames) in clips {
      counts[admitted.clip, default: 0] += frames
      stated[admitted.clip] = admitted.terms.value
    }
    var body: Value = .object([
      .init("use", .string(use.rawValue)),
      .init("clips", .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, Value($0.value)) })),
      .init("terms", .object(stated.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) })),
    ])
    if let step { body.set("step", Value(step)) }
    if let model { body.set("model", .string(model)) }
    return body
  }

  /// Clips that have lost their grant since the run began, and why. They take no part in any step from `step` on.
  public static func revoke(after step: Int, _ clips: [(clip: String, grant: String, reasons: [Reason])]) -> Value {
    .object([
      .init("after", Value(step)),
      .init(
        "clips",
        .object(
          clips.sorted { $0.clip < $1.clip }.map {
            .init(
              $0.clip,
              .object([.init("grant", .string($0.grant)), .init("reasons", .texts($0.reasons.map(\.code.rawValue)))]))
          })),
    ])
  }

  /// Steps `[from, to)`.
  public static func exposure(steps: Range<Int>, clips: [String: Usage]) -> Value {
    .object([
      .init("from", Value(steps.lowerBound)), .init("to", Value(steps.upperBound)),
      .init("clips", .object(clips.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.value) })),
    ])
  }

  /// Binds weights to the ledger: the hash is of the safetensors data buffer alone, because the header carries the
  /// ledger's head.
  /// - Parameter step: steps done when the weights were written.
  public static func checkpoint(step: Int, weightsSHA256: String) -> Value {
    .object([.init("step", Value(step)), .init("weights_sha256", .string(weightsSHA256))])
  }

  /// Weights left for somebody else's hands.
  public static func export(path: String, weightsSHA256: String) -> Value {
    .object([.init("path", .string(path)), .init("weights_sha256", .string(weightsSHA256))])
  }

  package static func void(after step: Int, records: [Int]) -> Value {
    .object([.init("after", Value(step)), .init("records", .array(records.map { Value($0) }))])
  }

  /// A process was killed in the middle of a line; what was left of it is gone, and this says so.
  package static func torn(bytes: Int) -> Value { .object([.init("torn_bytes", Value(bytes))]) }

  // MARK: reading

  /// The terms of each clip that a record states them of; nil when one of them cannot be read.
  package static func terms(_ clips: Value?) -> [String: ClipTerms]? {
    guard let clips = clips?.fields else { return nil }
    var found: [String: ClipTerms] = [:]
    for field in clips {
      guard let terms = ClipTerms(field.value) else { return nil }
      found[field.key] = terms
    }
    return found
  }

  package static func evaluate(
    _ body: Value
  ) -> (use: String, step: Int?, model: String?, clips: [String: Int], terms: [String: ClipTerms])? {
    guard let use = body["use"]?.string, let fields = body["clips"]?.fields, let terms = terms(body["terms"]) else {
      return nil
    }
    if let step = body["step"], (step.integer ?? -1) < 0 { return nil }
    var clips: [String: Int] = [:]
    for field in fields {
      guard let frames = field.value.integer, frames >= 0, terms[field.key] != nil else { return nil }
      clips[field.key] = frames
    }
    return (use, body["step"]?.integer, body["model"]?.string, clips, terms)
  }

  /// The clips, with the codes of the reasons.
  package static func revoke(_ body: Value) -> (after: Int, clips: [String: [String]])? {
    guard let after = body["after"]?.integer, after >= 0, let clips = body["clips"]?.fields, !clips.isEmpty,
      clips.allSatisfy({ $0.value["grant"]?.string != nil })
    else { return nil }
    let reasons = clips.map { ($0.key, $0.value["reasons"]?.array?.compactMap(\.string) ?? []) }
    return (after, Dictionary(reasons, uniquingKeysWith: { $0 + $1 }))
  }

  package static func export(_ body: Value) -> (path: String, weights: String)? {
    guard let path = body["path"]?.string, let weights = body["weights_sha256"]?.string else { return nil }
    return (path, weights)
  }

  package static func exposure(_ body: Value) -> (steps: Range<Int>, clips: [String: Usage])? {
    guard body.fields?.count == 3, let from = body["from"]?.integer, let to = body["to"]?.integer, from >= 0, to > from,
      let clips = body["clips"]?.fields
    else { return nil }
    var found: [String: Usage] = [:]
    for field in clips {
      guard let usage = Usage(field.value) else { return nil }
      found[field.key] = usage
    }
    return (from..<to, found)
  }

  package static func checkpoint(_ body: Value) -> (step: Int, weights: String)? {
    guard let step = body["step"]?.integer, step >= 0, let weights = body["weights_sha256"]?.string.flatMap(Hex.sha256)
    else { return nil }
    return (step, weights)
  }

  package static func void(_ body: Value) -> (after: Int, records: [Int])? {
    guard let after = body["after"]?.integer, after >= 0, let items = body["records"]?.array,
      case let records = items.compactMap(\.integer),
      records.count == items.count
    else { return nil }
    return (after, records)
  }
}
