/// The part of a dataset a clip belongs to. Held-out clips never train.
public enum Split: String, CaseIterable, Sendable { case train, validation }

/// One row of a dataset's clip table.
public struct ClipRecord: Sendable, Equatable {
  /// Unique in its file; the name a consent manifest uses.
  public var id: String
  /// First row in `pixels`.
  public var start: Int
  public var frames: Int
  public var split: Split
  /// `FrameHash` of the whole clip; "" when the file carries none.
  public var framesSHA256: String
  public var caption: String?
  /// Where an imported clip came from, as one line of JSON: `{source, transform, result}`.
  public var derivedFrom: String?

  public init(
    id: String, start: Int, frames: Int, split: Split, framesSHA256: String, caption: String? = nil,
    derivedFrom: String? = nil
  ) {
    self.id = id
    self.start = start
    self.frames = frames
    self.split = split
    self.framesSHA256 = framesSHA256
    self.caption = caption
    self.derivedFrom = derivedFrom
  }
}
