import Files

/// Isaac Lab's recorder: as robomimic, camera terms of any name, the rate not stored, failed demos among good ones.
enum IsaacLab: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let data = file.root["data"], var demos = try Demos(file) else { return nil }
    let isIts =
      try demos.environment()?["type"]?.integer == 2
      || demos.demos[0]["initial_state"] != nil || demos.demos[0]["processed_actions"] != nil
    guard isIts, try file.attributes(data)["problem_info"] == nil else { return nil }
    let rate = try file.saidRate(), splits = try demos.splits()
    var table = ClipTable(layout: "isaaclab")
    table.clips = try demos.clips(fps: rate, .before, splits: splits) { _ in nil }
    var failed = 0
    for (i, clip) in table.clips.enumerated() {
      guard let demo = data[clip.id], let success = try file.text(demo, "success") else { continue }
      let isGood = success == "1" || success.lowercased() == "true"
      table.clips[i].facts["success"] = .bool(isGood)
      if !isGood { failed += 1 }
    }
    table.notes = ["isaaclab, \(Demos.words(rate, "--read")), upright, frame t then action t"]
    if failed > 0 { table.notes.append("of demos marked as failed: \(Text.counted(failed, "clip"))") }
    table.notes += demos.notes
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
