import Files
import Frames
import Media

extension ClipSource {
  /// What the dataset says of an item's frames beside their pixels: a row a frame, in the order of `stateColumns`; empty
  /// when it says nothing.
  package func state(_ item: Int) throws -> [[Float]] {
    let it = items[item]
    guard let admission = it.admission else { throw GrantEnded(clip: it.clip) }
    let dataset = datasets[it.dataset], rows = try dataset.state(admission.clipIndex)
    guard !rows.isEmpty else { return [] }
    guard try dataset.conditioning(admission.clipIndex)[.state] == admission.conditioning[.state] else {
      throw Problem(
        "the state is not the one that was admitted", at: "\(admission.datasetPath), clip \(admission.clip)",
        fix: "restore the file from its source, and run the preflight again")
    }
    return Array(rows[it.range])
  }
}
