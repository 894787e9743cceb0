import Files

enum HDF5Layouts {
  /// Asked in this order; those that only look at shapes come last.
  private static let all: [any HDF5Layout.Type] = [
    SaidImages.self, Libero.self, IsaacLab.self, Robomimic.self, StableWorldModel.self, Aloha.self, RoboMIND.self,
    RoboTwin.self, Droid.self, Minari.self, CounterStrike.self, VD4RL.self, D4RL.self, Phyworld.self, VideoGPT.self,
    StoredMovingMNIST.self, Videos.self,
  ]

  /// The same; what a person must say first is a problem.
  static func chosen(_ file: LayoutFile) throws -> ClipTable {
    do { return try read(file) } catch let unsaid as Unsaid { throw unsaid.problem }
  }

  /// - Throws: `Problem` when no layout is recognised, or no clip is there; `Unsaid` for what must be said first.
  static func read(_ file: LayoutFile) throws -> ClipTable {
    for layout in all {
      guard var table = try layout.read(file) else { continue }
      table.clips = table.clips.filter { file.wants(camera: $0.camera) }
      guard !table.clips.isEmpty else {
        throw file.problem(
          file.answers.camera.map { "there is no camera '\($0)' in it" } ?? "it has no clips",
          expected: "at least one clip with pictures",
          fix: file.answers.camera == nil ? nil : "name one of its cameras, or none for all")
      }
      table.notes += file.root.broken().prefix(8).map { "'\($0)' is a link that leads nowhere" }
      return table
    }
    let names = file.root.deep().map(\.path),
      flow = names.filter { $0.contains("flow") || $0 == "video_u" || $0 == "video_v" }
    throw file.problem(
      names.isEmpty
        ? "there is nothing in the file"
        : flow.isEmpty || flow.count < names.count
          ? "it has no pictures that are recognised; there is: \(file.keys(file.root))"
          : "it holds optical flow, which is no picture: \(file.keys(file.root))",
      expected: "the native layout (pixels, ep_len, ep_offset) or one of docs/LAYOUTS.md",
      fix: "name the pictures: --read images=PATH, or import videos with 'orrery dataset import'")
  }
}
