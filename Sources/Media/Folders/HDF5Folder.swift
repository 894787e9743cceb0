import Files
import Foundation

/// Files of one HDF5 layout in a folder and below, each of them clips: ALOHA, RoboMIND, Minari, one clip a file.
enum HDF5Folder: FolderLayout {
  /// Each stays open.
  private static let mostFiles = 512

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let names = folder.ending(".hdf5", ".h5")
    guard !names.isEmpty else { return nil }
    guard names.count <= mostFiles else {
      throw folder.problem(
        "there are \(names.count) HDF5 files, and at most \(mostFiles) are read as one dataset",
        fix: "name one of its folders, or write one file: orrery dataset import")
    }
    let tables = try names.map {
      try HDF5Layouts.read(
        LayoutFile(HDF5File(folder.at($0)), folder.answers, cacheBytes: folder.cacheBytes / names.count))
    }
    let layouts = tables.map(\.layout).distinct()
    guard layouts.count == 1, var table = tables.first else {
      throw folder.problem(
        "its files are of several layouts: \(layouts.joined(separator: ", "))", expected: "files of one layout",
        fix: "name one of its folders")
    }
    table.notes = tables.flatMap(\.notes).distinct()
    table.questions = tables.flatMap(\.questions).distinct()
    // A name that stands in two files is told apart by the file's.
    let isUnique =
      Set(tables.flatMap { t in Set(t.clips.map(\.id)) }).count
      == tables.reduce(0) { $0 + Set($1.clips.map(\.id)).count }
    table.clips = zip(names, tables).flatMap { name, table in
      table.clips.map { clip in
        var clip = clip
        if !isUnique { clip.id = ClipFolder.stem(name) + "/" + clip.id }
        return clip
      }
    }
    table.notes.append("\(Text.counted(names.count, "file")) are read as one dataset")
    return table
  }
}
