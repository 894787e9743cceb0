import Media
import Worlds

extension ClipSet {
  /// A writer for this set, with the right sizes, rate, columns and attributes.
  /// - Parameter attributes: more root attributes, such as "optin_manifest".
  public func writer(path: String, attributes: [String: String] = [:]) throws -> DatasetWriter {
    try DatasetWriter(
      path: path, height: height, width: width, fps: fps, attributes: self.attributes.merging(attributes) { $1 },
      stateColumns: stateColumns)
  }

  /// Renders every clip into `writer`, which the caller finishes.
  /// - Parameter progress: called with the clips written so far.
  public func write(into writer: DatasetWriter, progress: (Int) -> Void = { _ in }) throws {
    try forEach { position, clip in
      try writer.append(id: clip.id, frames: clip.frames, split: clip.split, caption: clip.caption, state: clip.state)
      progress(position + 1)
    }
  }
}
