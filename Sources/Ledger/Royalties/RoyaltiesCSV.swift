import Files

extension RoyaltyStatement {
  /// A row a line, so that a column of amounts adds up to the pool and what is beside it. Names come out of other
  /// people's manifests, so every field is guarded against spreadsheets; JSON has them unchanged.
  public var csv: String {
    let heads = [
      "licensor", "name", "payee", "grant", "clip", "basis", "standing", "compensation", "weight", "rate",
      "frames_seen", "frames_in_loss", "score", "amount", "currency", "manifest", "root",
    ]
    return CSV.row(heads)
      + royalties.lines.map { line in
        let k = line.key, t = line.terms
        return CSV.row(
          [
            k.licensor, t.licensorName ?? "", t.payee ?? "", k.grant, k.clip, line.basis, line.standing,
            t.kind.rawValue, String(t.weight), t.rate ?? "", String(line.usage.seen),
            String(line.usage.framesInLoss), String(line.score), line.amount.amount, line.amount.currency.code,
            k.manifest,
            root,
          ].map(CSV.guarded))
      }.joined()
  }
}
