import Files
import Foundation
import Frames

/// Turns video files into a native dataset, keeping for every clip what it was made from.
public struct VideoImport: Sendable {
  /// How held-out clips are chosen; always the same ones for the same input.
  public enum Holdout: String, CaseIterable, Sendable {
    /// By a hash of the source file's name, so that windows of one video never stand on both sides; one file alone
    /// gives its last windows.
    case files
    /// The last windows of every file.
    case last
  }

  public struct Options: Sendable {
    /// Size of the stored frames; nil takes the first file's (cropped) size.
    public var size: (width: Int, height: Int)?
    /// The dataset's one frame rate; nil takes the first file's.
    public var fps: FrameRate?
    public var crop: Crop = .center
    /// Frames a clip; 0 makes each file one clip.
    public var window = 0
    /// CSV or JSON lines, `file,caption`.
    public var captions: String?
    /// Share of clips held out, 0 to 0.9.
    public var validation = 0.1
    public var holdout: Holdout = .files
    /// On decoding a file.
    public var limits = DecodeLimits.usual
    /// Reads what a file's own credentials say about its use, to be kept as `source.training_mining`.
    public var terms: @Sendable (OpenedFile) -> Value? = { _ in nil }
    /// Signs a clip's origin, `{source, transform, result}`, for whoever is to believe it.
    public var attest: @Sendable (Value) throws -> Value = { $0 }
    /// Root attributes, such as "optin_manifest".
    public var attributes: [String: String] = [:]
    public init() {}
  }

  /// What was imported, and everything that was not, with the reason.
  public struct Report: Sendable {
    public struct Remark: Sendable, Equatable { public var path: String, text: String }
    public var files = 0, clips = 0, frames = 0, validationClips = 0
    public var width = 0, height = 0, fps = FrameRate(24)
    /// Frames of the shortest clip.
    package var shortest: Int?
    /// Files of which nothing was taken.
    public var skipped: [Remark] = []
    /// Frames dropped, repeated, left over, and other things to know about files that were taken.
    public var notes: [Remark] = []

    public var value: Value {
      func list(_ remarks: [Remark]) -> Value {
        .array(remarks.map { ["path": .string($0.path), "text": .string($0.text)] })
      }
      return [
        "files": Value(files), "clips": Value(clips), "frames": Value(frames),
        "validation_clips": Value(validationClips), "width": Value(width),
        "height": Value(height), "fps": .string(fps.description), "skipped": list(skipped), "notes": list(notes),
      ]
    }
  }

  private struct Source { var path: String, relative: String, name: String }

  /// Imports `inputs` (files, or folders searched in depth, by name order) into the dataset `output`.
  /// `warn` hears, before a frame is read, what the words given will do to the files; `progress` (files done, files in
  /// all, the file's name).
  /// - Throws: `Problem` when options contradict, when no clip is left, or when writing fails; then nothing stands at
  ///   `output`.
  public static func run(
    _ inputs: [String], to output: String, options: Options = Options(),
    progress: (Int, Int, String) -> Void = { _, _, _ in }, warn: (String) -> Void = { _ in }
  ) throws -> Report {
    guard (0...0.9).contains(options.validation) else {
      throw Problem.usage("the validation share is \(options.validation)", expected: "0 to 0.9")
    }
    guard (0...100_000).contains(options.window) else {
      throw Problem.usage("the window is \(options.window) frames", expected: "0 (whole files) to 100000")
    }
    var report = Report()
    let sources = try find(inputs, &report)
    let files = sources.map { (path: $0.path, relative: $0.relative) }
    var captions = try options.captions.map { try Captions(path: $0) }
    var texts = try captions?.assigned(to: files) ?? sources.map { _ in nil }
    let beside = try Captions.beside(files, wanted: texts.map { $0 == nil })
    report.notes += beside.notes.map { .init(path: $0.path, text: $0.text) }
    let besides = beside.captions.count { $0 != nil }
    if besides > 0 {
      report.notes.append(
        .init(
          path: inputs.joined(separator: ", "),
          text:
            "\(Text.counted(besides, "caption")) \(besides == 1 ? "was" : "were") read from .txt files beside the videos"
        ))
    }
    texts = zip(texts, beside.captions).map { $0 ?? $1 }
    if let text = rates(sources, options) { warn(text) }
    var writer: DatasetWriter?
    var owners: [Int] = []
    for (i, source) in sources.enumerated() {
      progress(i, sources.count, source.name)
      let before = writer?.clips.count ?? 0
      do {
        if let fault = VisibleName.fault(source.name) {
          throw Problem("its name holds \(fault)", at: source.path, fix: "rename the file")
        }
        let caption = texts[i]
        if captions != nil, caption == nil { report.notes.append(.init(path: source.path, text: "has no caption")) }
        try take(source, caption, to: output, options, &writer, &report)
      } catch let problem as Problem {
        // A writer that failed cannot go on; a file that cannot be read can be left out.
        let atOutput = problem.place.map { $0.hasPrefix(output) || output.hasPrefix($0 + "/") } ?? false
        guard !atOutput, problem.exit != .usage, writer?.clips.count ?? 0 == before else { throw problem }
        report.skipped.append(.init(path: source.path, text: problem.what))
      }
      owners += Array(repeating: i, count: (writer?.clips.count ?? 0) - before)
      if (writer?.clips.count ?? 0) > before { report.files += 1 }
    }
    guard let writer, !writer.clips.isEmpty else {
      let reasons = report.skipped.prefix(5).map { "\n  - \($0.path): \($0.text)" }.joined()
      throw Problem(
        "no clip could be imported" + reasons, at: inputs.joined(separator: ", "),
        expected: "videos with at least \(max(1, options.window)) frames")
    }
    for name in captions?.unused ?? [] {
      report.notes.append(
        .init(path: options.captions ?? "", text: "the caption of '\(name)' belongs to no imported file"))
    }
    let held = holdout(owners, sources.map(\.name), options)
    for clip in held { writer.amend(clip, split: .validation) }
    progress(sources.count, sources.count, "writing")
    try writer.finish()
    (report.clips, report.validationClips) = (writer.clips.count, held.count)
    report.frames = writer.clips.reduce(0) { $0 + $1.frames }
    (report.width, report.height, report.fps) = (writer.width, writer.height, writer.fps)
    report.shortest = writer.clips.map(\.frames).min()
    return report
  }

  /// Every file to import, once, with a clip name of its own.
  private static func find(_ inputs: [String], _ report: inout Report) throws -> [Source] {
    var found: [VideoFiles.Found] = []
    for input in inputs {
      guard Disk.exists(input) else { throw Problem("there is no such file", at: input, fix: "check the path") }
      guard Disk.isFolder(input) else {
        found.append(.init(path: input, relative: (input as NSString).lastPathComponent))
        continue
      }
      let files = try VideoFiles(in: input)
      found += files.found
      report.skipped += files.passed.map { .init(path: $0.path, text: $0.reason) }
    }
    guard !found.isEmpty else { throw VideoFiles.none(inputs.joined(separator: ", ")) }
    var paths: Set<String> = [], sources: [Source] = []
    let stems = Dictionary(
      grouping: found.map { (($0.relative as NSString).lastPathComponent as NSString).deletingPathExtension },
      by: { $0 })
    var names: Set<String> = []
    for file in found {
      guard paths.insert(URL(fileURLWithPath: file.path).resolvingSymlinksInPath().path).inserted else {
        report.skipped.append(.init(path: file.path, text: "named twice"))
        continue
      }
      let stem = ((file.relative as NSString).lastPathComponent as NSString).deletingPathExtension
      var name = stems[stem]?.count == 1 ? stem : file.relative
      var n = 2
      while !names.insert(name).inserted { name = "\(file.relative)~\(n)"; n += 1 }
      sources.append(Source(path: file.path, relative: file.relative, name: name))
    }
    return sources
  }

  /// The videos of a folder, in depth, by name: what `run` would import.
  public static func videos(in folder: String) throws -> [(path: String, relative: String)] {
    let found = try VideoFiles(in: folder).found
    guard !found.isEmpty else { throw VideoFiles.none(folder) }
    return found.map { ($0.path, $0.relative) }
  }

  /// What is to be known before the files are brought to one rate; nil where they have one, or the caller named it.
  private static func rates(_ sources: [Source], _ options: Options) -> String? {
    guard options.fps == nil, sources.count > 1 else { return nil }
    var first: FrameRate?, files: [String: [String]] = [:]
    for source in sources {
      guard let file = try? OpenedFile(source.path), let rate = try? DecodedVideo.rate(of: file, limits: options.limits)
      else { continue }
      first = first ?? rate
      files[rate.spoken, default: []].append((source.path as NSString).lastPathComponent)
    }
    guard let first, files.count > 1 else { return nil }
    let ranks = files.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let list = ranks.prefix(6).map { rate, names in
      "\(rate) (\(names.count == 1 ? names[0] : "\(names.count) files"))"
    }
    let most = ranks[0]
    return "the files have \(files.count) frame rates: \(list.joined(separator: ", "))\(ranks.count > 6 ? ", …" : ""). "
      + "The dataset takes the first file's, \(first.spoken): frames of the others are dropped or repeated. "
      + (most.key == first.spoken
        ? "No other --fps keeps more files as they are; import the others by themselves to keep them so."
        : "--fps \(most.key) keeps \(most.value.count) of \(sources.count) as they are.")
  }

  /// Reads one file into clips.
  private static func take(
    _ source: Source, _ caption: String?, to output: String, _ options: Options, _ writer: inout DatasetWriter?,
    _ report: inout Report
  ) throws {
    let size = options.size ?? writer.map { ($0.width, $0.height) }
    // One opening: what is decoded is what is hashed, whatever the path means by then.
    let file = try OpenedFile(source.path)
    let reader = try VideoReader(
      file, size: size, crop: options.crop, fps: options.fps ?? writer?.fps, hashing: true, limits: options.limits)
    var pixels: [UInt8] = [], count = 0, made = 0, first = 0
    var clips: [(clip: Int, first: Int)] = []
    func append(_ id: String) throws {
      let target =
        try writer
        ?? DatasetWriter(
          path: output, height: reader.height, width: reader.width, fps: reader.fps, attributes: options.attributes)
      writer = target
      clips.append((target.clips.count, first))
      try target.append(
        id: id,
        frames: Frames(count: count, height: reader.height, width: reader.width, pixels: pixels, fps: reader.fps),
        split: .train, caption: caption)
      (first, made, count) = (first + count, made + 1, 0)
      pixels.removeAll(keepingCapacity: true)
    }
    var passed = 0
    while let frame = try reader.next() {
      if reader.isAfterPause, options.window > 0, count > 0 {
        // No window reaches over a pause.
        (passed, first, count) = (passed + count, first + count, 0)
        pixels.removeAll(keepingCapacity: true)
      }
      guard pixels.count + frame.count <= 1 << 32 else {
        throw Problem.usage(
          "a clip would hold more than 4 GiB of pixels", at: source.path, fix: "give a --window, or a smaller --size")
      }
      pixels += frame
      count += 1
      if options.window > 0, count == options.window { try append("\(source.name)_\(padded(made))") }
    }
    report.notes += reader.report.notes.map { .init(path: source.path, text: $0) }
    if options.window == 0, count > 0 { try append(source.name) }
    if made == 0 {
      throw Problem(
        "it has \(Text.counted(count, "frame")) at \(reader.fps) frames a second, fewer than the window of \(options.window)",
        at: source.path)
    }
    if passed > 0 {
      report.notes.append(
        .init(
          path: source.path,
          text: "\(Text.counted(passed, "frame")) before a pause \(passed == 1 ? "does" : "do") not fill a window and "
            + "\(passed == 1 ? "is" : "are") left out"))
    }
    if count > 0 {
      report.notes.append(
        .init(
          path: source.path,
          text:
            "the last \(Text.counted(count, "frame")) \(count == 1 ? "does" : "do") not fill a window of "
            + "\(options.window) and \(count == 1 ? "is" : "are") left out"
        ))
    }
    let hash = try file.sha256(), planes = try reader.planesSHA256(), terms = options.terms(file)
    try file.requireUnchanged()
    if let terms {
      report.notes.append(
        .init(path: source.path, text: "its own credentials speak of its use: \(JSON.line(terms["uses"] ?? terms))"))
    }
    for (clip, first) in clips {
      guard let record = writer?.clips[clip] else { continue }
      let crop = reader.keptCrop
      var from: Value = [
        "name": .string((source.path as NSString).lastPathComponent), "file_sha256": .string(hash),
        "frames_sha256": .string(planes),
      ]
      if let terms { from.set("training_mining", terms) }
      var transform: Value = [
        "crop": .array([Value(crop.x), Value(crop.y), Value(crop.width), Value(crop.height)]),
        "width": Value(reader.width), "height": Value(reader.height),
        "rotation": Value(reader.info.orientation.rotation), "fps": .string(reader.fps.description),
        "first": Value(first), "frames": Value(record.frames),
      ]
      if reader.info.orientation.isMirrored { transform.set("mirrored", true) }
      if let map = reader.info.toneMap { transform.set("tone_map", .string(map)) }
      let origin: Value = ["source": from, "transform": transform, "result": .string(record.framesSHA256)]
      writer?.amend(clip, derivedFrom: try JSON.canonical(options.attest(origin), at: source.path))
    }
  }

  private static func padded(_ n: Int) -> String {
    String(repeating: "0", count: max(0, 4 - String(n).count)) + String(n)
  }

  /// Which clips are held out. `owners[clip]` is the source a clip came from.
  private static func holdout(_ owners: [Int], _ names: [String], _ options: Options) -> [Int] {
    let files = Set(owners)
    guard options.validation > 0, owners.count > 1 else { return [] }
    guard options.holdout == .files, files.count > 1 else {
      return files.sorted().flatMap { file in
        let own = owners.indices.filter { owners[$0] == file }
        guard own.count > 1 else { return [Int]() }
        return Array(own.suffix(max(1, Int((options.validation * Double(own.count)).rounded()))))
      }
    }
    // A file's draw depends on its name alone, so adding files moves none of the others.
    let draws = files.sorted().map {
      (file: $0, draw: Double(UInt32(Hashing.sha256(names[$0]).prefix(8), radix: 16) ?? 0) / 4_294_967_296)
    }
    var chosen = Set(draws.filter { $0.draw < options.validation }.map(\.file))
    if chosen.isEmpty, let least = draws.min(by: { $0.draw < $1.draw }) { chosen = [least.file] }
    if chosen.count == files.count, let most = draws.max(by: { $0.draw < $1.draw }) { chosen.remove(most.file) }
    return owners.indices.filter { chosen.contains(owners[$0]) }
  }
}
