import Files

/// Holds the people in some footage, under all of its names, against a request. Their consent is apart from the
/// copyright grant: either alone is not enough.
package struct LikenessCheck {
  private(set) var vetoes: [Reason] = []
  /// When the first of them stops consenting.
  private(set) var expires: Moment?

  /// - Parameter people: whom it shows.
  package init(_ manifest: Manifest, _ people: Set<String>, _ request: ConsentRequest, _ assurance: Assurance) {
    let use = request.action.likenessUse.rawValue
    for name in people.sorted() {
      let shown = FieldReader.shortened(name)
      guard let person = manifest.likenessByID[name].map({ manifest.likeness[$0] }) else {
        vetoes.append(
          Reason(
            .likenessUnknown, "it shows the person '\(shown)', for whom the manifest has no consent",
            fix: "add the person's consent to the manifest's likeness list, or leave the clip out"))
        continue
      }
      vetoes += person.faults
      if !person.uses.contains(use) {
        vetoes.append(
          Reason(
            .likenessUseNotListed, "it shows the person '\(shown)', who has not consented to \(use)",
            fix: "ask the person, or leave the clip out"))
      }
      if let signer = person.signer, !assurance.signers.contains(signer) {
        vetoes.append(
          Reason(
            .likenessNotSigned, "it shows the person '\(shown)', whose own signature the manifest lacks",
            fix: "have them run 'orrery consent countersign', or leave the clip out"))
      }
      for entry in assurance.withdrawn(person: name) {
        if let from = entry.from, request.time < from { expires = min(expires ?? from, from); continue }
        vetoes.append(
          Reason(
            .likenessRevoked,
            "it shows the person '\(shown)', who took their consent back" + (entry.from.map { " from \($0)" } ?? ""),
            fix: "leave the clip out"))
      }
      if let end = person.expires {
        if request.time >= end {
          vetoes.append(
            Reason(
              .likenessExpired, "it shows the person '\(shown)', whose consent ended on \(end)",
              fix: "ask the person to renew it, or leave the clip out"))
        }
        expires = min(expires ?? end, end)
      }
    }
  }
}
