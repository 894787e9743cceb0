import Files

/// A grid of frames with labels: one row a clip, or one clip wrapped over rows.
public struct ContactSheet: Sendable {
  public struct Row: Sendable {
    public var label: String
    public var frames: Frames
    public init(_ label: String, _ frames: Frames) { (self.label, self.frames) = (label, frames) }
  }

  public var title: String
  public var rows: [Row]
  /// Frames across; longer rows are sampled evenly, first and last frame included. Nil shows every frame.
  public var columns: Int?
  /// Each frame pixel becomes zoom × zoom.
  public var zoom: Int
  /// Text above each column; nil writes the frame numbers of the first row.
  public var columnLabels: [String]?

  public init(title: String = "", rows: [Row], columns: Int? = nil, zoom: Int = 1, columnLabels: [String]? = nil) {
    (self.title, self.rows, self.columns, self.zoom, self.columnLabels) = (title, rows, columns, zoom, columnLabels)
  }

  /// One clip, wrapped: `columns` frames across, rows labelled by their first frame.
  public static func wrapping(_ frames: Frames, columns: Int = 8, zoom: Int = 1, title: String = "") -> ContactSheet {
    let across = max(1, min(columns, max(1, frames.count)))
    let rows = stride(from: 0, to: frames.count, by: across).map {
      Row(String($0), frames[$0..<min($0 + across, frames.count)])
    }
    return ContactSheet(title: title, rows: rows, zoom: zoom, columnLabels: (0..<across).map { "+\($0)" })
  }

  /// Which frames of a clip of `count` are shown in `columns` places.
  package static func sampled(_ count: Int, _ columns: Int?) -> [Int] {
    guard let columns, columns < count else { return Array(0..<count) }
    guard columns > 1 else { return [0] }
    return (0..<columns).map { ($0 * (count - 1) + (columns - 1) / 2) / (columns - 1) }
  }

  /// - Throws: `Problem` when there is nothing to show or the sheet would pass 32768 pixels a side.
  public func draw() throws -> Canvas {
    guard let widest = rows.map(\.frames.width).max(),
      let across = rows.map({ Self.sampled($0.frames.count, columns).count }).max(), across > 0, (1...64).contains(zoom)
    else {
      throw Problem("there are no frames to show on a contact sheet")
    }
    let gap = 4, text = zoom >= 3 ? 2 : 1, line = Canvas.textHeight(scale: text)
    let cell = widest * zoom
    let margin = rows.map { Canvas.textWidth($0.label, scale: text) }.max()! + 2 * gap
    let heading = title.isEmpty ? 0 : line * 2 + gap
    let width = max(margin + across * (cell + gap) + gap, Canvas.textWidth(title, scale: text) + 2 * gap)
    let top = heading + line + 2 * gap
    let height = top + rows.reduce(0) { $0 + max($1.frames.height * zoom, line) + gap } + gap
    guard width <= 32768, height <= 32768 else {
      throw Problem(
        "the contact sheet would be \(width)x\(height) pixels", expected: "at most 32768 a side",
        fix: "show fewer rows or columns, or a smaller zoom")
    }
    var canvas = Canvas(width: width, height: height)
    canvas.text(title, x: gap, y: gap + line / 4, scale: text)
    let labels = columnLabels ?? Self.sampled(rows[0].frames.count, columns).map(String.init)
    for (i, label) in labels.prefix(across).enumerated() {
      // A label wider than its column would run into the next one.
      let fits = label.prefix(max(1, (cell + gap) / (6 * text)))
      canvas.text(
        String(fits), x: margin + i * (cell + gap) + max(0, (cell - Canvas.textWidth(String(fits), scale: text)) / 2),
        y: heading + gap, scale: text)
    }
    var y = top
    for row in rows {
      let tall = max(row.frames.height * zoom, line)
      canvas.text(row.label, x: gap, y: y + (tall - line) / 2, scale: text)
      for (i, frame) in Self.sampled(row.frames.count, columns).enumerated() {
        canvas.draw(row.frames, frame, x: margin + i * (cell + gap), y: y, scale: zoom)
      }
      y += tall + gap
    }
    return canvas
  }
}
