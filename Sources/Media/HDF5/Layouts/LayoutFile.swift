import Files
import Foundation
import Frames
import Synchronization

/// An HDF5 file as a layout looks at it.
package final class LayoutFile: Sendable {
  package let path: String
  package let root: StoredNode
  let answers: Reading
  let cache: BlockCache
  let tools = ToolsPool()
  private let columns = Mutex<[String: StoredColumn]>([:])
  private let arrays = Mutex<[String: StoredArray]>([:])
  private let attributes = Mutex<[String: [String: [String]]]>([:])

  /// - Throws: `Problem` for what is no HDF5 file, and for links that lead out of its folder or in a circle.
  init(_ file: HDF5File, _ answers: Reading, cacheBytes: Int) throws {
    (path, self.answers) = (file.path, answers)
    cache = BlockCache(budget: cacheBytes)
    root = try Self.tree(file, Parts())
  }

  /// The name of the file without its extension.
  package var stem: String { ((path as NSString).lastPathComponent as NSString).deletingPathExtension }

  /// The folder it lies in, above as many others.
  package func folder(_ above: Int = 0) -> String {
    var folder = (Disk.absolute(path) as NSString).deletingLastPathComponent
    for _ in 0..<above { folder = (folder as NSString).deletingLastPathComponent }
    return (folder as NSString).lastPathComponent
  }

  /// Files that links lead to: each is opened once, and stays open.
  private final class Parts {
    static let most = 64
    var known: [String: (file: HDF5File, root: StoredNode)] = [:]
  }

  private static func tree(_ file: HDF5File, _ parts: Parts) throws -> StoredNode {
    struct Open { var name: String, path: String, children: [StoredNode] = [] }
    var open = [Open(name: "", path: "")]
    func close(to depth: Int) {
      while open.count > depth + 1 {
        let done = open.removeLast()
        open[open.count - 1].children.append(StoredNode(done.name, .group, file, done.path, done.children))
      }
    }
    try file.walk { depth, kind, name, link in
      guard depth < open.count else { throw Problem("the HDF5 file is damaged", at: file.path, fix: HDF5File.again) }
      close(to: depth)
      let path = (open[depth].path.isEmpty ? "" : open[depth].path + "/") + name
      switch kind {
      case 1: open.append(Open(name: name, path: path))
      case 4: open[depth].children.append(try linked(name, link, at: path, from: file, parts))
      case 5:
        throw Problem(
          "the group '\(path)' leads back to a group it lies in: links in a circle", at: file.path,
          fix: "remove the link, or copy what is wanted into a file of its own: h5copy")
      default:
        open[depth].children.append(StoredNode(name, kind == 2 ? .dataset : kind == 3 ? .other : .broken, file, path))
      }
    }
    close(to: 0)
    return StoredNode("", .group, file, "", open[0].children)
  }

  /// What a link into another file leads to; that file lies beside this one or below.
  private static func linked(
    _ name: String, _ link: (file: String, object: String)?, at path: String, from file: HDF5File,
    _ parts: Parts
  ) throws -> StoredNode {
    guard let link, !link.file.isEmpty else { return StoredNode(name, .broken, file, path) }
    let folder = ((file.path as NSString).deletingLastPathComponent as NSString)
    let place = link.file.hasPrefix("/") ? link.file : folder.appendingPathComponent(link.file)
    let part: (file: HDF5File, root: StoredNode)
    if let known = parts.known[place] {
      part = known
    } else {
      guard parts.known.count < Parts.most else {
        throw Problem(
          "its links lead to more than \(Parts.most) files", at: file.path,
          fix: "name the folder of those files, or copy them into one file: h5copy")
      }
      let opened = try HDF5File(part: link.file, of: file)
      part = (opened, try tree(opened, parts))
      parts.known[place] = part
    }
    guard let found = part.root[link.object] else { return StoredNode(name, .broken, file, path) }
    return StoredNode(name, found.kind, part.file, found.path, found.children)
  }

  // MARK: - What a node says

  private func key(_ node: StoredNode) -> String { node.file.path + "\u{0}" + node.path }

  /// Asks about many datasets at once, so that each is known later.
  func prepare(_ nodes: [StoredNode]) throws {
    let open = columns.withLock { known in nodes.filter { $0.kind == .dataset && known[key($0)] == nil } }
    for (_, some) in Dictionary(grouping: open, by: { $0.file.path }) {
      for first in stride(from: 0, to: some.count, by: 2000) {
        let piece = some[first..<min(some.count, first + 2000)]
        let found = try piece[first].file.describe(
          piece.map(\.path), lists: ["fps", "color_order", "colour_order", "channel_order"])
        columns.withLock { known in
          for node in piece { known[key(node)] = found.columns[node.path] ?? StoredColumn() }
        }
        for node in piece {
          switch found.columns[node.path]?.place {
          case .tooNew?: throw node.file.tooNew(node.path)
          case .broken(let why)?:
            throw Problem("'\(node.path)' cannot be opened (\(why))", at: node.file.path, fix: HDF5File.again)
          default: continue
          }
        }
      }
    }
  }

  func column(_ node: StoredNode) throws -> StoredColumn {
    if let known = columns.withLock({ $0[key(node)] }) { return known }
    try prepare([node])
    return columns.withLock { $0[key(node)] } ?? StoredColumn()
  }

  /// Attributes of an object; one value or several.
  func attributes(_ node: StoredNode) throws -> [String: [String]] {
    if let known = attributes.withLock({ $0[key(node)] }) { return known }
    let found = try node.file.attributes([node.path])[0]
    attributes.withLock { $0[key(node)] = found }
    return found
  }

  /// The same of many objects, in one call each thousand.
  func prepareAttributes(_ nodes: [StoredNode]) throws {
    for (_, some) in Dictionary(grouping: nodes, by: { $0.file.path }) {
      for first in stride(from: 0, to: some.count, by: 1000) {
        let piece = Array(some[first..<min(some.count, first + 1000)])
        let found = try piece[0].file.attributes(piece.map(\.path))
        attributes.withLock { known in for (node, values) in zip(piece, found) { known[key(node)] = values } }
      }
    }
  }

  func text(_ node: StoredNode, _ name: String) throws -> String? { try attributes(node)[name]?.first }

  /// An attribute that holds JSON. Nil when it is absent or none.
  func json(_ node: StoredNode, _ name: String) throws -> Value? {
    try text(node, name).flatMap { try? JSON.parse($0, at: name) }
  }

  /// A one-axis column of texts.
  func texts(_ node: StoredNode) throws -> [String] { try node.file.strings(node.path, column(node)) }

  func integers(_ node: StoredNode) throws -> [Int] {
    let column = try column(node)
    // Truth values are enumerations, which read as bytes.
    guard column.kind == .other, column.elementBytes == 1 else { return try node.file.integers(node.path, column) }
    _ = try node.file.product(column.shape, limit: HDF5File.mostRows, node.path)
    try node.file.backed(node.path, column)
    let array = try array(node)
    return try array.read(Box(start: array.shape.map { _ in 0 }, size: array.shape)).map { Int($0) }
  }

  /// One reader a dataset, whoever asks.
  func array(_ node: StoredNode) throws -> StoredArray {
    if let known = arrays.withLock({ $0[key(node)] }) { return known }
    let made = try StoredArray(node.file, node.path, column(node), cache, tools)
    return arrays.withLock { known in
      if let first = known[key(node)] { return first }
      known[key(node)] = made
      return made
    }
  }

  /// Rows of numbers.
  static func doubles(_ node: StoredNode, _ column: StoredColumn, _ rows: Range<Int>) throws -> [Double] {
    let width = try node.file.product(Array(column.shape.dropFirst()), limit: 1 << 28, node.path)
    var values: [Double] = [], at = rows.lowerBound
    while at < rows.upperBound {
      let (number, bytes) = try node.file.column(node.path, as: .doubles, at, rows.upperBound - at)
      values += try node.file.sensible { try ColumnRows.numbers(bytes, number * width, 0.0) }
      at += number
    }
    return values
  }

  func problem(_ what: String, at node: StoredNode? = nil, expected: String? = nil, fix: String? = nil) -> Problem {
    Problem(
      what, at: node.map { "\(path), '\($0.path)'" } ?? path, expected: expected,
      fix: fix ?? "copy or write the file again")
  }
}
