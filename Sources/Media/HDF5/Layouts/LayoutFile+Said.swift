import Files
import Frames

/// What a person said, where the file does not.
extension LayoutFile {
  /// The rate a person names, by number or as an attribute of the file.
  func saidRate() throws -> FrameRate? {
    guard let said = answers.fps else { return nil }
    if let rate = FrameRate(parsing: said) { return rate }
    guard let (path, name) = Reading.attribute(said) else { return nil }
    guard let node = path.isEmpty || path == "/" ? root : root[path] else {
      throw problem(
        "there is no '\(path)' in the file", expected: "fps=PATH.attrs['NAME'] of something that is there",
        fix: "name a rate: --read fps=24")
    }
    guard let text = try self.text(node, name), let rate = FrameRate(parsing: text) else {
      throw problem(
        "'\(path)' has no attribute '\(name)' that is a rate", fix: "name a rate: --read fps=24")
    }
    return rate
  }

  /// The attribute `fps` of the first that has one.
  func rate(_ nodes: StoredNode...) throws -> FrameRate? {
    if let said = try saidRate() { return said }
    for node in nodes {
      guard let text = try text(node, "fps") else { continue }
      guard let rate = FrameRate(parsing: text) else {
        throw problem(
          "the attribute fps is '\(text)'", at: node, expected: "a number of frames a second",
          fix: "say it: --read fps=24")
      }
      return rate
    }
    return nil
  }

  /// What lies at a path a person names, `*` standing for any name of one level.
  func matching(_ pattern: String, below: StoredNode? = nil) -> [StoredNode] {
    var found = [below ?? root]
    for step in pattern.split(separator: "/") {
      found = found.flatMap { node in
        step == "*" ? node.children : node.children.filter { $0.name == step }
      }
    }
    return found
  }

  /// The columns of actions a person names below a node, or in the file.
  /// - Throws: `Problem` when one is not there.
  func saidActions(below node: StoredNode? = nil) throws -> [StoredNode]? {
    guard let names = answers.actions else { return nil }
    return try names.map { name in
      let found = (node.map { matching(name, below: $0) } ?? []) + matching(name)
      guard let first = found.first(where: { $0.kind == .dataset }) else {
        throw problem("there is no dataset '\(name)' in the file", fix: "name one that is there: --read actions=PATH")
      }
      return first
    }
  }

  /// Whether a person wants this camera.
  func wants(camera: String?) -> Bool { answers.camera.map { $0 == camera } ?? true }

  /// Keys there are, for a message.
  func keys(_ node: StoredNode, most: Int = 12) -> String {
    let all = node.deep().map(\.path)
    return all.isEmpty
      ? "nothing" : all.prefix(most).joined(separator: ", ") + (all.count > most ? " and \(all.count - most) more" : "")
  }

  func noPictures(_ node: StoredNode, _ clip: String) -> Problem {
    problem(
      "'\(clip)' has states and no pictures; keys there: \(keys(node))", expected: "frames of a camera",
      fix: "render the pictures into the file, or name them: --read images=PATH")
  }
}
