import Consent
import Files

/// The weights a run began with, as its opening states them: known by their tensors, not by where they lay.
///
/// What was learnt before the run is still in its weights, so whoever asks about a grant asks this too. It is found out
/// once, when training begins, and signed with the opening; a path or another file's words may change afterwards.
public struct LedgerBase: Sendable, Equatable {
  /// By whose word it is known what the weights were made from.
  public enum Origin: String, Sendable, CaseIterable {
    /// A ledger at hand binds these very weights.
    case ledger
    /// Their own file's header says so, and no ledger at hand knows them.
    case header
    /// Nobody says.
    case unknown
  }

  /// Frames under one grant, those of the base's own bases among them.
  public struct Share: Sendable, Equatable {
    public let licensor: String, grant: String, manifest: String
    public let usage: Usage

    public init(licensor: String, grant: String, manifest: String, usage: Usage) {
      (self.licensor, self.grant, self.manifest, self.usage) = (licensor, grant, manifest, usage)
    }
  }

  /// `TensorsHash` of the weights as they lay.
  public let tensorsSHA256: String
  /// SHA-256 of the values as f32 in the model's own order: what checkpoint and export records bind.
  public let weightsSHA256: String
  /// Of the weights these were rounded from, where they are a known run's in half precision.
  public let sourceSHA256: String?
  public let origin: Origin
  /// The run that made them, and the head of its ledger they are bound to.
  public let run: String?
  public let ledgerHead: String?
  public let step: Int?
  public let shares: [Share]
  /// Whether somewhere down the line there are weights of unknown origin.
  public let hasUnknownRoots: Bool

  public init(
    tensorsSHA256: String, weightsSHA256: String, sourceSHA256: String? = nil, origin: Origin, run: String? = nil,
    ledgerHead: String? = nil,
    step: Int? = nil, shares: [Share] = [], hasUnknownRoots: Bool = false
  ) {
    (self.tensorsSHA256, self.weightsSHA256, self.origin, self.run) = (tensorsSHA256, weightsSHA256, origin, run)
    (self.ledgerHead, self.step, self.shares, self.sourceSHA256) = (ledgerHead, step, shares, sourceSHA256)
    self.hasUnknownRoots = hasUnknownRoots || origin == .unknown
  }

  /// For a terminal or a report.
  public var text: String { "began with " + source }

  /// "weights 1234… of run 5678…, which its ledger binds (footage of …)".
  public var source: String {
    let name =
      "weights \(weightsSHA256.prefix(12))…"
      + (sourceSHA256.map { ", which are weights \($0.prefix(12))… rounded," } ?? "")
    let roots = hasUnknownRoots && origin != .unknown ? "; what those began with is of unknown origin" : ""
    switch origin {
    case .ledger:
      return name + " of run \((run ?? "?").prefix(8))…, which its ledger binds (\(Self.people(shares)))" + roots
    case .header:
      return name + " of run \((run ?? "?").prefix(8))…, by the word of their own file alone (\(Self.people(shares)))"
        + roots
    case .unknown: return name + " of unknown origin: what they were made from is not on record"
    }
  }

  private static func people(_ shares: [Share]) -> String {
    let names = Set(shares.map(\.licensor)).sorted()
    return names.isEmpty
      ? "no licensor on record"
      : "footage of " + names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and others" : "")
  }
}

extension LedgerBase {
  /// As an opening states it.
  package var value: Value {
    var fields: [Value.Field] = [
      .init("tensors_sha256", .string(tensorsSHA256)), .init("weights_sha256", .string(weightsSHA256)),
      .init("origin", .string(origin.rawValue)),
    ]
    if let sourceSHA256 { fields.append(.init("source_weights_sha256", .string(sourceSHA256))) }
    if let run { fields.append(.init("run", .string(run))) }
    if let ledgerHead { fields.append(.init("ledger_head", .string(ledgerHead))) }
    if let step { fields.append(.init("step", Value(step))) }
    fields += [
      .init(
        "shares",
        .array(
          shares.map {
            .object([
              .init("licensor", .string($0.licensor)), .init("grant", .string($0.grant)),
              .init("manifest", .string($0.manifest)), .init("use", $0.usage.value),
            ])
          })),
      .init("unknown_roots", .bool(hasUnknownRoots)),
    ]
    return .object(fields)
  }

  /// - Returns: nil when it says what no writer says.
  package init?(_ value: Value) {
    guard let tensors = value["tensors_sha256"]?.string.flatMap(Hex.sha256),
      let weights = value["weights_sha256"]?.string.flatMap(Hex.sha256),
      let origin = value["origin"]?.string.flatMap({ Origin(rawValue: $0) }), let items = value["shares"]?.array,
      case .bool(let hasUnknownRoots)? = value["unknown_roots"]
    else { return nil }
    let source = value["source_weights_sha256"].map { $0.string.flatMap(Hex.sha256) }
    if case .some(.none) = source { return nil }
    var shares: [Share] = []
    for item in items {
      guard let licensor = item["licensor"]?.string, let grant = item["grant"]?.string,
        let manifest = item["manifest"]?.string, let usage = item["use"].flatMap({ Usage($0) })
      else { return nil }
      shares.append(Share(licensor: licensor, grant: grant, manifest: manifest, usage: usage))
    }
    self.init(
      tensorsSHA256: tensors, weightsSHA256: weights, sourceSHA256: source ?? nil, origin: origin,
      run: value["run"]?.string,
      ledgerHead: value["ledger_head"]?.string, step: value["step"]?.integer, shares: shares,
      hasUnknownRoots: hasUnknownRoots)
  }
}
