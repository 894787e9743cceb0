/// The entries of a manifest that speak of the same footage as the one that was matched: names differ, frames do not.
///
/// Who takes back footage, or forbids a use of it, means what can be seen, not a file's name; so a withdrawal and a
/// denial reach every name the frames have. They also reach what was cut from the footage, by the clip's own word: a
/// claimed origin may refuse, if never admit. A clip that is listed by its own frames and says nothing of its origin is
/// known by those alone: whoever lists windows of a film takes them back by their own entries.
struct SameContent {
  /// Of the same frames, the matched entry among them.
  let twins: [Manifest.Asset]
  /// What the clip says it was made from, and the twins of that.
  let sources: [Manifest.Asset]

  init(_ match: ListedContent, _ clip: ClipFacts, in manifest: Manifest) {
    twins = manifest.entries(like: match.asset)
    var places: Set<Int> = []
    if case .derived(let derivation) = clip.origin {
      if let frames = derivation.sourceFramesSHA256 { places.formUnion(manifest.assetsByFrames[frames] ?? []) }
      if let file = derivation.sourceFileSHA256 {
        // A file may hold many clips: where frames are known on both sides, they decide.
        places.formUnion(
          (manifest.assetsByFile[file] ?? []).filter { place in
            guard let listed = manifest.assets[place].framesSHA256, let source = derivation.sourceFramesSHA256 else {
              return manifest.assets[place].framesSHA256 == nil
            }
            return listed == source
          })
      }
    }
    let known = Set(twins.map(\.clip))
    sources = places.sorted().flatMap { manifest.entries(like: manifest.assets[$0]) }.filter {
      !known.contains($0.clip)
    }
  }

  /// Names the footage has in the manifest.
  var names: Set<String> { Set((twins + sources).map(\.clip)) }
}

extension Manifest {
  /// Entries with the content of `asset`, itself among them, in the manifest's order.
  package func entries(like asset: Asset) -> [Asset] {
    var places: Set<Int> = []
    if let frames = asset.framesSHA256 { places.formUnion(assetsByFrames[frames] ?? []) }
    // One file may hold many clips; without hashes of frames on both sides the file is all there is to go by.
    if let file = asset.fileSHA256 {
      let candidates = asset.framesSHA256 == nil ? assetsByFile[file] : bareByFile[file]
      places.formUnion((candidates ?? []).filter { assets[$0].path == asset.path })
    }
    let found = places.sorted().map { assets[$0] }
    return found.contains { $0.clip == asset.clip } ? found : found + [asset]
  }

  /// What the caps of an entry are counted by, the same for all entries of one content: SHA-256 of their frames or else
  /// of their file; empty where neither is listed.
  package func content(of asset: Asset) -> String {
    entries(like: asset).compactMap(\.framesSHA256).min() ?? asset.fileSHA256 ?? ""
  }

  /// How many entries are of one file.
  package func entries(ofFile hash: String) -> Int { assetsByFile[hash]?.count ?? 0 }
}

extension Decision {
  /// What forbids the use of the footage under its other names: denials, and whatever cannot be read there, since it
  /// might be one.
  static func underOtherNames(
    _ same: SameContent, _ match: ListedContent, _ manifest: Manifest, _ request: ConsentRequest
  ) -> [Reason] {
    let own = Set(match.asset.grants)
    var vetoes: [Reason] = []
    for other in same.twins + same.sources where other.clip != match.asset.clip {
      vetoes += other.faults
      for name in Set(other.grants).subtracting(own).sorted() {
        guard let grant = manifest.grant(name) else {
          vetoes.append(unknownGrant(name))
          continue
        }
        vetoes += grant.faults.map { Reason($0.code, $0.sentence, fix: $0.fix, grant: grant.id) }
        if let denial = GrantCheck.denial(grant, request, as: other.clip) { vetoes.append(denial) }
      }
    }
    return vetoes
  }
}
