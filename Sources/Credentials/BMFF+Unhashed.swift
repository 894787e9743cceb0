import Files

/// The boxes that a hash leaves out by their name: brands, the random-access index, the credentials' own. Anybody can
/// put one more behind a signed film, and players read them.
extension BMFF {
  /// Why what stands outside the hash is not what a signer leaves there; nil when it is.
  ///
  /// Stricter than libc2pa, which passes over a second `ftyp` and does not look into `mfra`.
  /// - Parameter merkle: the maps of the binding, which boxes of the purpose `merkle` belong to.
  func objectionToUnhashed(_ merkle: [BMFFHash.Merkle]) throws -> String? {
    let brands = top.filter { $0.type == "ftyp" }
    if brands.count > 1 { return "a second 'ftyp' stands outside what is signed, and players read it" }
    if let brands = brands.first, brands != top.first { return "'ftyp' is not the first box" }
    let indices = top.filter { $0.type == "mfra" }
    if indices.count > 1 { return "two 'mfra' stand outside what is signed" }
    if let index = indices.first, let why = try objection(toIndex: index) {
      return "the 'mfra' outside what is signed \(why)"
    }
    for box in try credentialsBoxes() {
      switch box.purpose {
      case "manifest", "original", "update": continue
      case "merkle":
        if let why = try objection(toProof: box, merkle) { return "a box of Merkle proofs \(why)" }
      default: return "a box of credentials for '\(box.purpose.prefix(32))', which is nothing we know, stands outside"
      }
    }
    return nil
  }

  /// ISO/IEC 14496-12 §8.8.9 to 8.8.11: `tfra` boxes, then one `mfro` with the length of the whole. It leads into
  /// fragments, so a film without any has none.
  private func objection(toIndex box: Box) throws -> String? {
    guard let parts = try? Self.boxes(file, box.content) else { return "does not hold together" }
    guard let last = parts.last, last.type == "mfro", last.content.count == 8,
      parts.dropLast().allSatisfy({ $0.type == "tfra" })
    else { return "is no index: it should hold 'tfra' boxes and end in 'mfro'" }
    let length = BigEndian.number(try file.read(last.content.upperBound - 4..<last.content.upperBound))
    guard length == box.range.count else { return "says it has \(length) bytes, and has \(box.range.count)" }
    guard top.contains(where: { $0.type == "moof" }) else { return "leads into fragments, and the film has none" }
    return nil
  }

  /// C2PA 2.x §18.8.2: a CBOR map `{uniqueId, localId, location, hashes}` of a map that the binding has.
  private func objection(toProof box: CredentialsBox, _ merkle: [BMFFHash.Merkle]) throws -> String? {
    guard !merkle.isEmpty else { return "belongs to no Merkle map of the binding" }
    guard box.content.count <= 1 << 20,
      let proof = try? CBOR.padded(file.read(box.content.lowerBound..<box.content.upperBound), at: file.path),
      let local = proof["localId"]?.integer, proof["uniqueId"]?.integer != nil,
      let location = proof["location"]?.integer, location >= 0
    else { return "cannot be read" }
    guard let map = merkle.first(where: { $0.local == local }), location < map.count else {
      return "belongs to no Merkle map of the binding"
    }
    return nil
  }
}
