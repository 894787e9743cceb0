import Files
import Frames

/// LIBERO's tasks: as robomimic, but a picture is taken after its action, and rendered bottom row first under OpenGL's
/// convention.
enum Libero: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let data = file.root["data"] else { return nil }
    let said = try file.attributes(data)
    guard said["problem_info"] != nil || said["bddl_file_name"] != nil || said["macros_image_convention"] != nil,
      var demos = try Demos(file)
    else { return nil }
    let convention = said["macros_image_convention"]?.first
    let flip: Reading.Flip
    switch (file.answers.flip, convention?.lowercased()) {
    case (let told?, _): flip = told
    case (nil, "opengl"): flip = .rows
    case (nil, "opencv"): flip = .none
    case (nil, _):
      throw Unsaid(
        key: "flip", choices: Reading.Flip.allCases.map(\.rawValue),
        problem: file.problem(
          "LIBERO's pictures lie bottom row first, upright or turned by who copied them, and this file does not say",
          fix: "look at the sheet and say it: --read flip=none, rows or rows+columns"))
    }
    let rate = try demos.rate(), splits = try demos.splits()
    let text = try file.json(data, "problem_info")?["language_instruction"].flatMap { value -> String? in
      value.string ?? value.array?.compactMap(\.string).joined()
    }
    var table = ClipTable(layout: "libero")
    table.clips = try demos.clips(fps: rate, .after, flip: flip, splits: splits) { _ in text }
    let turned = ["none": "as they lie", "rows": "rows turned upright", "rows+columns": "turned by 180 degrees"]
    table.notes = [
      "libero, \(Demos.words(rate, file.answers.fps == nil ? "control_freq" : "--read")), "
        + "\(turned[flip.rawValue] ?? "") (\(file.answers.flip == nil ? "macros_image_convention" : "--read")), "
        + "action t then frame t",
      "actions are moved by one for training: the action after frame t is row t+1; the last frame has none",
    ]
    table.notes += demos.notes
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
