import Consent
import Files
import Frames
import Media

extension Manifest.ListedClip {
  /// Every clip of a dataset, by the hash its file lists or else that of its frames, and with what it has beside them.
  public static func all(of dataset: Dataset) throws -> [Manifest.ListedClip] {
    try dataset.requireRate()
    return try dataset.clips.enumerated().map { i, clip in
      let (height, width) = dataset.size(of: i)
      return Manifest.ListedClip(
        id: clip.id, framesSHA256: clip.framesSHA256.isEmpty ? try dataset.sha256(i) : clip.framesSHA256,
        width: width, height: height, frames: clip.frames, fps: dataset.fps.description,
        conditioning: try dataset.conditioning(i))
    }
  }
}
