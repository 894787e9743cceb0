import Files

package enum FolderLayouts {
  private static let all: [any FolderLayout.Type] = [
    LeRobot.self, HDF5Folder.self, WebDataset.self, CaptionedFilms.self, ImageFolders.self,
  ]

  /// Whether a folder is one of a layout's rather than of loose films, for who takes both.
  package static func isDataset(_ path: String) -> Bool {
    Disk.exists(path + "/meta/info.json") || Disk.names(path).contains { $0.hasSuffix(".tar") }
      || (try? ClipFolder(path, Reading(), cacheBytes: 0)).map { !HDF5Folder.files($0).isEmpty } ?? false
  }

  /// Whether a folder is used as it lies: besides those, films with texts, and folders of pictures without films.
  package static func isUsedInPlace(_ path: String) -> Bool {
    if isDataset(path) { return true }
    guard let folder = try? ClipFolder(path, Reading(), cacheBytes: 0) else { return false }
    return CaptionedFilms.hasTexts(folder)
      || !ImageFolders.pictures(folder).isEmpty && (try? VideoFiles(in: path).found.isEmpty) ?? false
  }

  static func read(_ path: String, _ answers: Reading, cacheBytes: Int) throws -> (ClipTable, BlockCache) {
    let folder = try ClipFolder(path, answers, cacheBytes: cacheBytes)
    for layout in all {
      guard var table = try layout.read(folder) else { continue }
      if let unused = answers.words.first(where: { word in !layout.keys.contains { word.hasPrefix($0 + "=") } }) {
        throw folder.problem(
          "--read \(unused) says nothing of the layout \(table.layout)", expected: Text.listed(layout.keys),
          fix: "leave it out")
      }
      table.clips = table.clips.filter { clip in answers.camera.map { $0 == clip.camera } ?? true }
      guard !table.clips.isEmpty else {
        throw folder.problem(
          answers.camera.map { "there is no camera '\($0)' in it" } ?? "it has no clips", expected: "at least one clip",
          fix: "name one of its cameras, or none for all")
      }
      return (table, folder.cache)
    }
    throw folder.problem(
      "there is nothing in the folder that is recognised: "
        + (folder.files.isEmpty ? "it is empty" : folder.files.prefix(8).joined(separator: ", ")),
      expected: "a layout of docs/LAYOUTS.md", fix: "import videos with 'orrery dataset import'")
  }
}
