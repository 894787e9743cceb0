/// Finds the manifest's entry that speaks of a clip: under the clip's own name, or as the source it was derived from.
package struct ListedContent {
  package let asset: Manifest.Asset
  /// The entry is the source's, not the clip's: the grant must allow derivatives.
  let isDerived: Bool

  package struct Failure: Error { let reasons: [Reason] }

  /// A name alone is never enough, and neither is a hash under another name unless the file says how the clip came from
  /// it: names are easily reused, and equal pixels may be granted to different people on different terms.
  package static func find(_ clip: ClipFacts, in manifest: Manifest) -> Result<ListedContent, Failure> {
    let named = manifest.asset(clip.id)
    if let named, let listed = named.framesSHA256, !clip.framesSHA256.isEmpty, listed == clip.framesSHA256 {
      return .success(ListedContent(asset: named, isDerived: false))
    }
    switch clip.origin {
    case .itself: return .failure(Failure(reasons: [missing(clip, named)]))
    case .unreadable(let why):
      let reason = Reason(
        .derivationUnreadable, "the file says it was derived, but \(why)",
        fix: "import the footage again, so that its origin is written whole")
      return .failure(Failure(reasons: [missing(clip, named), reason]))
    case .derived(let derivation):
      guard derivation.result == clip.framesSHA256 else {
        return .failure(
          Failure(reasons: [
            Reason(
              .derivationMismatch, "its frames are not the ones its origin says were made",
              fix: "import the footage again; the frames changed since")
          ]))
      }
      return source(derivation, clip, named, manifest)
    }
  }

  private static func source(
    _ derivation: ClipFacts.Derivation, _ clip: ClipFacts, _ named: Manifest.Asset?, _ manifest: Manifest
  ) -> Result<ListedContent, Failure> {
    let candidates = named.map { [$0] } ?? entries(derivation, manifest)
    let sources = candidates.filter { isSource($0, derivation) }
    if sources.count > 1 {
      return .failure(
        Failure(reasons: [
          Reason(
            .ambiguousSource, "\(sources.count) entries of the manifest have the content it was derived from",
            fix: "list the clip under its own name, or keep one entry for its source")
        ]))
    }
    guard let asset = sources.first else { return .failure(Failure(reasons: [missing(clip, named, derived: true)])) }
    return .success(ListedContent(asset: asset, isDerived: true))
  }

  private static func entries(_ derivation: ClipFacts.Derivation, _ manifest: Manifest) -> [Manifest.Asset] {
    let byFrames = derivation.sourceFramesSHA256.flatMap { manifest.assetsByFrames[$0] } ?? []
    let byFile = derivation.sourceFileSHA256.flatMap { manifest.assetsByFile[$0] } ?? []
    return Set(byFrames + byFile).sorted().map { manifest.assets[$0] }
  }

  /// Frames decide when both sides know them: one file may hold many clips. The file's hash decides otherwise.
  private static func isSource(_ asset: Manifest.Asset, _ derivation: ClipFacts.Derivation) -> Bool {
    if let listed = asset.framesSHA256, let source = derivation.sourceFramesSHA256 { return listed == source }
    guard let listed = asset.fileSHA256, let source = derivation.sourceFileSHA256 else { return false }
    return listed == source
  }

  private static func missing(_ clip: ClipFacts, _ named: Manifest.Asset?, derived: Bool = false) -> Reason {
    guard let named else {
      return derived
        ? Reason(
          .unlistedClip, "the manifest lists neither the clip nor the source it was derived from",
          fix: "ask the licensor to list the source and grant it")
        : Reason(
          .unlistedClip, "the manifest does not list the clip",
          fix: "ask the licensor to list it and grant it, or leave it out of the dataset")
    }
    if clip.framesSHA256.isEmpty {
      return Reason(
        .contentHashMissing, "the dataset has no frames_sha256 for the clip",
        fix: "import it again with 'orrery dataset import', which writes the hashes")
    }
    guard let listed = named.framesSHA256 else {
      return Reason(
        .contentHashMissing, "the manifest's entry has no frames_sha256",
        fix: "ask the licensor to add it; 'dataset inspect' prints it")
    }
    return Reason(
      .contentHashMismatch,
      "its frames hash to \(clip.framesSHA256.prefix(12))…, the manifest says \(listed.prefix(12))…",
      fix: "restore the footage the licensor agreed to, or ask for a manifest that lists this version")
  }
}
