import Files
import Foundation
import Frames

/// An import done again: a clip's frames made anew from the footage its origin names, by the recipe it states.
package struct ImportReplay {
  /// What a `derived_from` of `VideoImport` says, `{source: {file_sha256}, transform: {crop, width, height, fps, first,
  /// frames}, result}`.
  package struct Recipe: Sendable, Hashable {
    package let source: String
    let crop: [Int]
    package let width: Int, height: Int
    let fps: String
    let frames: Range<Int>
    package let result: String

    /// nil for an origin in other words.
    package init?(_ origin: Value) {
      let recipe = origin["transform"]
      guard let source = origin["source"]?["file_sha256"]?.string, let result = origin["result"]?.string,
        let crop = recipe?["crop"]?.array?.compactMap(\.integer), crop.count == 4,
        Crop(parsing: crop.map(String.init).joined(separator: ",")) != nil,
        let width = recipe?["width"]?.integer, let height = recipe?["height"]?.integer,
        (1...16384).contains(width), (1...16384).contains(height), let fps = recipe?["fps"]?.string,
        let first = recipe?["first"]?.integer, let count = recipe?["frames"]?.integer, first >= 0, count > 0,
        case let (end, isOver) = first.addingReportingOverflow(count), !isOver
      else { return nil }
      (self.source, self.crop, self.width, self.height, self.fps) = (source, crop, width, height, fps)
      (frames, self.result) = (first..<end, result)
    }
  }

  /// Makes the clips of one source again. - Returns: for each recipe, whether its frames came out as it says.
  /// - Parameter recipes: all of the footage in `file`.
  /// - Throws: `Problem` when the footage cannot be read.
  package static func run(
    _ recipes: [Recipe], of file: OpenedFile, limits: DecodeLimits = .usual
  ) throws -> [Recipe: Bool] {
    var found: [Recipe: Bool] = [:]
    struct Way: Hashable { let crop: [Int], width: Int, height: Int, fps: String }
    let ways = Dictionary(grouping: Set(recipes)) {
      Way(crop: $0.crop, width: $0.width, height: $0.height, fps: $0.fps)
    }
    for (way, recipes) in ways {
      guard let rate = FrameRate(parsing: way.fps) else { continue }
      let c = way.crop
      // A crop that the picture does not have makes nothing.
      guard
        let reader = try? VideoReader(
          file, size: (way.width, way.height), crop: .rectangle(x: c[0], y: c[1], width: c[2], height: c[3]),
          fps: rate, limits: limits)
      else { continue }
      var open = recipes.map { recipe in
        (
          recipe: recipe,
          hasher: FrameHash.begin(width: way.width, height: way.height, count: recipe.frames.count), seen: 0
        )
      }
      let last = recipes.map(\.frames.upperBound).max() ?? 0
      for n in 0..<last {
        guard let frame = try reader.next() else { break }
        for i in open.indices where open[i].recipe.frames.contains(n) {
          open[i].hasher.update(frame)
          open[i].seen += 1
        }
      }
      for one in open {
        found[one.recipe] = one.seen == one.recipe.frames.count && one.hasher.finish() == one.recipe.result
      }
    }
    return found
  }
}
