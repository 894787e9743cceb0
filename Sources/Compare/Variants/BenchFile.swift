import Bench

/// A bench result and where it lies: beside its film, its table and its notebook.
public struct BenchFile: Sendable {
  public let path: String
  public let result: BenchResult

  package init(path: String, result: BenchResult) {
    self.path = path
    self.result = result
  }
}
