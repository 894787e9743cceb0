import Files
import Frames

/// RoboMIND's trajectories: `observations/rgb_images/<camera>` rows of JPEG, `master/…` the commands, `puppet/…` what came
/// of them.
enum RoboMIND: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let images = file.root["observations/rgb_images"], images.kind == .group else { return nil }
    let isInTree = file.folder() == "data" && file.stem == "trajectory", id = isInTree ? file.folder(1) : file.stem
    let named = try file.saidActions() ?? [file.root["master/joint_position"]].compactMap { $0 }
    let rate = try file.rate(file.root)
    var table = ClipTable(layout: "robomind"), isAsked = false
    for camera in images.datasets where try file.wants(camera: camera.name) && file.kind(camera) == .rows {
      let (pictures, isSaid) = try file.encoded(camera, clip: id)
      isAsked = isAsked || !isSaid
      let actions = try named.isEmpty ? nil : file.actions(named, frames: pictures.frames, .before, clip: id)
      var clip = FoundClip(id, camera: camera.name, fps: rate, pictures, actions: actions)
      if isInTree { clip.split = ["train": .train, "val": .validation, "validation": .validation][file.folder(2)] }
      table.clips.append(clip)
    }
    guard !table.clips.isEmpty || file.answers.camera != nil else { throw file.noPictures(file.root, id) }
    table.notes = [
      "robomind, \(Demos.words(rate, "--read")), frame t then action t",
      named.isEmpty
        ? "no actions are named; there is: \(file.root["master"].map { file.keys($0) } ?? "nothing")"
        : "actions are master/, what the arm did is puppet/",
    ]
    if rate == nil { table.questions.append("fps") }
    if isAsked {
      table.notes.append(LayoutFile.unsaidOrder)
      table.questions.append("jpeg_channels")
    }
    return table
  }
}
