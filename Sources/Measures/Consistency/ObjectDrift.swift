/// What the metrics of an object's drift share: objects followed, each scored over the frames in which its truth is
/// whole, then averaged.
enum ObjectDrift {
  static func mean(_ evidence: Evidence, _ score: (ObjectViews.Track) -> Double?) -> Measurement {
    let views: ObjectViews
    switch evidence.objects {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let found): views = found
    }
    let scores = views.tracks.compactMap(score), lost = views.tracks.map(\.lost).reduce(0, +),
      all = views.tracks.map(\.frames.count).reduce(0, +)
    guard scores.count == views.tracks.count else {
      return .notApplicable("an object is lost from its first frames on (\(lost) of \(all) frames lost)")
    }
    return .value(scores.reduce(0, +) / Double(scores.count), note: lost > 0 ? "lost in \(lost) of \(all) frames" : "")
  }
}
