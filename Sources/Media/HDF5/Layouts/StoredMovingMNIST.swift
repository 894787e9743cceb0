import Files

/// Moving MNIST as it is passed around: one grey array, `[T, N, H, W]` or `[N, T, H, W]`, which must be said.
enum StoredMovingMNIST: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let node = file.root.datasets.first(where: { $0.name.lowercased().contains("mnist") }) else { return nil }
    var table = try Videos.table(file, node)
    table.layout = "moving-mnist"
    table.notes[0] = table.notes[0].replacing("videos, ", with: "moving-mnist, ")
    return table
  }
}
