import Consent
import Files

/// What a grant states that `consent init --grant` writes. Silence is narrow: research, nothing commercial, weights and
/// outputs that stay where they were made.
package struct ConsentGrantTerms: Sendable {
  package var basis: Basis
  package var actions: [Action] = [.fineTune, .evaluate]
  package var deny: [Action] = []
  /// As experiments name theirs; "any" for every purpose.
  package var purposes = ["research"]
  package var isCommercial = false
  /// "any", or one name.
  package var licensee = "any"
  /// "*", or ISO 3166 codes.
  package var territory = ["*"]
  package var weights: WeightsTerms = .private
  package var outputs: OutputsTerms = .internal
  /// The first second it holds; nil for the manifest's own issue.
  package var from: Moment?
  /// The first second it no longer holds; nil for an open end, which is said aloud.
  package var until: Moment?

  package init(_ basis: Basis) { self.basis = basis }

  /// - Throws: `Problem` (usage) for terms that permit nothing or contradict each other.
  package func require(at time: Moment) throws {
    guard !actions.isEmpty, !purposes.isEmpty, !territory.isEmpty, !licensee.isEmpty,
      (purposes + territory).allSatisfy({ !$0.isEmpty })
    else {
      throw Problem.usage("the grant would permit nothing", expected: "words for action, purpose, territory, licensee")
    }
    // Whatever else the manifest would refuse.
    for (words, option, objection) in [
      (purposes, "--purpose", Purpose.grantObjection), (territory, "--territory", Territory.grantObjection),
    ] as [([String], String, (String) -> String?)] {
      if let wrong = words.lazy.compactMap(objection).first { throw Problem.usage(wrong, at: option) }
    }
    if let own = purposes.first(where: Purpose.isOwn), !deny.isEmpty {
      throw Problem.usage(
        "'\(own)' is no purpose of the list, and the grant forbids something", at: "--purpose",
        fix: "say what it forbids for 'any' purpose, or for those of the list")
    }
    if let until, until <= time {
      throw Problem.usage("the grant would have ended on \(until)", at: "--until", expected: "a time to come")
    }
    let both = actions.filter(deny.contains).map(\.rawValue)
    guard both.isEmpty else {
      throw Problem.usage("the grant would both allow and deny \(both.joined(separator: ", "))", at: "--deny")
    }
  }

  /// The grant as a manifest has it.
  package func value(id: String, issued: Moment) -> Value {
    [
      "id": .string(id), "basis": .string(basis.rawValue), "licensee": .string(licensee),
      "actions": .texts(actions.map(\.rawValue)), "deny": .texts(deny.map(\.rawValue)), "purpose": .texts(purposes),
      "commercial": .bool(isCommercial),
      "derivatives": [
        "weights": .string(weights.rawValue), "outputs": .string(outputs.rawValue), "likeness_outputs": "deny",
      ],
      "models": ["any"], "territory": .texts(territory),
      "valid": ["from": .string((from ?? issued).description), "until": Value(until?.description)],
    ]
  }

  /// For people: "own-work; fine-tune, evaluate for research, not commercially; …".
  package var text: String {
    let uses = actions.map(\.rawValue).joined(separator: ", "), ends = purposes.joined(separator: ", ")
    var parts = [basis.rawValue, "\(uses) for \(ends)" + (isCommercial ? ", commercially too" : ", not commercially")]
    if !deny.isEmpty { parts.append("never " + deny.map(\.rawValue).joined(separator: ", ")) }
    parts.append(licensee == "any" ? "to anybody" : "to \(licensee)")
    parts.append(territory == ["*"] ? "anywhere" : "in " + territory.joined(separator: ", "))
    parts += ["weights \(weights.rawValue)", "outputs \(outputs.rawValue)"]
    parts.append(until.map { "until \($0)" } ?? "until revoked")
    return parts.joined(separator: "; ")
  }
}
