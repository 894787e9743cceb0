import Clips
import Files
import Media
import Runs
import Worlds

extension Scenario {
  /// What datasets say they show, each once; none for footage that is not ours.
  package static func shown(in datasets: [Dataset]) -> [Scenario] {
    datasets.flatMap {
      ($0.attributes["scenario"] ?? "").split(separator: ",").compactMap { Scenario(rawValue: String($0)) }
    }.distinct()
  }
}

extension Run {
  /// What the data it was trained on say they show; none where they are footage, or gone.
  package var scenarios: [Scenario] { Scenario.shown(in: experiment.data.compactMap { try? Dataset($0) }) }

  /// What the first of them says it shows: a bench draws this unless told otherwise.
  package var firstScenarios: [Scenario] {
    Scenario.shown(in: experiment.data.prefix(1).compactMap { try? Dataset($0) })
  }
}
