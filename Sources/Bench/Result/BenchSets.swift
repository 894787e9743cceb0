import Files
import Measures

/// Distances between what a subject made of all clips and the clips themselves, from the logits that records keep.
struct BenchSets {
  private let records: [BenchRecord]
  /// Why there are none of any subject; nil where there may be.
  private let obstacle: String?

  /// - Parameter looks: of the suite; nil where it knows no such distances.
  init?(_ records: [BenchRecord], _ asked: any BenchQuestions) {
    guard let looks = asked.looks else { return nil }
    (self.records, obstacle) = (records, looks.obstacle(frames: asked.frames))
  }

  func of(_ role: SubjectRole) -> [String: SetMeasurement] {
    Dictionary(uniqueKeysWithValues: VideoDistance.allCases.map { ($0.rawValue, measured($0, role)) })
  }

  /// Of a row without clips.
  static func missing(_ reason: String) -> [String: SetMeasurement] {
    Dictionary(uniqueKeysWithValues: VideoDistance.allCases.map { ($0.rawValue, SetMeasurement(missing: reason)) })
  }

  private func measured(_ distance: VideoDistance, _ role: SubjectRole) -> SetMeasurement {
    if let obstacle { return SetMeasurement(missing: obstacle) }
    if case .best = role { return SetMeasurement(missing: "a set has one sample of each clip, the first") }
    guard role != .control(.groundTruth) else { return SetMeasurement(missing: "it is what sets are measured against") }
    let pairs = records.compactMap { record -> (clip: [Float], truth: [Float])? in
      func logits(_ role: SubjectRole) -> [Float]? { record.entries.first { $0.role == role }?.logits }
      guard let truth = logits(.control(.groundTruth)), let clip = logits(role) else { return nil }
      return (clip, truth)
    }
    guard pairs.count == records.count else {
      return SetMeasurement(
        missing:
          "\(records.count - pairs.count) of \(Text.counted(records.count, "clip")) could not be made, or have no truth beside them"
      )
    }
    do {
      func matrix(_ rows: [[Float]]) throws -> FeatureMatrix {
        try FeatureMatrix(
          rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0.map(Double.init) },
          at: "the logits of \(role.name)")
      }
      guard pairs.count >= VideoDistance.leastClips else {
        return SetMeasurement(
          missing: "\(Text.counted(pairs.count, "clip")); takes at least \(VideoDistance.leastClips)")
      }
      return SetMeasurement(
        try distance.measure(matrix(pairs.map(\.clip)), against: matrix(pairs.map(\.truth))), n: pairs.count)
    } catch { return SetMeasurement(missing: (error as? Problem)?.what ?? "\(error)") }
  }
}
