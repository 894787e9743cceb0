import Consent
import Files
import Frames

/// Decisions as a table for people and as a value for programs. Clips that fare alike share a row, so ten thousand
/// refusals for one cause read as one line with their number.
public struct ConsentTable: Sendable {
  public struct Row: Sendable, Equatable {
    public let verdict: String
    public let grant: String?
    public let codes: [String]
    /// The first clip's reasons in words; another's may differ in the hashes it names.
    public let sentences: [String]
    public let fixes: [String]
    /// What conditions a model on the clips although nobody vouched for it.
    public let unvouched: [String]
    public fileprivate(set) var clips: [String]
  }

  public let request: ConsentRequest
  public let rows: [Row]
  public let admitted: Int
  public let refused: Int
  /// By whose word: nil for decisions without a manifest at hand.
  private let assurance: Assurance?
  private let decisions: [ClipDecision]
  private let caps: [CapLeft]

  public init(_ gate: Gate) { self.init(gate.decisions, request: gate.request, gate.assurance, caps: gate.caps) }

  /// - Parameter caps: what is left of each, when the exposures of earlier runs are known.
  public init(
    _ decisions: [ClipDecision], request: ConsentRequest, _ assurance: Assurance? = nil, caps: [CapLeft] = []
  ) {
    (self.assurance, self.caps) = (assurance, caps)
    struct Key: Hashable { let verdict: String, grant: String?, codes: [String], unvouched: [String] }
    var rows: [Row] = []
    var places: [Key: Int] = [:]
    for entry in decisions {
      let reasons = entry.decision.reasons
      let grant = entry.decision.terms?.grant
      let verdict = entry.decision.terms.map { "admitted, \($0.standing.rawValue) (\($0.basis.rawValue))" } ?? "refused"
      // Which grant fell short matters to the reader only through the code; it is in the sentence and in the value.
      let unvouched = (entry.decision.terms?.unvouched ?? []).map(\.rawValue)
      let key = Key(
        verdict: verdict, grant: grant, codes: reasons.map { $0.code.rawValue + "\u{0}" + ($0.grant ?? "") },
        unvouched: unvouched)
      if let place = places[key] { rows[place].clips.append(entry.clip); continue }
      places[key] = rows.count
      var sentences: [String] = [], fixes: [String] = []
      for reason in reasons {
        sentences.append(reason.grant.map { "[\($0)] " + reason.sentence } ?? reason.sentence)
        if !fixes.contains(reason.fix) { fixes.append(reason.fix) }
      }
      rows.append(
        Row(
          verdict: verdict, grant: grant, codes: reasons.map(\.code.rawValue), sentences: sentences, fixes: fixes,
          unvouched: unvouched, clips: [entry.clip]))
    }
    self.rows = rows
    self.request = request
    self.decisions = decisions
    admitted = decisions.filter(\.decision.isAdmitted).count
    refused = decisions.count - admitted
  }

  /// Fixed columns; every reason has a line of its own under its row. Ends in a newline.
  public var text: String {
    let heads = ["clips", "verdict", "grant", "reason"]
    var lines = [heads]
    var notes: [Int: [String]] = [:]
    for row in rows {
      lines.append([
        Self.names(row.clips), row.verdict, row.grant ?? "—", row.codes.isEmpty ? "—" : Self.few(row.codes, 3),
      ])
      var under: [String] = []
      for (code, sentence) in zip(row.codes, row.sentences).prefix(6) { under.append("    \(code): \(sentence)") }
      if row.codes.count > 6 { under.append("    … and \(row.codes.count - 6) more reasons") }
      under += row.fixes.prefix(3).map { "    to fix: \($0)" }
      if !row.unvouched.isEmpty { under.append("    not vouched for: \(row.unvouched.joined(separator: ", "))") }
      notes[lines.count - 1] = under
    }
    let widths = heads.indices.map { c in lines.map { $0[c].count }.max() ?? 0 }
    var out = ""
    for (i, line) in lines.enumerated() {
      let cells = line.enumerated().map { c, cell in
        c == heads.count - 1 ? cell : cell + String(repeating: " ", count: widths[c] - cell.count)
      }
      out += cells.joined(separator: "  ") + "\n"
      for note in notes[i] ?? [] { out += note + "\n" }
    }
    for cap in caps.prefix(10) { out += cap.text + "\n" }
    if caps.count > 10 { out += "… and \(caps.count - 10) more caps\n" }
    return out
      + "\(admitted) of \(Text.counted(admitted + refused, "clip")) admitted for \(request.action.rawValue), \(refused) refused"
      + (assurance.map { "; the manifest is " + $0.stamp } ?? "") + "\n"
  }

  /// `{action, admitted, refused, clips: [{clip, split, frames, verdict, grant, basis, standing, expires, reasons}]}`.
  public var value: Value {
    let clips = decisions.map { entry -> Value in
      var fields: [Value.Field] = [
        .init("clip", .string(entry.clip)), .init("split", .string(entry.split.rawValue)),
        .init("frames", Value(entry.frames)),
        .init("verdict", entry.decision.isAdmitted ? "admitted" : "refused"),
      ]
      if let terms = entry.decision.terms {
        fields += [
          .init("grant", .string(terms.grant)), .init("basis", .string(terms.basis.rawValue)),
          .init("standing", .string(terms.standing.rawValue)),
          .init("signer", Value(terms.signer)),
          .init("expires", Value(terms.expires?.description)),
          .init("remaining_exposures", terms.remainingExposures.map { Value($0) } ?? .null),
          .init("not_vouched_for", .texts(terms.unvouched.map(\.rawValue))),
        ]
      }
      return .object(fields + [.init("reasons", .array(entry.decision.reasons.map(\.value)))])
    }
    let whole: [Value.Field] =
      assurance.map { [.init("standing", .string($0.standing.rawValue)), .init("signer", Value($0.signer))] } ?? []
    return .object(
      whole + [
        .init("action", .string(request.action.rawValue)), .init("time", .string(request.time.description)),
        .init("admitted", Value(admitted)), .init("refused", Value(refused)), .init("clips", .array(clips)),
      ] + (caps.isEmpty ? [] : [.init("caps", .array(caps.map(\.value)))]))
  }

  private static func names(_ clips: [String]) -> String {
    let shown = clips.prefix(3).map { FieldReader.shortened($0) }.joined(separator: ", ")
    return clips.count <= 3 ? shown : "\(clips.count): \(shown), …"
  }

  private static func few(_ codes: [String], _ most: Int) -> String {
    var unique: [String] = []
    for code in codes where !unique.contains(code) { unique.append(code) }
    return unique.prefix(most).joined(separator: ", ") + (unique.count > most ? ", …" : "")
  }
}
