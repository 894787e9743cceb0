import Consent

/// How much of each cap is used up, clip by clip: what was seen of the content of the entry that admits it, under
/// whatever name. Clips of one entry, and entries of one content, have one count between them.
struct CapCount {
  /// By the place of a clip: the entry's content.
  private let contents: [String]
  /// By content: frames seen, by grant.
  private let counts: [String: [String: Int]]

  init(_ clips: [ClipFacts], _ manifest: Manifest, _ exposures: Exposures) {
    // Nothing was seen, or nothing is capped: there is nothing to count.
    guard !exposures.seen.isEmpty, manifest.grants.contains(where: { $0.maxExposures != nil }) else {
      (contents, counts) = ([], [:])
      return
    }
    var contents: [String] = [], footage: [String: Exposures.Footage] = [:]
    for clip in clips {
      guard case .success(let match) = ListedContent.find(clip, in: manifest),
        case let content = manifest.content(of: match.asset), !content.isEmpty
      else {
        contents.append("")
        continue
      }
      contents.append(content)
      footage[content, default: Self.footage(match.asset, manifest)].hashes.insert(clip.framesSHA256)
      footage[content]?.names.insert(clip.id)
    }
    self.contents = contents
    let index = exposures.index, capped = manifest.grants.filter { $0.maxExposures != nil }.map(\.id)
    counts = footage.mapValues { footage in
      capped.reduce(into: [:]) {
        $0[$1] = index.seen(footage, licensor: manifest.licensor.id, grant: $1)
      }
    }
  }

  /// What an entry stands for by itself. Its file's hash speaks for it where no other entry is of the same file.
  private static func footage(_ asset: Manifest.Asset, _ manifest: Manifest) -> Exposures.Footage {
    let twins = manifest.entries(like: asset)
    var hashes = Set(twins.compactMap(\.framesSHA256))
    for file in Set(twins.compactMap(\.fileSHA256)) where manifest.entries(ofFile: file) <= twins.count {
      hashes.insert(file)
    }
    return Exposures.Footage(hashes: hashes, names: Set(twins.map(\.clip)))
  }

  /// Frames of a clip's entry seen so far, by grant.
  func seen(_ clip: Int) -> [String: Int] { contents.indices.contains(clip) ? counts[contents[clip]] ?? [:] : [:] }
}
