import Files

/// A group or dataset of an HDF5 file, by name.
package final class StoredNode: Sendable {
  package enum Kind: Sendable { case group, dataset, other, broken, circle }

  package let name: String
  package let kind: Kind
  /// Where it lies: a link may lead into another file.
  let file: HDF5File
  /// From the file's root.
  package let path: String
  /// By name, numbers in order: demo_2 before demo_10.
  package let children: [StoredNode]
  private let places: [String: Int]

  init(_ name: String, _ kind: Kind, _ file: HDF5File, _ path: String, _ children: [StoredNode] = []) {
    (self.name, self.kind, self.file, self.path) = (name, kind, file, path)
    self.children = children.sorted { NumericOrder.isBefore($0.name, $1.name) }
    places = Dictionary(
      self.children.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What lies at a path below.
  package subscript(path: String) -> StoredNode? {
    var node = self
    for step in path.split(separator: "/") {
      guard let at = node.places[String(step)] else { return nil }
      node = node.children[at]
    }
    return node
  }

  package var groups: [StoredNode] { children.filter { $0.kind == .group } }
  package var datasets: [StoredNode] { children.filter { $0.kind == .dataset } }

  /// Paths of links that lead nowhere.
  func broken() -> [String] { children.flatMap { $0.kind == .broken ? [$0.path] : $0.broken() } }

  /// All datasets below, with their paths from here.
  package func deep() -> [(path: String, node: StoredNode)] {
    children.flatMap { child -> [(path: String, node: StoredNode)] in
      if child.kind == .dataset { return [(child.name, child)] }
      return child.deep().map { (child.name + "/" + $0.path, $0.node) }
    }
  }
}
