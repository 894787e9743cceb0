import CHDF5
import Files
import Frames

/// A dataset written for other programs: robomimic's demonstrations, or stable-worldmodel's columns. Frames as they are,
/// actions in the row of the frame they follow.
public enum LayoutExport {
  public enum Layout: String, CaseIterable, Sendable { case robomimic, stableWorldModel = "stable-worldmodel" }

  public struct Report: Sendable {
    public var clips = 0, frames = 0
    public var notes: [String] = []
  }

  /// - Throws: `Problem` when nobody knows the rate, clips have several sizes, or the disk refuses.
  public static func run(_ data: Dataset, as layout: Layout, to path: String) throws -> Report {
    try data.requireRate()
    let output = try AsideFile(path, kind: "dataset")
    defer { output.discard() }
    var report = Report()
    try Self.writing(output.aside, path) { file in
      switch layout {
      case .robomimic: try robomimic(data, file, path, &report)
      case .stableWorldModel: try columns(data, file, path, &report)
      }
    }
    try output.commit()
    return report
  }

  private static func writing(_ aside: String, _ path: String, _ body: (hid_t) throws -> Void) throws {
    try HDF5.locked {
      guard let guardian = orrery_h5_guard_make() else {
        throw Problem("libhdf5 refuses a driver of ours", at: path, expected: "HDF5 1.10 as Debian 12 has it")
      }
      let file = orrery_h5_create(aside, guardian)
      var isOpen = file >= 0
      defer {
        if isOpen { H5Fclose(file) }
        orrery_h5_guard_free(guardian)
      }
      guard isOpen else { throw HDF5.writeProblem(path, "the dataset") }
      let outcome = Result { try body(file) }
      if guardian.pointee.error != 0 { throw Disk.writeProblem(path, guardian.pointee.error) }
      try outcome.get()
      isOpen = false
      guard H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0, H5Fclose(file) >= 0 else {
        throw guardian.pointee.error != 0
          ? Disk.writeProblem(path, guardian.pointee.error) : HDF5.writeProblem(path, "the dataset")
      }
    }
  }

  private static func group(_ file: hid_t, _ name: String, _ path: String) throws {
    let id = H5Gcreate2(file, name, HDF5.defaults, HDF5.defaults, HDF5.defaults)
    guard id >= 0 else { throw HDF5.writeProblem(path, "the group '\(name)'") }
    H5Gclose(id)
  }

  private static func with(_ file: hid_t, _ name: String, _ path: String, _ body: (hid_t) throws -> Void) throws {
    try HDF5.with(H5Oopen(file, name, HDF5.defaults), H5Oclose, or: HDF5.writeProblem(path, "'\(name)'"), body)
  }

  /// Frames of a clip appended to a column of pictures. The lock is held: reading is the children's.
  private static func append(
    _ data: Dataset, _ clip: Int, to id: hid_t, from first: Int, _ path: String
  ) throws {
    let (height, width) = data.size(of: clip), frames = data.clips[clip].frames
    let step = max(1, (32 << 20) / (height * width * 3))
    guard H5Dset_extent(id, [hsize_t(first + frames), hsize_t(height), hsize_t(width), 3]) >= 0 else {
      throw HDF5.writeProblem(path, "the pictures")
    }
    for at in stride(from: 0, to: frames, by: step) {
      let piece = try data.frames(clip, at..<min(frames, at + step))
      try HDF5.select(
        id, [first + at, 0, 0, 0], [piece.count, height, width, 3], or: HDF5.writeProblem(path, "the pictures")
      ) { memory, stored in
        guard H5Dwrite(id, orrery_h5t_u8(), memory, stored, HDF5.defaults, piece.pixels) >= 0 else {
          throw HDF5.writeProblem(path, "the pictures")
        }
      }
    }
  }

  private static func column(
    _ file: hid_t, _ name: String, _ width: Int, _ path: String, _ rows: [[Float]]
  ) throws {
    let id = try HDF5.create(file, name, orrery_h5t_f32(), inner: [width], chunkRows: 64, level: nil, at: path)
    defer { H5Dclose(id) }
    try HDF5.append(id, name, rows.flatMap { $0 }, rows: 0, count: rows.count, inner: [width], at: path)
  }

  private static func robomimic(_ data: Dataset, _ file: hid_t, _ path: String, _ report: inout Report) throws {
    let names = data.clips.indices.map { data.found?.clips[$0].id ?? data.clips[$0].id }, demos = names.distinct()
    try group(file, "data", path)
    var train: [String] = [], held: [String] = [], total = 0, none = 0
    for (k, name) in demos.enumerated() {
      let demo = "demo_\(k)", clips = data.clips.indices.filter { names[$0] == name }
      guard let first = clips.first else { continue }
      try group(file, "data/" + demo, path)
      try group(file, "data/\(demo)/obs", path)
      for clip in clips {
        let camera = data.found?.clips[clip].camera ?? "image", (height, width) = data.size(of: clip)
        let id = try HDF5.create(
          file, "data/\(demo)/obs/\(camera.hasSuffix("image") ? camera : camera + "_image")", orrery_h5t_u8(),
          inner: [height, width, 3], chunkRows: 8, level: 4, at: path)
        defer { H5Dclose(id) }
        try append(data, clip, to: id, from: 0, path)
        report.frames += data.clips[clip].frames
      }
      if !data.actionColumns.isEmpty {
        let rows = try data.actions(first)
        none += rows.count { $0.contains(where: \.isNaN) }
        try column(file, "data/\(demo)/actions", data.actionColumns.count, path, rows)
      }
      let count = data.clips[first].frames
      try with(file, "data/" + demo, path) {
        try HDF5.attribute($0, "num_samples", count, at: path)
        try HDF5.attribute($0, "orrery_clip", [name], at: path)
        if let caption = data.clips[first].caption {
          try HDF5.attribute($0, "ep_meta", [JSON.line(["lang": .string(caption)])], at: path)
        }
      }
      if data.clips[first].split == .train { train.append(demo) } else { held.append(demo) }
      total += count
      report.clips += clips.count
    }
    let rate = data.fps
    let environment: Value = [
      "env_name": "unknown", "type": 1,
      "env_kwargs": [
        "control_freq": rate.denominator == 1 ? Value(rate.numerator) : .number(rate.perSecond)
      ],
    ]
    try with(file, "data", path) {
      try HDF5.attribute($0, "total", total, at: path)
      try HDF5.attribute($0, "env_args", [JSON.line(environment)], at: path)
    }
    try group(file, "mask", path)
    if !train.isEmpty { try HDF5.write(file, "mask/train", train, at: path) }
    if !held.isEmpty { try HDF5.write(file, "mask/valid", held, at: path) }
    report.notes.append("demos are numbered in the order of clips; a demo's attribute orrery_clip is its clip")
    if none > 0 { report.notes.append("without an action (NaN): \(Text.counted(none, "frame"))") }
  }

  private static func columns(_ data: Dataset, _ file: hid_t, _ path: String, _ report: inout Report) throws {
    try data.requireOneRateAndSize()
    let pixels = try HDF5.create(
      file, "pixels", orrery_h5t_u8(), inner: [data.height, data.width, 3], chunkRows: 1, level: nil, at: path)
    defer { H5Dclose(pixels) }
    var rows: [[Float]] = []
    for (i, clip) in data.clips.enumerated() {
      try append(data, i, to: pixels, from: report.frames, path)
      if !data.actionColumns.isEmpty { rows += try data.actions(i) }
      report.frames += clip.frames
      report.clips += 1
    }
    if !rows.isEmpty { try column(file, "action", data.actionColumns.count, path, rows) }
    try HDF5.write(file, "ep_len", data.clips.map(\.frames), at: path)
    var start = 0
    try HDF5.write(
      file, "ep_offset",
      data.clips.map { clip in
        defer { start += clip.frames }
        return start
      }, at: path)
    try HDF5.attribute(file, "fps", [data.fps.description], at: path)
    let held = data.clips.filter { $0.split == .validation }
    if !held.isEmpty {
      report.notes.append(
        "the layout has no splits: held-out clips are \(held.prefix(8).map(\.id).joined(separator: ", "))")
    }
  }
}
