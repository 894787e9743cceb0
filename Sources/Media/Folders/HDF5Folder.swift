import Files
import Foundation

/// Files of one HDF5 layout in a folder and below, each of them clips: ALOHA, RoboMIND, Minari, one clip a file.
enum HDF5Folder: FolderLayout {
  static let keys = Reading.keys.map(\.key)

  /// Each stays open.
  private static let mostFiles = 512

  /// The files that make a folder a dataset: none where films lie in it besides, which are footage, and the file is likely
  /// what was imported from it; DROID's recordings belong to its file.
  static func files(_ folder: ClipFolder) -> [String] {
    let isFootage = CaptionedFilms.films(folder).contains { !"/\($0)".contains("/recordings/") }
    return isFootage ? [] : folder.ending(".hdf5", ".h5")
  }

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let names = files(folder)
    guard !names.isEmpty else { return nil }
    guard names.count <= mostFiles else {
      throw folder.problem(
        "there are \(names.count) HDF5 files, and at most \(mostFiles) are read as one dataset",
        fix: "name one of its folders, or write one file: orrery dataset import")
    }
    let tables = try names.map { name in
      let file = try LayoutFile(
        HDF5File(folder.at(name)), folder.answers, cacheBytes: folder.cacheBytes / names.count)
      guard try !StableWorldModel.isNative(file) else {
        throw folder.problem(
          "'\(name)' is in the native layout, whose files are not read as one dataset",
          expected: "files of other layouts",
          fix: "name the files in data: one by one")
      }
      return try HDF5Layouts.chosen(file)
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
