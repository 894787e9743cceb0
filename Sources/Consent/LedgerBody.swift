import Files

/// Frames of one clip: how many the model saw (context included), and how many its loss was taken over.
public struct Usage: Sendable, Equatable {
  public var seen: Int
  public var loss: Int

  public init(seen: Int = 0, loss: Int = 0) {
    self.seen = seen
    self.loss = loss
  }

  /// nil when a sum leaves Int's range, which no honest count does.
  func adding(_ other: Usage) -> Usage? {
    let (s, l) = (seen.addingReportingOverflow(other.seen), loss.addingReportingOverflow(other.loss))
    return s.overflow || l.overflow ? nil : Usage(seen: s.partialValue, loss: l.partialValue)
  }

  var value: Value { .object([.init("seen", Value(seen)), .init("loss", Value(loss))]) }
}

/// What records of each kind say. Writers make bodies here and readers read them here, so the two cannot drift.
public enum LedgerBody {
  /// A process begins to use clips: which, under which grant, by whose leave. Written at every start and resume, since grants may
  /// have changed in between.
  /// - Throws: `Problem` when two different clips share a name: the ledger counts by name, so one would be paid for the other.
  public static func open(_ admissions: [Admission]) throws -> Value {
    var named: [String: Admission] = [:]
    let clips = try admissions.compactMap { admission -> Value.Field? in
      if let other = named.updateValue(admission, forKey: admission.clip) {
        guard other.framesSHA256 == admission.framesSHA256, other.grant == admission.grant, other.manifestSHA256 == admission.manifestSHA256 else {
          throw Problem("the clip's name stands for different clips in \(other.datasetPath) and \(admission.datasetPath)", at: "clip \(admission.clip)",
            expected: "one name for one clip, since the ledger counts by name", fix: "import one of the sets again with a prefix to its names, or train on one of them")
        }
        return nil
      }
      return .init(admission.clip, .object([
        .init("grant", .string(admission.grant)), .init("licensor", .string(admission.licensor)), .init("basis", .string(admission.basis.rawValue)),
        .init("standing", .string(admission.standing.rawValue)), .init("manifest", .string(admission.manifestSHA256)),
        .init("frames_sha256", .string(admission.framesSHA256)), .init("action", .string(admission.action.rawValue)),
      ] + (admission.signer.map { [.init("signer", .string($0))] } ?? [])))
    }
    return .object([.init("clips", .object(clips))])
  }

  /// Steps `[from, to)`.
  public static func exposure(steps: Range<Int>, clips: [String: Usage]) -> Value {
    .object([
      .init("from", Value(steps.lowerBound)), .init("to", Value(steps.upperBound)),
      .init("clips", .object(clips.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.value) })),
    ])
  }

  /// Binds weights to the ledger: the hash is of the safetensors data buffer alone, because the header carries the ledger's head.
  /// - Parameter step: steps done when the weights were written.
  public static func checkpoint(step: Int, weightsSHA256: String) -> Value {
    .object([.init("step", Value(step)), .init("weights_sha256", .string(weightsSHA256))])
  }

  /// Weights left for somebody else's hands.
  public static func export(path: String, weightsSHA256: String) -> Value {
    .object([.init("path", .string(path)), .init("weights_sha256", .string(weightsSHA256))])
  }

  static func void(after step: Int, records: [Int]) -> Value {
    .object([.init("after", Value(step)), .init("records", .array(records.map { Value($0) }))])
  }

  /// A process was killed in the middle of a line; what was left of it is gone, and this says so.
  static func torn(bytes: Int) -> Value { .object([.init("torn_bytes", Value(bytes))]) }

  // MARK: reading

  struct Terms: Sendable, Equatable { let grant: String, licensor: String }

  static func terms(_ body: Value) -> [String: Terms]? {
    guard let clips = body["clips"]?.fields else { return nil }
    var found: [String: Terms] = [:]
    for field in clips {
      guard let grant = field.value["grant"]?.string, let licensor = field.value["licensor"]?.string else { return nil }
      found[field.key] = Terms(grant: grant, licensor: licensor)
    }
    return found
  }

  static func exposure(_ body: Value) -> (steps: Range<Int>, clips: [String: Usage])? {
    guard body.fields?.count == 3, let from = body["from"]?.integer, let to = body["to"]?.integer, from >= 0, to > from, let clips = body["clips"]?.fields
    else { return nil }
    var found: [String: Usage] = [:]
    for field in clips {
      guard field.value.fields?.count == 2, let seen = field.value["seen"]?.integer, let loss = field.value["loss"]?.integer, loss >= 0, seen >= loss
      else { return nil }
      found[field.key] = Usage(seen: seen, loss: loss)
    }
    return (from..<to, found)
  }

  static func checkpoint(_ body: Value) -> (step: Int, weights: String)? {
    guard let step = body["step"]?.integer, step >= 0, let weights = body["weights_sha256"]?.string.flatMap(Hex.sha256) else { return nil }
    return (step, weights)
  }

  static func void(_ body: Value) -> (after: Int, records: [Int])? {
    guard let after = body["after"]?.integer, after >= 0, let items = body["records"]?.array, case let records = items.compactMap(\.integer),
      records.count == items.count
    else { return nil }
    return (after, records)
  }
}
