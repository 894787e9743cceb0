import Files

/// RoboTwin's episodes: `observation/<camera>/rgb` texts of one length that are a JPEG each. OpenCV was handed RGB, so red
/// and blue stand swapped, but where the pictures carry the comment XPL-RGB1.
enum RoboTwin: HDF5Layout {
  private static let mark = "XPL-RGB1"

  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let views = file.root["observation"], views.groups.contains(where: { $0["rgb"] != nil }) else { return nil }
    let id = file.stem, rate = try file.rate(file.root)
    let named = try file.saidActions() ?? [file.root["joint_action/vector"]].compactMap { $0 }
    var table = ClipTable(layout: "robotwin"), isMarked = false
    for camera in views.groups where file.wants(camera: camera.name) {
      guard let rgb = camera["rgb"], try file.kind(rgb) == .rows else { continue }
      let (pictures, isSaid) = try file.encoded(rgb, marked: mark, clip: id)
      guard isSaid else {
        throw Unsaid(
          key: "jpeg_channels", choices: Reading.Order.allCases.map(\.rawValue),
          problem: file.problem(
            "the JPEG pictures of '\(rgb.path)' do not say the order of their colours: RoboTwin swapped red and blue "
              + "where it did not mark them (\(mark))",
            fix: "look at the sheet and say it: --read jpeg_channels=bgr, or =rgb where the colours are right"))
      }
      isMarked = file.answers.jpegChannels == nil
      let actions = try named.isEmpty ? nil : file.actions(named, frames: pictures.frames, .before, clip: id)
      table.clips.append(FoundClip(id, camera: camera.name, fps: rate, pictures, actions: actions))
    }
    table.notes = [
      "robotwin, \(Demos.words(rate, "--read")), "
        + (isMarked ? "RGB as the JPEG comment \(mark) says" : "colours as told") + ", frame t then action t"
    ]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
