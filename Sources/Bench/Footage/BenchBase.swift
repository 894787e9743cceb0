import Diffusion
import Files
import Frames
import Models
import Runs
import Tensors

/// The weights a training began with, asked the same questions with the same noise: what was won, and what was lost, by
/// training. What they make is kept by content, so that each further adapter of one base is held against the same clips
/// without making them again.
package struct BenchBase {
  private let model: WorldModel
  /// SHA-256 of its weights.
  package let weightsHash: String
  private let cache: ContentCache

  /// - Parameter cache: where what it makes is kept.
  package init(_ model: WorldModel, weightsHash: String, _ cache: ContentCache) {
    (self.model, self.weightsHash, self.cache) = (model, weightsHash, cache)
  }

  /// One clip a place of the group, of the bench's first key.
  func clips(_ bench: Bench, _ group: [Int], _ questions: [any BenchQuestion]) throws -> [Frames?] {
    let keys = zip(group, questions).map { key($0, $1, bench) }
    let kept = zip(questions, keys).map { question, key in
      question.content.flatMap { cache.bytes(content: $0, key: key) }
    }
    func frames(_ pixels: [UInt8], _ truth: Frames) -> Frames {
      Frames(count: truth.count, height: truth.height, width: truth.width, pixels: pixels, fps: truth.fps)
    }
    if zip(kept, questions).allSatisfy({ $0?.count == $1.truth.pixels.count }) {
      return zip(kept, questions).map { pixels, question in pixels.map { frames($0, question.truth) } }
    }
    let made = try bench.sampled(model, questions, Random(seed: UInt64(bench.seeds[0]), lane: group[0]))
    try model.requireUnchanged()
    for ((clip, question), key) in zip(zip(made, questions), keys) {
      guard let content = question.content else { continue }
      try cache.keep(
        bytes: clip.pixels, content: content, key: key,
        [
          ("orrery", Build.version), ("weights", weightsHash), ("clip", content),
          ("units", "a base's clip, T·H·W·3 bytes"),
        ])
    }
    return made
  }

  /// All that its clip follows from.
  private func key(_ place: Int, _ question: any BenchQuestion, _ bench: Bench) -> String {
    let words =
      question.embedding.map { Hashing.sha256($0.map { "\($0)" }.joined(separator: ",")) } ?? question.caption ?? ""
    return ContentCache.key(
      [
        "base", Build.version, model.compute.instructions, weightsHash, JSON.line(model.spec.value),
        JSON.line(bench.sampler.value), "\(bench.seeds[0])", "\(place)", "\(bench.asked.given)",
        Hashing.sha256(question.truth.pixels), words,
      ] + (question.track(nil).map { [$0.identity] } ?? []))
  }
}
