import Consent
import Files
import Foundation
import Frames
import Media
import Models
import Pages
import Provenance

/// The words of `dataset import`, checked before any video is opened.
public enum ImportOptions {
  public static func read(
    size: String?, fps: String?, crop: String, window: Int, captions: String?, validation: Double,
    holdout: VideoImport.Holdout, manifest: String?
  ) throws -> VideoImport.Options {
    var options = VideoImport.Options()
    if let size { options.size = try self.size(size, at: "--size") }
    if let fps {
      guard let rate = FrameRate(parsing: fps) else {
        throw Problem.usage("'\(fps)' is not a frame rate", at: "--fps", expected: "24, 23.976 or 24000/1001")
      }
      options.fps = rate
    }
    guard let cut = Crop(parsing: crop) else {
      throw Problem.usage("'\(crop)' is not a crop", at: "--crop", expected: "none, center, or x,y,width,height")
    }
    (options.crop, options.window, options.captions, options.validation, options.holdout) = (
      cut, window, captions, validation, holdout
    )
    options.terms = MediaTerms.read
    let key = try KeyRing(HomeFolder(environment: ProcessInfo.processInfo.environment)).openOrMake(KeyRing.importer)
    options.attest = { try DerivationStatement.signed($0, by: key) }
    if let manifest { options.attributes["optin_manifest"] = (manifest as NSString).lastPathComponent }
    return options
  }

  /// Width, then height: "112x64", or "64" for a square.
  public static func size(_ text: String, at option: String) throws -> (width: Int, height: Int) {
    let sides = text.split(omittingEmptySubsequences: false) { "xX×".contains($0) }.map { Int($0) }
    guard (1...2).contains(sides.count), let w = sides[0], let h = sides[sides.count - 1] else {
      throw Problem.usage(
        "'\(text)' is not a size", at: option, expected: "WIDTHxHEIGHT, such as 112x64, or one number for a square")
    }
    guard (1...largest).contains(w), (1...largest).contains(h) else {
      throw Problem.usage(
        "frames of \(w)×\(h) pixels cannot be made", at: option, expected: "sides from 1 to \(largest)",
        fix: "the nearest that a model takes is \(nearest(w))x\(nearest(h))")
    }
    return (w, h)
  }

  private static let largest = 16384
  /// Pixels a side of what a model takes whole, where an experiment says nothing else.
  private static let block = Codec().space * WorldTransformerConfig().patchSize[1]

  /// The nearest side that an experiment's default model takes.
  private static func nearest(_ side: Int) -> Int {
    max(block, min(largest, (min(side, largest) + block / 2) / block * block))
  }

  /// What a model needs of such clips, in sentences.
  private static func needs(_ report: VideoImport.Report) -> String {
    let (w, h) = (report.width, report.height), fits = w % block == 0 && h % block == 0
    let size =
      "a model takes frames in multiples of codec.space × model.patch pixels, \(block) where an experiment says "
      + "nothing else: \(w)×\(h) "
      + (fits ? "fits" : "does not, --size \(nearest(w))x\(nearest(h)) is the nearest that does")
    guard let frames = report.shortest else { return size }
    let groups = [1, 2, 4, 8].filter { frames % $0 == 0 }.map(String.init)
    return size
      + "; a window is a multiple of codec.time × model.patch[0] frames: \(frames) fits \(Text.listed(groups))"
  }

  /// - Throws: `Problem` when something stands at `path` and was not to be replaced.
  public static func requireFree(_ path: String, force: Bool) throws {
    guard force || !Disk.exists(path) || Disk.isFolder(path) else {
      throw Problem("a file is already there", at: path, fix: "choose another --out, or say --force to replace it")
    }
  }

  public static func text(_ report: VideoImport.Report, _ path: String) -> String {
    var lines = [
      "wrote \(path): \(Text.counted(report.clips, "clip")) of \(Text.counted(report.files, "file")), "
        + "\(Text.counted(report.frames, "frame")) at \(report.width)×\(report.height), \(report.fps.spoken) fps; "
        + "\(Text.counted(report.validationClips, "clip")) held out",
      needs(report),
    ]
    lines +=
      report.skipped.map { "left out: \($0.path): \($0.text)" } + report.notes.map { "note: \($0.path): \($0.text)" }
    return lines.map { Text.wrapped($0, within: 80) }.joined(separator: "\n")
  }
}
