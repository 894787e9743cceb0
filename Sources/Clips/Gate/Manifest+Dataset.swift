import Consent
import Files
import Frames
import Media

extension Manifest.ListedClip {
  /// Every clip of a dataset, by the hashes its file lists, and with what it has beside its frames.
  public static func all(of dataset: Dataset) throws -> [Manifest.ListedClip] {
    try dataset.clips.enumerated().map { i, clip in
      Manifest.ListedClip(
        id: clip.id, framesSHA256: clip.framesSHA256, width: dataset.width, height: dataset.height,
        frames: clip.frames, fps: dataset.fps.description, conditioning: try dataset.conditioning(i))
    }
  }
}

extension Manifest {
  /// A manifest that lists a dataset's clips and grants nothing: the form a licensor fills in (`orrery consent init`).
  /// - Throws: `Problem` when a clip has no hash: a name alone cannot be granted.
  public static func draft(for dataset: Dataset, licensor: String, issued: Moment = .now()) throws -> Manifest {
    if let bare = dataset.clips.first(where: { Hex.sha256($0.framesSHA256) == nil }) {
      throw Problem(
        "the dataset has no frames_sha256 for the clip '\(bare.id)'", at: dataset.path,
        fix: "import it again with 'orrery dataset import', which writes the hashes")
    }
    return try draft(licensor: licensor, clips: ListedClip.all(of: dataset), issued: issued)
  }
}
