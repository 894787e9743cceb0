import Files
import Frames

/// What robomimic and its relatives share: `data/demo_k/{actions, obs/<camera>}`, `mask/<key>`.
struct Demos {
  let file: LayoutFile
  let data: StoredNode
  let demos: [StoredNode]
  /// Names of the image terms below `obs`.
  let cameras: [String]
  var notes: [String] = []

  /// Nil when the file has no demos.
  init?(_ file: LayoutFile) throws {
    guard let data = file.root["data"], data.kind == .group else { return nil }
    demos = data.groups.filter { $0["actions"] != nil || $0["obs"] != nil }
    guard !demos.isEmpty else { return nil }
    (self.file, self.data) = (file, data)
    // The terms of a few demos, described whole, tell which are pictures; of the others those are looked at.
    let few = Set([0, demos.count / 4, demos.count / 2, demos.count - 1])
    var names: Set<String> = []
    for at in few.sorted() {
      let terms = demos[at]["obs"]?.datasets ?? []
      try file.prepare(terms)
      for term in terms where try !term.name.hasSuffix("_depth") && file.kind(term) != .none { names.insert(term.name) }
    }
    for demo in demos {
      for term in demo["obs"]?.datasets ?? [] where term.name.hasSuffix("_image") || term.name.hasSuffix("_rgb") {
        names.insert(term.name)
      }
    }
    cameras = names.sorted(by: NumericOrder.isBefore)
    try file.prepare(
      demos.flatMap { demo in
        cameras.compactMap { demo["obs/" + $0] } + [demo["actions"]].compactMap { $0 }
      })
    try file.prepareAttributes(demos)
  }

  func environment() throws -> Value? { try file.json(data, "env_args") }

  /// The control rate, which is the pictures' too.
  func rate() throws -> FrameRate? {
    if let said = try file.saidRate() { return said }
    guard let rate = try environment()?["env_kwargs"]?["control_freq"]?.double else { return nil }
    return FrameRate(parsing: rate == rate.rounded() && abs(rate) < 1e6 ? String(Int(rate)) : "\(rate)")
  }

  /// Splits by the masks; whatever is held out by one is held out.
  mutating func splits() throws -> [String: Split] {
    guard let mask = file.root["mask"] else { return [:] }
    let heldOut = ["valid", "validation", "val", "test"]
    var train: Set<String> = [], held: Set<String> = [], unused: [String] = []
    for list in mask.datasets {
      let isHeld = heldOut.contains(list.name)
      guard isHeld || list.name == "train" else {
        unused.append(list.name)
        continue
      }
      for name in try file.texts(list) { if isHeld { held.insert(name) } else { train.insert(name) } }
    }
    if !unused.isEmpty { notes.append("masks not used: \(unused.prefix(8).joined(separator: ", "))") }
    let both = train.intersection(held).count
    if both > 0 {
      notes.append("in a training and in a held-out mask: \(Text.counted(both, "demo")); held out wins")
    }
    let missing = train.union(held).subtracting(demos.map(\.name)).count
    if missing > 0 { notes.append("masks name \(Text.counted(missing, "demo")) that are not there") }
    let none = demos.count { !train.contains($0.name) && !held.contains($0.name) }
    if none > 0, !(train.isEmpty && held.isEmpty) {
      notes.append("in no mask, and so for training: \(Text.counted(none, "demo"))")
    }
    return Dictionary(uniqueKeysWithValues: train.union(held).map { ($0, held.contains($0) ? .validation : .train) })
  }

  /// Clips of every demo and camera.
  mutating func clips(
    fps: FrameRate?, _ alignment: ActionAlignment, flip: Reading.Flip = .none, splits: [String: Split] = [:],
    caption: (StoredNode) throws -> String?
  ) throws -> [FoundClip] {
    guard !cameras.isEmpty else { throw file.noPictures(demos[0], demos[0].path) }
    var out: [FoundClip] = [], missing: [String: Int] = [:], without = 0
    for demo in demos {
      for camera in cameras where file.wants(camera: camera) {
        guard let node = demo["obs/" + camera], try file.kind(node) != .none else {
          missing[camera, default: 0] += 1
          continue
        }
        let pictures: any ClipPictures =
          try file.kind(node) == .rows
          ? file.encoded(node, flip: flip, clip: demo.name).pictures
          : file.frames(node, flip: flip, clip: demo.name)
        let columns = try file.saidActions(below: demo) ?? [demo["actions"]].compactMap { $0 }
        if columns.isEmpty { without += 1 }
        let actions =
          try columns.isEmpty ? nil : file.actions(columns, frames: pictures.frames, alignment, clip: demo.name)
        out.append(
          FoundClip(
            demo.name, camera: camera, fps: fps, split: splits[demo.name], caption: try caption(demo), pictures,
            actions: actions))
      }
    }
    for (camera, count) in missing.sorted(by: { $0.key < $1.key }) {
      notes.append("camera '\(camera)' is missing in \(Text.counted(count, "demo")) of \(demos.count)")
    }
    if without > 0 { notes.append("without actions: \(Text.counted(without, "clip"))") }
    return out
  }

  /// A rate in a note's words.
  static func words(_ rate: FrameRate?, _ source: String) -> String {
    rate.map { "\($0.spoken)/s from \(source)" } ?? "frame rate not said (--read fps=…)"
  }
}
