import Files
import Foundation
import Frames
import Media
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
    if let manifest { options.attributes["optin_manifest"] = (manifest as NSString).lastPathComponent }
    return options
  }

  /// "64" or "128x72".
  public static func size(_ text: String, at option: String) throws -> (width: Int, height: Int) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let w = sides[0], let h = sides[sides.count - 1], (1...16384).contains(w),
      (1...16384).contains(h)
    else {
      throw Problem.usage("'\(text)' is not a size", at: option, expected: "one number, or WIDTHxHEIGHT")
    }
    return (w, h)
  }

  /// - Throws: `Problem` when something stands at `path` and was not to be replaced.
  public static func requireFree(_ path: String, force: Bool) throws {
    guard force || !Disk.exists(path) || Disk.isFolder(path) else {
      throw Problem("a file is already there", at: path, fix: "choose another --out, or say --force to replace it")
    }
  }

  public static func text(_ report: VideoImport.Report, _ path: String) -> String {
    var lines = [
      "wrote \(path): \(report.clips) clips of \(report.files) file\(report.files == 1 ? "" : "s"), \(report.frames) frames at \(report.width)×\(report.height), \(report.fps) fps; \(report.validationClips) of them held out"
    ]
    lines +=
      report.skipped.map { "left out: \($0.path): \($0.text)" } + report.notes.map { "note: \($0.path): \($0.text)" }
    return lines.joined(separator: "\n")
  }
}
