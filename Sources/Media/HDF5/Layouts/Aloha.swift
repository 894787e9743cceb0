import Files

/// ALOHA's and ACT's episodes: a file each, `observations/images/<camera>` raw or JPEG, `action`.
enum Aloha: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let images = file.root["observations/images"], images.kind == .group else { return nil }
    let named = try file.saidActions() ?? [file.root["action"]].compactMap { $0 }
    guard file.root["action"] != nil || file.root["observations/qpos"] != nil || !named.isEmpty else { return nil }
    var table = ClipTable(layout: "aloha"), isAsked = false
    let rate = try file.rate(file.root), id = file.stem
    for camera in images.datasets where file.wants(camera: camera.name) && !camera.name.hasSuffix("_depth") {
      let pictures: any ClipPictures
      switch try file.kind(camera) {
      case .none: continue
      case .array: pictures = try file.frames(camera, clip: id)
      case .rows:
        let (rows, isSaid) = try file.encoded(camera, clip: id)
        pictures = rows
        isAsked = isAsked || !isSaid
      }
      let actions = try named.isEmpty ? nil : file.actions(named, frames: pictures.frames, .before, clip: id)
      table.clips.append(FoundClip(id, camera: camera.name, fps: rate, pictures, actions: actions))
    }
    guard !table.clips.isEmpty || file.answers.camera != nil else { throw file.noPictures(file.root, id) }
    table.notes = [
      "aloha, \(Demos.words(rate, file.answers.fps == nil ? "the file" : "--read")), frame t then action t; the folder is the dataset"
    ]
    if rate == nil {
      table.notes.append("the rig runs at 50 Hz as a rule, and the file does not say so")
      table.questions.append("fps")
    }
    if try file.attributes(file.root)["sim"]?.first == "0" {
      table.notes.append("a real rig: its pictures may lag its actions by a step")
    }
    if isAsked {
      table.notes.append(LayoutFile.unsaidOrder)
      table.questions.append("jpeg_channels")
    }
    if named.isEmpty { table.notes.append("there are no actions") }
    return table
  }
}
