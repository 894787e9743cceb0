import Credentials
import Files
import Foundation
import Frames
import Media
import Provenance

/// What a bench shows: a few scenes, each by every subject, in one film. A row a subject, a column a scene, so that one
/// player keeps them in step by construction; a page cuts the tiles out.
public struct BenchFilm: Sendable, Equatable {
  /// Beside the result's file.
  public var file: String
  public var subjects: [SubjectRole]
  /// Instance ids, one a column.
  public var scenes: [String]
  /// One tile, and the step from tile to tile, in pixels of the film.
  public var width: Int, height: Int, stepX: Int, stepY: Int
  public var frames: Int
  /// Leading frames that were given.
  public var given: Int
  public var fps: String

  public init(
    file: String, subjects: [SubjectRole], scenes: [String], width: Int, height: Int, stepX: Int, stepY: Int,
    frames: Int,
    given: Int, fps: String
  ) {
    (self.file, self.subjects, self.scenes, self.width, self.height) = (file, subjects, scenes, width, height)
    (self.stepX, self.stepY, self.frames, self.given, self.fps) = (stepX, stepY, frames, given, fps)
  }

  public var value: Value {
    [
      "file": .string(file), "subjects": .array(subjects.map { .string($0.name) }),
      "scenes": .array(scenes.map { .string($0) }), "width": Value(width), "height": Value(height),
      "step_x": Value(stepX), "step_y": Value(stepY), "frames": Value(frames), "given": Value(given),
      "fps": .string(fps),
    ]
  }

  package init(_ f: StrictFields) {
    let size = 1...100_000
    self.init(
      file: f.requiredString("file"), subjects: (f.strings("subjects") ?? []).map { SubjectRole(ofBench: $0) },
      scenes: f.strings("scenes") ?? [],
      width: f.integer("width", in: size, default: 1),
      height: f.integer("height", in: size, default: 1), stepX: f.integer("step_x", in: size, default: 1),
      stepY: f.integer("step_y", in: size, default: 1),
      frames: f.integer("frames", in: size, default: 1), given: f.integer("given", in: 0...100_000, default: 0),
      fps: f.requiredString("fps"))
    f.close()
  }
}

/// Collects the clips of the scenes that are shown while a bench goes on, and writes them at its end.
package struct BenchScreen {
  /// Where the film (mp4, signed) and the sheet (png) go, without extension.
  package let path: String
  private let videos: CredentialedVideo
  /// Places of the instances shown.
  package let shown: [Int]
  private var clips: [Int: [(subject: SubjectRole, frames: Frames?)]] = [:]

  private static let gap = 2, most = 8
  /// Pixels of a film frame that decoders still take well.
  private static let area = 9_000_000

  /// - Parameter subjects: how many rows the film will have.
  package init(_ asked: any BenchQuestions, subjects: Int, to path: String, _ videos: CredentialedVideo) {
    (self.path, self.videos) = (path, videos)
    let scale = BenchVideo.options(width: asked.width).scale,
      tile = (asked.width + Self.gap) * (asked.height + Self.gap) * scale * scale
    shown = Self.places(
      max(1, min(Self.most, Self.area / (tile * subjects))), strata: asked.strataCount, count: asked.count)
  }

  /// Which instances `room` shows: the first of each stratum, then the second of each; of more strata than there is
  /// room for, some from everywhere.
  package static func places(_ room: Int, strata: Int, count: Int) -> [Int] {
    let seen = min(room, strata)
    return (0..<min(room, strata * count)).map { i in i % seen * strata / seen * count + i / seen }.sorted()
  }

  /// Whether the files of an earlier call stand.
  var isWritten: Bool { Disk.exists(path + ".mp4") && Disk.exists(path + ".png") }

  /// Whether there is something to write.
  package var hasClips: Bool { !clips.isEmpty }

  package mutating func take(_ place: Int, _ made: [(subject: SubjectRole, frames: Frames?)]) {
    if shown.contains(place) { clips[place] = made }
  }

  /// Writes the film and the sheet. - Parameter facts: for the film's credentials.
  package func write(_ asked: any BenchQuestions, facts: [Value.Field]) throws {
    let places = shown.filter { clips[$0] != nil }
    guard let first = places.first.flatMap({ clips[$0] }), let size = first.compactMap(\.frames).first else {
      throw Problem("there is nothing to show", at: path)
    }
    let blank = Frames(
      count: size.count, height: size.height, width: size.width,
      pixels: [UInt8](repeating: 255, count: size.pixels.count), fps: size.fps)
    let rows = first.indices.map { s in places.map { clips[$0]?[s].frames ?? blank } }
    let most = min(4, places.count)
    let sheet = (0..<most).map { places[$0 * places.count / most] }.flatMap { place in
      [SubjectRole.control(.groundTruth), .model, .control(.constantVelocity), .control(.base)].compactMap { role in
        clips[place]?.first { $0.subject == role }.flatMap { clip in
          clip.frames.map { ContactSheet.Row(role.name, $0) }
        }
      }
    }
    try ContactSheet(
      title: "given: the first \(asked.given == 1 ? "frame" : Text.counted(asked.given, "frame"))", rows: sheet,
      columns: 16,
      zoom: max(1, 96 / size.width)
    ).write(to: path + ".png")
    // Scenes a program drew, and a training clip's continuation, stand beside what the model made.
    try videos.write(
      Mosaic.grid(rows, gap: Self.gap), to: path + ".mp4", options: BenchVideo.options(width: size.width),
      source: .composite,
      footage: asked.shown, facts: facts)
  }

  /// What the film shows; the same whether it was written now or by an earlier call.
  package func film(_ asked: any BenchQuestions, subjects: [SubjectRole]) throws -> BenchFilm {
    let scale = BenchVideo.options(width: asked.width).scale, places = asked.places
    return BenchFilm(
      file: (path as NSString).lastPathComponent + ".mp4", subjects: subjects, scenes: shown.map { places[$0].id },
      width: asked.width * scale,
      height: asked.height * scale, stepX: (asked.width + Self.gap) * scale,
      stepY: (asked.height + Self.gap) * scale, frames: asked.frames,
      given: asked.given, fps: asked.fps.description)
  }
}

/// Clips of one size and length, side by side and above each other.
public enum Mosaic {
  public static func grid(_ rows: [[Frames]], gap: Int = 2) -> Frames {
    guard let first = rows.first?.first else { preconditionFailure("an empty mosaic") }
    let (h, w, t) = (first.height, first.width, first.count), columns = rows.map(\.count).max() ?? 0
    let height = rows.count * (h + gap) - gap, width = columns * (w + gap) - gap
    var pixels = [UInt8](repeating: 255, count: t * height * width * 3)
    for (r, row) in rows.enumerated() {
      for (c, clip) in row.enumerated() {
        for f in 0..<min(t, clip.count) {
          for y in 0..<h {
            let from = (f * h + y) * w * 3, to = ((f * height + r * (h + gap) + y) * width + c * (w + gap)) * 3
            pixels.replaceSubrange(to..<to + w * 3, with: clip.pixels[from..<from + w * 3])
          }
        }
      }
    }
    return Frames(count: t, height: height, width: width, pixels: pixels, fps: first.fps)
  }
}
