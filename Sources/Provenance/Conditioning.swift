import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Media
import Runs

/// Footage a sample begins with. Whatever it is (a clip of a dataset, a video, a picture), it passes the gate for
/// `evaluate`: conditioning a model on somebody's frames needs their leave. The frames can be had in one way only,
/// which records that they are used.
public struct Conditioning {
  public enum Source: Sendable, Equatable {
    /// A dataset and a clip's id.
    case clip(dataset: String, id: String)
    case video(String)
    case image(String)
  }

  public let source: Source
  /// Frames given.
  public let count: Int
  public let caption: String?
  /// [L·E] of the clip's caption, when the dataset brings its own.
  public let embedding: [Float]?
  /// Of a dataset's clip, as far as they were asked for: columns, and a row a frame.
  package let actions: (columns: [String], units: [String?], fps: String, rows: [[Float]])?
  public let admission: Admission
  /// The video or picture it was read from, still open; nil for a dataset's clip.
  let file: OpenedFile?
  /// T₀·H·W·3.
  private let frames: Frames
  private let ledger: EvaluationLedger

  /// The frames, for a model to go on from. That they are used is in the ledger, on disk, when this returns.
  /// - Throws: `Problem` when the ledger does not verify or cannot be written.
  public func recordedFrames() throws -> Frames {
    try ledger.record(.conditioning, [(admission: admission, frames: max(count, actions?.rows.count ?? 0))])
    return frames
  }

  /// - Parameters:
  ///   - count: frames wanted; a picture is repeated as often.
  ///   - size: what the model works on; videos and pictures are cropped and resized to it, clips must have it.
  ///   - manifest: the consent manifest; a dataset's own when nil.
  ///   - files: whose signatures are believed and what was revoked.
  ///   - actions: frames whose actions are used too, where the clip has as many.
  ///   - ledger: where its use is recorded.
  ///   - limits: on decoding a video or picture.
  public init(
    _ source: Source, frames count: Int, width: Int, height: Int, fps: FrameRate, manifest: String?,
    files: ConsentFiles, request: ConsentRequest, actions: Int = 0, recordedIn ledger: EvaluationLedger,
    limits: DecodeLimits = .usual
  ) throws {
    switch source {
    case .clip(let path, let id):
      let dataset = try Dataset(path: path)
      guard (dataset.width, dataset.height) == (width, height) else {
        throw Problem(
          "the dataset is \(dataset.width)×\(dataset.height), the model works on \(width)×\(height)", at: path,
          fix: dataset.resizing(width: width, height: height))
      }
      try self.init(
        source, dataset, id, count, manifest ?? dataset.manifestPath, files, request, actions: actions, ledger, nil)
    case .video(let path), .image(let path):
      guard let manifest else {
        throw Problem(
          "no consent manifest names this file, so no model may be conditioned on it", at: path,
          expected: "--manifest FILE that lists it by content",
          fix:
            "if the footage is your own, write one: "
            + Shell.orrery(["consent", "init", path, "--grant", Basis.ownWork.rawValue])
            + ", and say --unsigned own-work"
        )
      }
      let folder = NSTemporaryDirectory() + "orrery-\(UUID().uuidString)"
      try Disk.makeFolder(folder)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      // One opening: the frames, the hash the gate looks up and the file's own credentials are of one file.
      let file = try OpenedFile(path), frames = try Self.read(source, file, count, width, height, fps, limits)
      let writer = try DatasetWriter(path: folder + "/given.h5", height: height, width: width, fps: fps)
      let id = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
      var from: Value = ["path": .string(path), "file_sha256": .string(try file.sha256())]
      if let terms = MediaTerms.read(file) { from.set(ClipFacts.embeddedKey, terms) }
      try file.requireUnchanged()
      let origin: Value = [
        "source": from,
        "transform": ["size": .string("\(width)x\(height)"), "frames": Value(count)],
        "result": .string(FrameHash.sha256(frames)),
      ]
      try writer.append(id: id, frames: frames, split: .validation, derivedFrom: JSON.canonical(origin, at: path))
      try writer.finish()
      try self.init(
        source, try Dataset(path: folder + "/given.h5"), id, count, manifest, files, request, actions: 0, ledger, file,
        made: origin)
    }
  }

  private init(
    _ source: Source, _ dataset: Dataset, _ id: String, _ count: Int, _ manifest: String?, _ files: ConsentFiles,
    _ request: ConsentRequest, actions wanted: Int, _ ledger: EvaluationLedger, _ file: OpenedFile?,
    made origin: Value? = nil
  ) throws {
    guard let manifest else {
      throw Problem("the dataset names no consent manifest", at: dataset.path, fix: "name one with --manifest")
    }
    guard let index = dataset.index(of: id) else {
      throw Problem(
        "there is no clip '\(id)'" + Nearest.hint(id, dataset.clips.map(\.id)), at: dataset.path,
        fix: "see: " + Shell.orrery(["dataset", "inspect", dataset.path, "--clips"]))
    }
    guard dataset.clips[index].frames >= count else {
      throw Problem(
        "the clip '\(id)' has \(dataset.clips[index].frames) frames, \(count) were asked", at: dataset.path,
        fix: "ask for fewer with --prefix")
    }
    let read = try Manifest(path: manifest)
    var policy = try files.policy(for: [read])
    // Made from the file here and now.
    if let origin { policy.believe(origin) }
    let gate = Gate(dataset: dataset, manifest: read, request: request, policy: policy)
    guard let admission = gate.admissions().first(where: { $0.clipIndex == index }) else {
      throw Problem(
        "the clip '\(id)' may not be used\n" + ConsentTable([gate.decisions[index]], request: request).text,
        at: dataset.path,
        fix: "see the reason above; an unsigned manifest also needs its basis listed with --unsigned")
    }
    let clip = try EvaluationClip(admission: admission, from: gate.dataset, frames: 0..<count)
    self.source = source
    self.count = clip.frames.count
    self.admission = admission
    self.ledger = ledger
    self.file = file
    frames = clip.frames
    caption = clip.caption
    let stored = try dataset.textEmbedding(index)
    guard stored.map({ ClipConditioning.hash(of: $0) }) == admission.conditioning[.textEmbedding] else {
      throw Problem("the text embedding is not the one that was admitted", at: dataset.path, fix: "call it again")
    }
    embedding = stored?.values
    let used = min(wanted, dataset.clips[index].frames)
    // The space is the model's to tell, by the columns.
    let rows = try used > 0 ? admission.actions("", from: gate.dataset, frames: 0..<used)?.rows : nil
    actions = rows.map { (dataset.actionColumns, dataset.actionUnits, dataset.fps.description, $0) }
  }

  private static func read(
    _ source: Source, _ file: OpenedFile, _ count: Int, _ width: Int, _ height: Int, _ fps: FrameRate,
    _ limits: DecodeLimits
  ) throws -> Frames {
    if case .image = source {
      let one = try VideoReader.reading(
        file, size: (width, height), crop: .center, limit: 1, limits: limits
      ).frames
      return Frames(
        count: count, height: height, width: width,
        pixels: (0..<count).flatMap { _ in one.pixels.prefix(one.frameBytes) }, fps: fps)
    }
    let frames = try VideoReader.reading(
      file, size: (width, height), crop: .center, fps: fps, limit: count, limits: limits
    ).frames
    guard frames.count >= count else {
      throw Problem(
        "the video has \(frames.count) frames at \(fps) fps, \(count) were asked", at: file.path,
        fix: "ask for fewer with --prefix")
    }
    return frames[0..<count]
  }
}

extension Conditioning {
  /// Footage cut to what a model takes. - Parameter actions: frames whose actions are used too, of a model that takes them.
  public init(
    _ source: Source, for model: WorldModel, frames: Int?, manifest: String?, files: ConsentFiles = ConsentFiles(),
    request: ConsentRequest, actions: Int = 0, recordedIn ledger: EvaluationLedger, limits: DecodeLimits = .usual
  ) throws {
    let spec = model.spec
    guard let fps = FrameRate(parsing: spec.fps) else {
      throw Problem("the model's frame rate '\(spec.fps)' cannot be read")
    }
    try self.init(
      source, frames: try Sampling.prefix(frames, spec), width: spec.width, height: spec.height, fps: fps,
      manifest: manifest, files: files, request: request, actions: spec.takesActions ? actions : 0,
      recordedIn: ledger, limits: limits)
  }
}

/// Which footage the command line named.
public enum SampleSource {
  public static func read(clip: String?, id: String?, video: String?, image: String?) throws -> Conditioning.Source? {
    guard [clip, video, image].compactMap({ $0 }).count <= 1 else {
      throw Problem.usage("--clip, --video and --image were given together", expected: "one of them")
    }
    if let clip {
      guard let id else {
        throw Problem.usage(
          "--clip names a dataset; the clip is missing",
          fix: "add --clip-id ID; see: " + Shell.orrery(["dataset", "inspect", clip, "--clips"]))
      }
      return .clip(dataset: clip, id: id)
    }
    guard id == nil else {
      throw Problem.usage("--clip-id was given without --clip", fix: "name the dataset with --clip FILE.h5")
    }
    return video.map { .video($0) } ?? image.map { .image($0) }
  }
}
