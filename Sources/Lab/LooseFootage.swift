import Consent
import Files
import Runs

/// Footage that is benched on for no run's sake: under which terms it is asked for is said by the caller.
public struct LooseFootage: Sendable, Equatable {
  /// The consent manifest; nil: as the dataset names it.
  public var manifest: String?
  public var purpose = "research"
  public var unsigned: [Basis] = []
  public var unvouched: [UnvouchedPart] = []
  public var trust: String?, revocations: [String] = []

  public init() {}

  /// - Throws: `Problem` (usage) when something was said, and a run says it already.
  func requireNone() throws {
    guard self == LooseFootage() else {
      throw Problem.usage(
        "a run says under which terms its footage is asked for",
        at: "--manifest, --purpose, --unsigned, --unvouched, --trust, --revocations",
        fix: "leave them out; they are for exported models and videos with --data, and a run's are its experiment's")
    }
  }

  /// An experiment that asks for a dataset's clips and trains nothing.
  /// - Parameters:
  ///   - stride: from window to window; nil: a clip's first window alone.
  ///   - takesActions: whether its actions are looked at.
  /// - Throws: `Problem` when a word is none the gate knows.
  func experiment(_ path: String, window: Int, stride: Int?, takesActions: Bool = false) throws -> Experiment {
    var consent: Value = [
      "purpose": .string(purpose), "unsigned": .array(unsigned.map { .string($0.rawValue) }),
      "unvouched": .array(unvouched.map { .string($0.rawValue) }),
      "revocations": .array(revocations.map { .string(Disk.absolute($0)) }),
    ]
    if let trust { consent.set("trust", .string(Disk.absolute(trust))) }
    var source: Value = ["path": .string(Disk.absolute(path))]
    if let manifest { source.set("manifest", .string(Disk.absolute(manifest))) }
    var value: Value = [
      "name": "footage", "data": .array([source]), "window": Value(window), "stride": Value(stride ?? 100_000),
      "consent": consent, "model": ["patch": [1, 1, 1]],
    ]
    if takesActions { value.set("actions", .object([])) }
    return try Experiment(value, at: path, folder: "/")
  }
}
