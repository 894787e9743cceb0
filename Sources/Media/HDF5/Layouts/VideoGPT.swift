import Files
import Frames

/// VideoGPT and TECO: `train_data`, `test_data` over all frames, `…_idx` the first frame of each clip.
enum VideoGPT: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    var table = ClipTable(layout: "videogpt")
    let rate = try file.rate(file.root)
    for split in ["train", "test"] {
      guard let data = file.root[split + "_data"], let index = file.root[split + "_idx"] else { continue }
      let starts = try file.integers(index), rows = try file.column(data).shape.first ?? 0
      for (i, start) in starts.enumerated() {
        let end = i + 1 < starts.count ? starts[i + 1] : rows, id = "\(split)_" + Text.padded(i, 6)
        guard start >= 0, start < end, end <= rows else {
          throw file.problem(
            "clip '\(id)' claims frames \(start) to \(end), but '\(data.name)' has \(rows)",
            fix: "write the file again; its table is damaged")
        }
        table.clips.append(
          FoundClip(
            id, fps: rate, split: split == "train" ? .train : .validation,
            try file.frames(data, range: start..<end, clip: id)))
      }
    }
    guard !table.clips.isEmpty else { return nil }
    table.notes = [
      "videogpt, \(Demos.words(rate, "--read")), test is held out; the last clip ends with the data; there are no actions"
    ]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
