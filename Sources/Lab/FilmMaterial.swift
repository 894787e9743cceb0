import Bench
import Clips
import Consent
import Diffusion
import Files
import Frames
import LearnedMeasures
import Media
import Provenance
import Runs
import Tensors

/// What is asked of videos that were made elsewhere, and who answers: them.
struct FilmMaterial {
  let films: FilmFolder
  private let compute: Compute
  private let home: HomeFolder?
  private let options: BenchOptions
  private let looks: FootageLooks

  /// Frames a video is read to at most, where nobody says how many.
  private static let mostFrames = 1000

  init(
    _ folder: String, _ options: BenchOptions, _ looks: FootageLooks, home: HomeFolder?, on compute: Compute
  ) throws {
    films = try FilmFolder(folder, threads: compute.threads)
    (self.compute, self.options, self.looks, self.home) = (compute, options, looks, home)
  }

  private var ledger: EvaluationLedger { EvaluationLedger(run: nil, model: films.hash, home: home) }

  /// The windows a run is asked, which `compare` then finds alike.
  func asked(like material: BenchMaterial) throws -> FootageSuite {
    try material.footage(options, looks, count: options.count, recordedIn: ledger)
  }

  /// The first window of every clip of a file that has a video.
  func asked() throws -> FootageSuite {
    guard let path = options.footage else {
      throw Problem.usage(
        "nothing says which footage the videos go on with", at: films.path, expected: "--data FILE, or --like RUN")
    }
    let data = try Dataset(path: path), given = options.given ?? 1, frames = try options.frames ?? length(data)
    let form = try FootageSuite.Form(frames: frames, height: data.height, width: data.width, given: given)
    let source = try ClipSource(
      options.loose.experiment(path, window: frames, stride: nil), .evaluate, split: nil, cacheBytes: 64 << 20)
    let windows = FilmPairs.Window.all(of: source), pairs = try FilmPairs(films, windows)
    var choice = FootageSuite.Choice(count: options.count ?? Int.max)
    choice.items = Set(pairs.paths.indices.filter { !pairs.paths[$0].isEmpty })
    guard choice.items?.isEmpty == false else { throw unpaired(windows) }
    return try FootageSuite(source, form, choice, looks: looks, recordedIn: ledger, threads: compute.threads)
  }

  /// Frames of the first video that is of a clip and can be read, at the footage's rate, and no more than the longest clip
  /// has.
  private func length(_ data: Dataset) throws -> Int {
    let windows = data.clips.map { FilmPairs.Window(clip: $0.id, start: 0, isFirst: true, caption: $0.caption) },
      longest = data.clips.map(\.frames).max() ?? 0
    var obstacle = unpaired(windows)
    for path in try FilmPairs(films, windows).paths.compactMap(\.first) {
      do {
        let reader = try VideoReader(
          OpenedFile(films.path + "/" + path), size: (data.width, data.height), crop: .center, fps: data.fps,
          limits: options.limits)
        var count = 0
        while count < min(longest, Self.mostFrames), try reader.next() != nil { count += 1 }
        return count
      } catch let problem as Problem { obstacle = problem }
    }
    throw obstacle
  }

  /// Who answers the windows of a suite.
  /// - Throws: `Problem` when no video is of any.
  func answers(_ asked: FootageSuite) throws -> (answers: FilmAnswers, notes: [String]) {
    let windows = asked.windows, pairs = try FilmPairs(films, windows.all).of(windows.asked),
      count = windows.asked.count
    let answers = FilmAnswers(films, pairs, limits: options.limits, on: compute)
    guard answers.answered > 0 else { throw unpaired(windows.asked.map { windows.all[$0] }) }
    func few(_ names: [String]) -> String { names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "") }
    let notes =
      [
        "the videos were made elsewhere: how they were sampled, and whether what made them saw these clips, is not known",
        answers.answered < count
          ? "\(Text.counted(count - answers.answered, "window")) of \(count) \(count - answers.answered == 1 ? "has" : "have") no video"
          : nil,
        pairs.unpaired.isEmpty
          ? nil
          : "\(Text.counted(pairs.unpaired.count, "video")) \(pairs.unpaired.count == 1 ? "pairs" : "pair") with no window: \(few(pairs.unpaired))",
        answers.surplus > 0
          ? "of \(Text.counted(answers.surplus, "window")) more videos are there than the \(answers.samples) that all have; the first are taken"
          : nil,
      ].compactMap { $0 } + films.passed
    return (answers, notes + (try answers.remarks(asked)))
  }

  private func unpaired(_ windows: [FilmPairs.Window]) -> Problem {
    Problem(
      "no video is named as a clip is", at: films.path,
      expected: "names such as " + windows.prefix(3).map { "\($0.name).mp4" }.joined(separator: ", "),
      fix: "name each after the clip it goes on with (docs/BENCH.md has the ways)")
  }
}
