import Clips
import Diffusion
import Measures
import Models
import Nets
import Runs
import Tensors

extension HeldOut {
  /// How the loss changes when clips are given other actions than their own, at the same levels and noise: at the highest
  /// third of the levels, where the frames themselves say least of what happens in them. That they were looked at is in the
  /// ledger before they are.
  /// - Returns: nil where fewer than two clips of a space have actions.
  package func following(
    _ spec: WorldModel.Spec, _ parameters: Parameters, limit: Int = HeldOut.limit, step: Int,
    recordedIn books: Bookkeeping
  ) throws -> RunEvent.Following? {
    let tracks = tracks.prefix(limit)
    // Of each space; a clip that is alone in its own has nobody to change actions with.
    let spaces = Dictionary(
      grouping: tracks.indices.filter { tracks[$0].acts }, by: { tracks[$0].space }
    ).filter { $0.value.count > 1 }
    let acting = spaces.values.flatMap { $0 }.sorted()
    guard !acting.isEmpty else { return nil }
    try record(limit: limit, step: step, in: books)
    let high = sigmas.count - sigmas.count / RunEvent.HeldOutLoss.rangeNames.count..<sigmas.count
    let own = losses(spec, parameters, limit: limit, at: high) { tracks[$0] }.means
    // Half of the clips away: neighbours may be windows of one film, which do much the same.
    func other(_ i: Int) -> ActionTrack {
      guard let same = spaces[tracks[i].space], let place = same.firstIndex(of: i) else { return tracks[i] }
      return tracks[same[(place + same.count / 2) % same.count]]
    }
    let changes = RunEvent.Following.Given.allCases.map { given in
      let others = losses(spec, parameters, limit: limit, at: high) { i -> ActionTrack in
        let track = tracks[i]
        return switch given {
        case .shuffled: track.replaced(by: other(i))
        case .shifted: track.shifted
        case .zeroed: track.held(spec.actions[track.space].zero)
        case .absent: track.without
        }
      }.means
      let changes = acting.map { others[$0] - own[$0] }, ends = Bootstrap.interval(Strata(changes), draws: 2000)
      return RunEvent.Following.Change(
        given, mean: changes.reduce(0, +) / Double(changes.count), low: ends?.low, high: ends?.high)
    }
    return RunEvent.Following(
      step: step, count: acting.count, loss: acting.reduce(0) { $0 + own[$1] } / Double(acting.count),
      changes: changes)
  }
}
