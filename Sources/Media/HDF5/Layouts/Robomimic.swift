import Files
import Frames

/// robomimic's demonstrations, and MimicGen's made from them: pictures upright, frame t, then action t.
enum Robomimic: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard var demos = try Demos(file) else { return nil }
    let isGenerated = demos.demos.contains { $0["datagen_info"] != nil || $0["src_demo_inds"] != nil }
    let name = isGenerated ? "mimicgen" : "robomimic", rate = try demos.rate(), splits = try demos.splits()
    var table = ClipTable(layout: name)
    table.clips = try demos.clips(fps: rate, .before, splits: splits) { demo in
      try file.json(demo, "ep_meta")?["lang"]?.string
    }
    let source = file.answers.fps == nil ? "control_freq" : "--read"
    table.notes = [
      "\(name), \(Demos.words(rate, source)), "
        + (file.answers.flip == nil ? "upright" : "turned as told") + ", frame t then action t"
    ]
    if isGenerated { table.notes.append("made from source demonstrations: their owners have a say as well") }
    table.notes += demos.notes
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
