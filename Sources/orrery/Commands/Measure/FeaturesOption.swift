import ArgumentParser
import Files
import LearnedMeasures

/// Where networks' weights lie: said, or the recipes' own folder where they made any, which is then said in the output.
struct FeaturesOption: ParsableArguments {
  @Option(
    help:
      "Folder of networks' weights, for lpips, fvd and kvd; default: datasets, where its recipes made them (datasets/lpips, datasets/i3d). 'none' asks none."
  ) var features: String?

  /// - Throws: `Problem` (usage) where the folder named holds none.
  func folder(_ console: Console) throws -> FeaturesFolder? {
    if features == "none" { return nil }
    if let features { return try FeaturesFolder(features) }
    guard let found = FeaturesFolder.ofRecipes else { return nil }
    console.note("note: learnt features from \(FeaturesFolder.usual)/ (--features none leaves them out)")
    return found
  }

  /// The networks of the folder. - Parameter wanted: those that are opened.
  func learnt(_ common: Common, _ wanted: Set<FeaturesFolder.Network>) throws -> LearnedFeatures? {
    try folder(common.console).map {
      try LearnedFeatures($0, wanted, on: common.compute())
    }
  }
}
