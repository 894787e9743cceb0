import Files
import Frames

/// Arrays of clips under a usual name, axes in any order, bytes or floats, grey or colour; or rows that are a picture or a
/// film each.
enum Videos: HDF5Layout {
  private static let names = ["videos", "video", "frames", "images"]
  private static let captions = ["captions", "caption", "texts", "text", "prompts", "prompt"]

  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let node = names.lazy.compactMap({ file.root[$0] }).first(where: { $0.kind == .dataset }) else { return nil }
    return try table(file, node)
  }

  static func table(_ file: LayoutFile, _ node: StoredNode) throws -> ClipTable {
    let column = try file.column(node)
    if column.kind == .lists || column.kind == .text || column.shape.count == 2 { return try encoded(file, node) }
    let axes = try axes(file, node, column), letters = Array(axes)
    let clips = letters.firstIndex(of: "N").map { column.shape[$0] }
    let length = letters.firstIndex(of: "T").map { column.shape[$0] } ?? 1
    let array = try file.array(node), pixel = try format(file, node, array, axes)
    let said = column.lists["color_order"] ?? column.lists["colour_order"] ?? column.lists["channel_order"]
    let isSwapped = file.answers.channels.map { $0 == .bgr } ?? (said?.first?.lowercased() == "bgr")
    let rate = try file.rate(node, file.root), texts = try texts(file, count: clips ?? 1)
    let splits = try file.root["split"].map { try file.texts($0) }.flatMap { $0.count == clips ? $0 : nil }
    var table = ClipTable(layout: "videos")
    let named =
      try file.saidActions() ?? ["actions", "action"].lazy.compactMap { file.root[$0] }.first.map { [$0] } ?? []
    for clip in 0..<(clips ?? 1) {
      let id = clips == nil ? file.stem : Text.padded(clip, 6)
      let pictures = try ArrayPictures(
        array, axes: axes, clip: clip, pixel, isSwapped: isSwapped, flip: file.answers.flip ?? .none,
        place: "\(file.path), clip '\(id)'")
      let split = splits.flatMap { Split(rawValue: $0[clip]) }
      table.clips.append(
        FoundClip(
          id, fps: rate, split: split, caption: texts?[clip], pictures,
          actions: try actions(file, named, clips: clips, clip, frames: length, id)))
    }
    let order = isSwapped ? "BGR" : "RGB"
    table.notes = [
      "videos, '\(node.path)' as \(axes), \(Demos.words(rate, file.answers.fps == nil ? "the file" : "--read")), "
        + (axes.contains("C") ? order : "grey") + (pixel == .bytes ? "" : ", numbers in \(pixel.span)")
        + (named.isEmpty ? "; there are no actions" : ", frame t then action t")
    ]
    if said == nil, file.answers.channels == nil, axes.contains("C") {
      table.notes.append("nothing says the order of its colours; RGB is taken (--read channels=bgr for the other)")
      table.questions.append("channels")
    }
    if rate == nil { table.questions.append("fps") }
    return table
  }

  /// The order of axes: said, or told by where the channels stand.
  private static func axes(_ file: LayoutFile, _ node: StoredNode, _ column: StoredColumn) throws -> String {
    let shape = column.shape
    if let said = file.answers.axes {
      guard said.count == shape.count else {
        throw file.problem(
          "'\(node.path)' has \(shape.count) axes \(shape), and --read axes=\(said) names \(said.count)",
          expected: "a letter an axis", fix: "name each axis with a letter of NTHWC")
      }
      return said
    }
    let orders: [String] =
      switch shape.count {
      case 5: ["NTHWC", "NTCHW", "NCTHW"]
      case 4: ["THWC", "TCHW", "CTHW"]
      case 3: ["THW"]
      default: []
      }
    func channels(_ order: String) -> Int? {
      order.firstIndex(of: "C").map { shape[order.distance(from: order.startIndex, to: $0)] }
    }
    var fits = orders.filter { order in channels(order).map { [1, 3, 4].contains($0) } ?? true }
    // Three channels are likelier than four, where the other axis could be anything.
    if fits.contains(where: { channels($0) == 3 }) { fits = fits.filter { channels($0) != 4 } }
    // Channels of three at the end or in the middle are told; three of anything else besides are not.
    guard fits.count == 1 else {
      throw file.problem(
        "'\(node.path)' has the shape \(shape), whose axes can be read in "
          + (fits.isEmpty ? "no way that is known" : "more than one way: \(fits.joined(separator: ", "))"),
        expected: "clips, frames, height, width and channels that can be told apart",
        fix:
          "name its axes in their order: --read axes=\(shape.count == 5 ? "NTHWC" : shape.count == 4 ? "TNHW or THWC" : "THW")"
      )
    }
    return fits[0]
  }

  /// Numbers of a few frames tell the range.
  private static func format(
    _ file: LayoutFile, _ node: StoredNode, _ array: StoredArray, _ axes: String
  ) throws -> PixelFormat {
    let column = array.column
    let format = try file.pixelFormat(column, node) {
      var values: [Double] = []
      let letters = Array(axes), n = letters.firstIndex(of: "N"), t = letters.firstIndex(of: "T")
      let clips = n.map { array.shape[$0] } ?? 1, frames = t.map { array.shape[$0] } ?? 1
      for clip in Set([0, clips / 2, clips - 1]).sorted() where clip >= 0 {
        for frame in Set([0, frames / 2, frames - 1]).sorted() where frame >= 0 {
          var box = Box(start: letters.map { _ in 0 }, size: array.shape)
          if let n { (box.start[n], box.size[n]) = (clip, 1) }
          if let t { (box.start[t], box.size[t]) = (frame, 1) }
          let kind: PixelFormat.Kind =
            column.kind == .integers
            ? .u16 : column.elementBytes == 2 ? .half : column.elementBytes == 4 ? .single : .double
          let raw = PixelFormat(kind: kind, isBigEndian: column.isBigEndian, .eight), bytes = try array.read(box)
          bytes.withUnsafeBytes { room in for i in 0..<box.count { values.append(raw.number(room, i)) } }
        }
      }
      return values
    }
    guard let format else {
      throw file.problem("'\(node.path)' holds \(column.typeWords), no pictures", expected: "bytes, 16 bits or floats")
    }
    return format
  }

  private static func texts(_ file: LayoutFile, count: Int) throws -> [String]? {
    guard let node = captions.lazy.compactMap({ file.root[$0] }).first, try file.column(node).kind == .text else {
      return nil
    }
    let texts = try file.texts(node)
    guard texts.count == count else {
      throw file.problem(
        "'\(node.path)' has \(texts.count) texts for \(Text.counted(count, "clip"))", fix: "write a text a clip")
    }
    return texts
  }

  private static func actions(
    _ file: LayoutFile, _ nodes: [StoredNode], clips: Int?, _ clip: Int, frames: Int, _ id: String
  ) throws -> StoredActions? {
    guard let node = nodes.first else { return nil }
    guard let clips else { return try file.actions(nodes, frames: frames, .before, clip: id) }
    let column = try file.column(node), shape = column.shape
    guard nodes.count == 1, column.kind == .floats || column.kind == .integers, (2...3).contains(shape.count),
      shape[0] == clips,
      shape.dropFirst(2).allSatisfy({ (1...65_536).contains($0) })
    else {
      throw file.problem(
        "'\(node.path)' has the shape \(shape)", expected: "[\(clips), frames, numbers]",
        fix: "name the actions: --read actions=PATH")
    }
    try node.file.backed(node.path, column)
    return StoredActions(
      shape: Array(shape.dropFirst()),
      alignment: try file.fitting(.before, frames: frames, actions: shape[1], clip: id), names: nil
    ) { try LayoutFile.doubles(node, column, clip..<clip + 1) }
  }

  /// Rows that are a picture each make one clip; rows that are a film each are a clip each.
  private static func encoded(_ file: LayoutFile, _ node: StoredNode) throws -> ClipTable {
    let rows = try EncodedRows(file, node)
    guard rows.count > 0, let first = try rows.bytes(0..<1).first else {
      throw file.problem("'\(node.path)' has no rows", expected: "a picture or film a row")
    }
    let said = try file.rate(node, file.root)
    if EncodedKind(first) == .film {
      var table = ClipTable(layout: "videos")
      let texts = try texts(file, count: rows.count)
      for row in 0..<rows.count {
        let id = Text.padded(row, 6)
        let film = try FilmPictures(
          .row(rows, row), isSwapped: file.answers.channels == .bgr, file.cache, place: "\(file.path), clip '\(id)'")
        table.clips.append(FoundClip(id, fps: said ?? film.fps, caption: texts?[row], film))
      }
      table.notes = ["videos, a film a row of '\(node.path)', \(Demos.words(table.clips.first?.fps, "the films"))"]
      return table
    }
    let folder = file.folder(), id = folder + "/" + file.stem
    let pictures = try file.encoded(node, mayLoseEnd: true, clip: id).pictures
    var table = ClipTable(layout: "jpeg-video")
    table.clips = [FoundClip(id, fps: said, caption: folder.replacing("_", with: " "), pictures)]
    table.notes = [
      "jpeg-video, a picture a row of '\(node.path)', \(Demos.words(said, "the file")); the folder is the class, the file the clip"
    ]
    if pictures.lost > 0 {
      table.notes.append(
        "the last \(Text.counted(pictures.lost, "row")) are empty: the conversion was cut off, the clip ends before them"
      )
    }
    if said == nil { table.questions.append("fps") }
    return table
  }
}
