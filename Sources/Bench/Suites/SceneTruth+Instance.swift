import Measures
import Worlds

extension SceneTruth {
  /// What the renderer knows of an instance's true clip, as the metrics take it.
  package init(_ instance: Instance) {
    let truth = instance.sceneTruth()
    self.init(
      flow: truth.flow, known: truth.known, masks: truth.masks, camera: truth.camera, colours: truth.colours,
      conditioning: truth.conditioning,
      plates: truth.plates)
  }
}
