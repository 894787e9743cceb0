import Files
import Frames

/// One clip of one camera, as a layout finds it.
package struct FoundClip: Sendable {
  package var id: String
  package var camera: String?
  package var fps: FrameRate?
  package var split: Split?
  package var caption: String?
  package var pictures: any ClipPictures
  package var actions: StoredActions?
  /// What else the file says of it: "success", how it "ends".
  package var facts: [String: Value] = [:]

  package init(
    _ id: String, camera: String? = nil, fps: FrameRate? = nil, split: Split? = nil, caption: String? = nil,
    _ pictures: any ClipPictures, actions: StoredActions? = nil
  ) {
    (self.id, self.camera, self.fps, self.split) = (id, camera, fps, split)
    (self.caption, self.pictures, self.actions) = (caption, pictures, actions)
  }
}
