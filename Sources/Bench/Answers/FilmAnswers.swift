import Files
import Frames
import Media
import Tensors

/// Videos that were made elsewhere. They are read at the footage's size and rate; the frames they begin with are in them,
/// as in the clips they are held against.
package struct FilmAnswers: BenchAnswers {
  package let compute: Compute
  /// A place's videos, in order.
  private let paths: [[String]]
  private let reading: Reading

  /// - Parameter pairs: of the suite's windows, in its order.
  package init(_ films: FilmFolder, _ pairs: FilmPairs, limits: DecodeLimits, on compute: Compute) {
    (paths, self.compute, reading) = (pairs.paths, compute, Reading(films, limits))
  }

  /// Samples every answered window has.
  package var samples: Int { min(Self.mostSamples, paths.map(\.count).filter { $0 > 0 }.min() ?? 0) }
  private static let mostSamples = 64, mostLooked = 64
  /// Windows with a video.
  package var answered: Int { paths.count { !$0.isEmpty } }
  /// Windows with more videos than are looked at.
  package var surplus: Int { paths.count { $0.count > samples } }

  /// Where their size or rate is another than the footage's, in sentences, by a few of them. A video that does not open is
  /// told where it is asked for.
  package func remarks(_ asked: FootageSuite) throws -> [String] {
    let reading = reading, first = paths.compactMap(\.first).prefix(Self.mostLooked).map { $0 }
    return try concurrently(first.count, threads: compute.threads) { reading.remarks(first[$0], asked) }
      .flatMap { $0 }.distinct().sorted()
  }

  package func answers(
    _ bench: Bench, _ questions: [any BenchQuestion], at places: [Int], sample: Int, given control: BenchControl?
  ) throws -> [BenchAnswer] {
    let asked = bench.asked, paths = paths, reading = reading
    return try concurrently(places.count, threads: compute.threads) { i in
      guard control == nil else { return .none("nobody can be asked again with other actions") }
      let own = paths[places[i]]
      guard own.indices.contains(sample) else { return .none("there is no video of it") }
      return try reading.read(own[sample], asked)
    }
  }

  package func requireUnchanged() throws {}
}

/// Reads a folder's videos from any thread.
private final class Reading: Sendable {
  private let films: FilmFolder
  private let limits: DecodeLimits

  init(_ films: FilmFolder, _ limits: DecodeLimits) { (self.films, self.limits) = (films, limits) }

  func read(_ path: String, _ asked: any BenchQuestions) throws -> BenchAnswer {
    let file = try OpenedFile(films.path + "/" + path)
    guard try file.sha256() == films.hashes[path] else {
      throw Problem("the video was changed since the bench began", at: file.path, fix: "call it again")
    }
    var pixels: [UInt8] = [], count = 0
    do {
      let reader = try VideoReader(
        file, size: (asked.width, asked.height), crop: .center, fps: asked.fps, limits: limits)
      while count < asked.frames, let frame = try reader.next() {
        pixels += frame
        count += 1
      }
    } catch let problem as Problem { return .none("its video cannot be read: \(problem.what)") }
    try file.requireUnchanged()
    guard count == asked.frames else {
      return .none("its video has \(Text.counted(count, "frame")) at \(asked.fps)/s, not \(asked.frames)")
    }
    return .clip(
      Frames(count: count, height: asked.height, width: asked.width, pixels: pixels, fps: asked.fps))
  }

  /// What a reader must know of one.
  func remarks(_ path: String, _ asked: FootageSuite) -> [String] {
    guard let file = try? OpenedFile(films.path + "/" + path),
      let info = (try? VideoReader(file, limits: limits))?.info
    else { return [] }
    return [
      (info.width, info.height) == (asked.width, asked.height)
        ? nil
        : "videos of \(info.width)×\(info.height) were scaled to the footage's \(asked.width)×\(asked.height)",
      info.fps == asked.fps ? nil : "videos of \(info.fps) frames/s were read at the footage's \(asked.fps)",
    ].compactMap { $0 }
  }
}
