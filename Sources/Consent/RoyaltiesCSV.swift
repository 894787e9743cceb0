import Files

/// Comma-separated values as RFC 4180 has them: CRLF after every row, a field in quotes when it holds a comma, a quote or a line's end, quotes
/// doubled.
///
/// Names come out of other people's manifests, and spreadsheets run what begins with `=`, `+`, `-`, `@`, a tab or a line's end: such a field gets
/// an apostrophe in front, which a spreadsheet hides (OWASP, "CSV Injection"). JSON has the names unchanged.
package enum CSV {
  package static func row(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

  private static func field(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let safe = scalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) } ?? false ? "'" + text : text
    guard safe.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return safe }
    var out = ""
    for scalar in safe.unicodeScalars { out += scalar == "\"" ? "\"\"" : String(scalar) }
    return "\"" + out + "\""
  }
}

extension RoyaltyStatement {
  /// A row a line, so that a column of amounts adds up to the pool and what is beside it.
  public var csv: String {
    let heads = ["licensor", "name", "payee", "grant", "clip", "basis", "standing", "compensation", "weight", "rate", "frames_seen", "frames_in_loss", "score", "amount", "currency", "manifest", "root"]
    return CSV.row(heads) + royalties.lines.map { line in
      let k = line.key, t = line.terms
      return CSV.row([
        k.licensor, t.licensorName ?? "", t.payee ?? "", k.grant, k.clip, line.basis, line.standing, t.kind.rawValue, String(t.weight), t.rate ?? "", String(line.usage.seen),
        String(line.usage.loss), String(line.score), line.amount.amount, line.amount.currency.code, k.manifest, root,
      ])
    }.joined()
  }
}
