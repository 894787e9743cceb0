import Clips
import Files
import Foundation
import Frames
import Media

/// Which video of a folder answers which window of footage, by name. A window is called
///
/// - by its clip and where it begins, `<clip>@<frame>`; its clip's first window by the clip alone. "/" in a clip's name
///   is a folder or "_";
/// - by its caption, where no other window has it (VBench names videos by their prompts);
/// - where the clip's name begins with four digits and "_", by what is left of it without kind, rate and take, as Physics-IQ
///   names what models make of its clips: `0001_perspective-left_trimmed-….mp4` of
///   `0001_testing-videos_30FPS_perspective-left_take-1_trimmed-…`.
///
/// `-0`, `-1`, … behind it number several samples of one window (VBench's way).
package struct FilmPairs: Sendable {
  /// A window that may be answered.
  package struct Window: Sendable {
    let clip: String, start: Int, isFirst: Bool, caption: String?

    package init(clip: String, start: Int, isFirst: Bool, caption: String?) {
      (self.clip, self.start, self.isFirst, self.caption) = (clip, start, isFirst, caption)
    }

    /// Of all items of a source, in its order.
    package static func all(of source: ClipSource) -> [Window] {
      let starts = Dictionary(
        source.items.map { ("\($0.dataset)/\($0.clip)", $0.range.lowerBound) }, uniquingKeysWith: min)
      let captions = source.datasets.map { data in
        Dictionary(data.clips.map { ($0.id, $0.caption) }, uniquingKeysWith: { first, _ in first })
      }
      return source.items.map { item in
        Window(
          clip: item.clip, start: item.range.lowerBound,
          isFirst: starts["\(item.dataset)/\(item.clip)"] == item.range.lowerBound,
          caption: captions[item.dataset][item.clip] ?? nil)
      }
    }

    /// "clip@20", as a file of it may be called.
    package var name: String { (isFirst ? clip : "\(clip)@\(start)").replacingOccurrences(of: "/", with: "_") }
  }

  /// A window's videos, by the order of their numbers; empty where it has none.
  package private(set) var paths: [[String]]
  /// Videos that pair with no window, relative to the folder.
  package let unpaired: [String]

  /// - Parameter windows: all there are, whichever are asked: what a name means does not depend on that.
  /// - Throws: `Problem` when two videos are of one sample of one window.
  package init(_ films: FilmFolder, _ windows: [Window]) throws {
    let keys = Self.keys(windows)
    var found = windows.map { _ in [Int: String]() }, unpaired: [String] = []
    for path in films.names {
      let name = (path as NSString).deletingPathExtension
      guard let (place, sample) = Self.place(name, keys) else {
        unpaired.append(path)
        continue
      }
      if let other = found[place].updateValue(path, forKey: sample) {
        throw Problem(
          "two videos are of one clip: \(VisibleName.shown(other)) and \(VisibleName.shown(path))", at: films.path,
          fix: "leave one of them out, or number samples -0, -1, …")
      }
    }
    paths = found.map { $0.sorted { $0.key < $1.key }.map(\.value) }
    self.unpaired = unpaired
  }

  /// Of some of the windows, by their places.
  package func of(_ places: [Int]) -> FilmPairs {
    var some = self
    some.paths = places.map { paths[$0] }
    return some
  }

  private static func place(_ name: String, _ keys: [String: Int]) -> (place: Int, sample: Int)? {
    func find(_ name: String) -> Int? {
      // In folders, or in a folder that holds them all.
      [name, (name as NSString).lastPathComponent].lazy.compactMap { text in
        keys[canonical(text)] ?? reduced(text).flatMap { keys[$0] }
      }.first
    }
    if let place = find(name) { return (place, 0) }
    guard let dash = name.lastIndex(of: "-"), let sample = Int(name[name.index(after: dash)...]), sample >= 0,
      let place = find(String(name[..<dash]))
    else { return nil }
    return (place, sample)
  }

  /// Every name that means one window only.
  private static func keys(_ windows: [Window]) -> [String: Int] {
    var keys: [String: Int] = [:], twice: Set<String> = []
    func put(_ key: String, _ place: Int) {
      if let other = keys.updateValue(place, forKey: key), other != place { twice.insert(key) }
    }
    for (i, window) in windows.enumerated() {
      put(canonical("\(window.clip)@\(window.start)"), i)
      if window.isFirst {
        put(canonical(window.clip), i)
        if let short = reduced(window.clip) { put(short, i) }
      }
    }
    let captions = Dictionary(grouping: windows.indices, by: { windows[$0].caption.map(canonical) ?? "" })
    for (caption, places) in captions where places.count == 1 && !caption.isEmpty && keys[caption] == nil {
      keys[caption] = places[0]
    }
    return keys.filter { !twice.contains($0.key) }
  }

  private static func canonical(_ name: String) -> String {
    name.replacingOccurrences(of: "/", with: "_").precomposedStringWithCanonicalMapping
  }

  /// Physics-IQ's name of a scene and a view; nil of other names, and of second takes, which no model is asked for.
  private static func reduced(_ name: String) -> String? {
    let parts = (name as NSString).lastPathComponent.split(separator: "_").map(String.init)
    guard let first = parts.first, first.count == 4, first.allSatisfy(\.isNumber), !parts.contains("take-2") else {
      return nil
    }
    return parts.filter { part in
      let isRate = part.hasSuffix("FPS") && part.dropLast(3).allSatisfy(\.isNumber)
      return !isRate && part != "take-1" && !part.hasSuffix("-videos") && !part.hasSuffix("-frames")
    }.joined(separator: "_")
  }
}
