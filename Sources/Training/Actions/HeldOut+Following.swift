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
  /// - Returns: nil where no clip has actions.
  package func following(
    _ spec: WorldModel.Spec, _ parameters: Parameters, limit: Int = HeldOut.limit, step: Int,
    recordedIn books: Bookkeeping
  ) throws -> RunEvent.Following? {
    let tracks = tracks.prefix(limit), acting = tracks.indices.filter { tracks[$0].rows.contains { $0 != nil } }
    guard !acting.isEmpty else { return nil }
    try record(limit: limit, step: step, in: books)
    let high = sigmas.count - sigmas.count / RunEvent.HeldOutLoss.rangeNames.count..<sigmas.count
    let own = losses(spec, parameters, limit: limit, at: high) { tracks[$0] }.means
    // Half of the clips away: neighbours may be windows of one film, which do much the same.
    func other(_ i: Int) -> ActionTrack {
      let same = acting.filter { tracks[$0].space == tracks[i].space }, place = same.firstIndex(of: i) ?? 0
      return tracks[same[(place + max(1, same.count / 2)) % same.count]]
    }
    let changes = RunEvent.Following.Given.allCases.map { given in
      let others = losses(spec, parameters, limit: limit, at: high) { i -> ActionTrack in
        let track = tracks[i]
        return switch given {
        case .shuffled: track.replaced(by: acting.contains(i) ? other(i) : track)
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
