import Files
import Media
import Runs

extension Dataset {
  /// A dataset of an experiment, read as the experiment says.
  package convenience init(_ source: Experiment.Source, cacheBytes: Int = Dataset.cacheBytes) throws {
    try self.init(path: source.path, reading: Reading(source.read), cacheBytes: cacheBytes)
  }
}
