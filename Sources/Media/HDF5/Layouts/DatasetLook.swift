import Files
import Foundation
import Frames

/// A dataset as `dataset inspect` shows it: the layout, what was said, and where nothing was, pictures to choose from.
package struct DatasetLook: Sendable {
  package let dataset: Dataset
  package let table: ClipTable
  /// What else is to be said: what was kept, where a sheet lies.
  package private(set) var notes: [String] = []

  /// Opens a dataset with what a person says of it now, and keeps that beside the file.
  /// - Throws: `Problem` for what cannot be read, or must be said first.
  package init(_ path: String, _ said: Reading, cacheBytes: Int = Dataset.cacheBytes) throws {
    let kept = try said.isEmpty || !Disk.exists(KeptReading.path(of: path)) ? Reading() : Self.stillTrue(path)
    let all = said.over(kept)
    do {
      dataset = try Dataset(path: path, reading: all, cacheBytes: cacheBytes)
      table = try dataset.found ?? Self.native(dataset, path, cacheBytes)
    } catch let problem as Problem {
      throw Self.withSheet(problem, path, all, cacheBytes)
    }
    if !said.isEmpty, all != kept, let why = try KeptReading.keep(all, for: path) { notes.append(why) }
    for key in table.questions where !Disk.isFolder(path) && (key == "jpeg_channels" || key == "flip") {
      if let sheet = try? Self.sheet(path, all, key, cacheBytes) { notes.append("the choices side by side: \(sheet)") }
    }
  }

  /// What was said before, unless it was said of other content: then what is said now takes its place.
  private static func stillTrue(_ path: String) throws -> Reading {
    (try? KeptReading.read(for: path)) ?? Reading()
  }

  /// A file with the native columns in the same words.
  private static func native(_ dataset: Dataset, _ path: String, _ cacheBytes: Int) throws -> ClipTable {
    if dataset.isBare { return try StableWorldModel.table(path, dataset.reading, cacheBytes) }
    var table = ClipTable(layout: "native")
    table.notes = dataset.notes
    table.clips = dataset.clips.enumerated().map { i, clip in
      var actions: StoredActions?
      if !dataset.actionColumns.isEmpty {
        actions = StoredActions(
          shape: [clip.frames, dataset.actionColumns.count], alignment: .before, names: dataset.actionColumns
        ) { try dataset.actions(i).flatMap { $0.map(Double.init) } }
      }
      return FoundClip(
        clip.id, fps: dataset.isRateSaid ? dataset.fps : nil, split: clip.split, caption: clip.caption,
        NativePictures(dataset: dataset, clip: i), actions: actions)
    }
    return table
  }

  // MARK: - Pictures to choose from

  private static func withSheet(_ problem: Problem, _ path: String, _ said: Reading, _ cacheBytes: Int) -> Problem {
    guard !Disk.isFolder(path), let layout = try? LayoutFile(HDF5File(path), said, cacheBytes: cacheBytes) else {
      return problem
    }
    do { _ = try HDF5Layouts.read(layout) } catch let unsaid as Unsaid {
      guard let sheet = try? sheet(path, said, unsaid.key, cacheBytes) else { return problem }
      var problem = problem
      problem.fix = "\(problem.fix ?? ""); the choices side by side: \(sheet)"
      return problem
    } catch {}
    return problem
  }

  /// Draws the first clip as each choice would show it. - Returns: the picture's path.
  private static func sheet(_ path: String, _ said: Reading, _ key: String, _ cacheBytes: Int) throws -> String {
    let choices = key == "flip" ? Reading.Flip.allCases.map(\.rawValue) : Reading.Order.allCases.map(\.rawValue)
    let rows = try choices.map { choice -> ContactSheet.Row in
      var reading = said
      try reading.set(key, choice, at: path)
      let clip = try HDF5Layouts.read(LayoutFile(HDF5File(path), reading, cacheBytes: cacheBytes)).clips[0].pictures
      let row = clip.height * clip.width * 3, some = min(4, clip.frames)
      var pixels = [UInt8](repeating: 0, count: some * row)
      for i in 0..<some {
        let frame = some == 1 ? 0 : i * (clip.frames - 1) / (some - 1)
        try pixels.withUnsafeMutableBytes {
          try clip.read(frame..<frame + 1, into: UnsafeMutableRawBufferPointer(rebasing: $0[i * row..<(i + 1) * row]))
        }
      }
      return .init(
        "\(key)=\(choice)",
        Frames(count: some, height: clip.height, width: clip.width, pixels: pixels, fps: FrameRate(1)))
    }
    let file = path + ".\(key).png"
    let zoom = max(1, min(4, 256 / max(1, rows[0].frames.width)))
    try ContactSheet(title: "which is right?", rows: rows, zoom: zoom).write(to: file)
    return file
  }
}

/// Frames of a dataset in the native layout.
private struct NativePictures: ClipPictures {
  let dataset: Dataset, clip: Int
  var frames: Int { dataset.clips[clip].frames }
  var height: Int { dataset.height }
  var width: Int { dataset.width }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    try dataset.frames(clip, range).pixels.withUnsafeBytes { out.copyMemory(from: $0) }
  }
}
