import Files
import Foundation
import Frames
import Measures
import Media

/// The Physics-IQ benchmark on its own folder layout.
///
/// Filmed takes are `{ID}_testing-videos_{fps}FPS_{view}_take-{1,2}_{scenario}.mp4`, two a view and scenario; a model's
/// continuation of the first take is `{ID}_{view}_{scenario}.mp4`, or anything that begins with that take's `{ID}_`.
/// Every first take must have its second and its continuation, of at least five seconds at one rate: what is missing is
/// listed, and nothing is scored without it.
public struct ScorePhysicsIQ: Sendable {
  /// One view of one scenario.
  package struct View: Sendable { let id, name: String; let first, second: String; let generated: [String] }

  public struct Result: Sendable {
    /// A row a view: scenario and view, then a sample for each run.
    public let samples: [(view: String, runs: [PhysicsIQ.Sample])]
    /// [0, 100], a run each.
    public var original: [Double] { runs.map(PhysicsIQ.original) }
    /// [0, 1], a run each.
    public var verified: [Double] { runs.map(PhysicsIQ.verified) }
    private var runs: [[PhysicsIQ.Sample]] {
      (0..<(samples.first?.runs.count ?? 0)).map { run in samples.map { $0.runs[run] } }
    }
  }

  package let views: [View]
  package static let seconds = 5.0

  /// - Parameters:
  ///   - real: folder of the filmed takes.
  ///   - generated: one folder a run of the model; the benchmark asks four for a claim.
  /// - Throws: `Problem` listing every file that is missing or not named as the layout asks.
  public init(real: String, generated: [String]) throws {
    var takes: [String: [Int: (id: String, file: String)]] = [:], faults: [String] = []
    for file in try Self.videos(real) {
      let parts = file.dropLast(4).split(separator: "_", maxSplits: 5, omittingEmptySubsequences: false).map(
        String.init)
      guard parts.count == 6, parts[1] == "testing-videos", parts[2].hasSuffix("FPS"),
        parts[4] == "take-1" || parts[4] == "take-2"
      else {
        faults.append("\(real)/\(file): not named {ID}_testing-videos_{fps}FPS_{view}_take-{1,2}_{scenario}.mp4")
        continue
      }
      takes[parts[3] + "_" + parts[5], default: [:]][parts[4] == "take-1" ? 1 : 2] = (parts[0], real + "/" + file)
    }
    let made = try generated.map { (folder: $0, files: try Self.videos($0)) }
    var views: [View] = []
    for (name, both) in takes.sorted(by: { $0.key < $1.key }) {
      guard let first = both[1] else { faults.append("\(name): take 1 is missing in \(real)"); continue }
      if both[2] == nil { faults.append("\(name): take 2 is missing in \(real)") }
      let continuations = made.compactMap { run -> String? in
        let named = run.files.filter { $0 == "\(first.id)_\(name).mp4" },
          matching = named.isEmpty ? run.files.filter { $0.hasPrefix(first.id + "_") } : named
        if matching.count == 1 { return run.folder + "/" + matching[0] }
        faults.append(
          "\(name): \(matching.isEmpty ? "no continuation" : "\(matching.count) continuations") \(first.id)_\(name).mp4 in \(run.folder)"
        )
        return nil
      }
      if let second = both[2], continuations.count == made.count {
        views.append(View(id: first.id, name: name, first: first.file, second: second.file, generated: continuations))
      }
    }
    if takes.isEmpty, faults.isEmpty { faults.append("\(real): no filmed takes") }
    guard faults.isEmpty else {
      throw Problem(
        "\(Text.counted(faults.count, "file")) missing or misnamed:\n    " + faults.joined(separator: "\n    "),
        at: real,
        expected: "both takes of every view, and one continuation of each first take in every run",
        fix: "complete the folders; a score over part of the benchmark is not its score")
    }
    self.views = views
  }

  private static func videos(_ folder: String) throws -> [String] {
    guard Disk.isFolder(folder) else {
      throw Problem.usage("there is no such folder", at: folder, expected: "a folder of mp4 files")
    }
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".mp4") && !$0.hasPrefix(".")
    }.sorted()
  }

  /// Decodes every clip once, side by side; views are computed on `threads` threads and listed in order.
  public func run(
    threads: Int, limits: DecodeLimits = .usual, _ done: @escaping @Sendable (String) -> Void
  ) throws -> Result {
    let samples = try concurrently(views.count, threads: threads) { k in
      let view = views[k]
      defer { done(view.name) }
      return (view: view.name, runs: try Self.samples(view, limits))
    }
    return Result(samples: samples)
  }

  /// The first take against the second and each continuation, at a quarter of the filmed size.
  package static func samples(_ view: View, _ limits: DecodeLimits = .usual) throws -> [PhysicsIQ.Sample] {
    let readers = try ([view.first, view.second] + view.generated).map { try VideoReader(path: $0, limits: limits) }
    let rate = readers[0].fps
    for reader in readers where reader.fps != rate {
      throw Problem(
        "the clip runs at \(reader.fps) frames a second, the first take at \(rate)", at: reader.path,
        fix: "convert them to one rate, as the benchmark's own tool does")
    }
    let common = (width: max(1, readers[0].width / 4), height: max(1, readers[0].height / 4)),
      frames = Int((seconds * rate.perSecond).rounded())
    var comparison = PhysicsIQComparison(sizes: readers.map { ($0.width, $0.height) }, common: common)
    for t in 0..<frames {
      comparison.add(
        try readers.map { reader in
          guard let pixels = try reader.next() else {
            throw Problem(
              "the clip ends after \(Text.counted(t, "frame"))", at: reader.path,
              expected: "\(frames) frames: \(Text.short(seconds)) seconds at \(rate)")
          }
          return pixels
        })
    }
    let components = comparison.components!  // there are frames
    return components.dropFirst().map { PhysicsIQ.Sample(model: $0, variance: components[0]) }
  }
}

extension ScorePhysicsIQ.Result {
  private static func spread(_ values: [Double]) -> (mean: Double, deviation: Double?) {
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return (mean, nil) }
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (square / Double(values.count - 1)).squareRoot())
  }

  public var value: Value {
    func score(_ values: [Double]) -> Value {
      let (mean, deviation) = Self.spread(values)
      return ["mean": Value(mean), "sd": Value(deviation), "runs": .array(values.map { Value($0) })]
    }
    func parts(_ c: PhysicsIQ.Components) -> Value {
      [
        "spatial_iou": Value(c.spatial), "spatiotemporal_iou": Value(c.spatiotemporal),
        "weighted_spatial_iou": Value(c.weighted), "mse": Value(c.squaredError),
      ]
    }
    return [
      "physics_iq_original": score(original), "physics_iq_verified": score(verified), "views": Value(samples.count),
      "samples": .array(
        samples.map { row in
          [
            "view": .string(row.view), "physical_variance": parts(row.runs[0].variance),
            "runs": .array(row.runs.map { parts($0.model) }),
          ]
        }),
    ]
  }

  public var text: String {
    func line(_ name: String, _ values: [Double]) -> String {
      let (mean, deviation) = Self.spread(values)
      return "\(name)  \(Text.short(mean))"
        + (deviation.map { " ± \(Text.short($0)) (sample SD of \(values.count) runs)" }
          ?? "  (1 run: no spread; the benchmark asks 4 for a claim)")
    }
    return line("physics_iq_original, 0 to 100:", original) + "\n" + line("physics_iq_verified, 0 to 1:   ", verified)
      + "\n\(Text.counted(samples.count, "view")). The two are different formulas and do not compare."
  }
}
