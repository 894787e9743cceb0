import Files
import Foundation
import Models
import Tensors
import TestKit
import Testing

/// Tiny autoencoders in TAEHV's layout, held to what PyTorch made of two with random weights
/// (`Tests/Interop/make_tiny_autoencoders.py`).
@Suite struct TinyAutoencoderTests {
  private func file(_ name: String) throws -> Safetensors {
    try Safetensors(path: Fixture.path("tiny/\(name).safetensors"))
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { abs($0 - $1) }.max()! / b.map { abs($0) }.max()!
  }

  @Test(arguments: [("plain", 1, 4, 8), ("folded", 2, 5, 16)])
  func agreesWithTorch(_ name: String, _ patch: Int, _ channels: Int, _ space: Int) throws {
    for threads in [1, 2, 7] {
      let compute = try #require(Compute(threads: threads)), tiny = try TinyAutoencoder(file(name), on: compute),
        known = try file(name + "-case")
      #expect(tiny.patch == patch && tiny.latentChannels == channels && tiny.time == 4 && tiny.space == space)
      let clip = try known.bytes("clip"), s = clip.shape, latents = try known.floats("latents")
      let made = try #require(
        clip.values.withUnsafeBufferPointer {
          tiny.encode($0, frames: s[0], height: s[1], width: s[2], on: compute)
        })
      #expect(made.shape.sizes == [1] + latents.shape && distance(made.values, latents.values) < 1e-5)
      let z = try known.floats("z"), decoded = try known.floats("decoded")
      let bytes = tiny.bytes(Tensor(z.values, Shape([1] + z.shape), on: compute))
      // To the byte, but for the half way between two.
      let theirs = decoded.values.map { $0 * 255 }
      #expect(bytes.count == theirs.count)
      #expect(zip(bytes, theirs).allSatisfy { abs(Float($0) - $1) < 0.501 })
      #expect(decoded.shape[0] == 1 + 4 * (z.shape[0] - 1))
    }
  }

  /// As a codec it stands for its large one; what lacks a half, or a shape, is one message.
  @Test func isACodecOfItsOwn() throws {
    let compute = try #require(Compute(threads: 2)), scratch = try Scratch()
    var codec = Codec(.wan)
    codec.from = Fixture.path("tiny/plain.safetensors")
    let coder = try ClipCoder(codec, on: compute), known = try file("plain-case"), clip = try known.bytes("clip")
    #expect(coder.codec.channels == 4 && coder.codec.time == 4 && coder.codec.space == 8)
    #expect(coder.codec.latentFrames(9) == 3 && coder.codec.identity?.count == 64)
    let z = clip.values.withUnsafeBufferPointer { coder.encode([$0], frames: 9, height: 16, width: 24) }
    #expect(z.shape.sizes == [1, 3, 2, 3, 4] && coder.decode(z).count == clip.values.count)
    #expect(CheckpointKind.of(try file("plain").entries.map(\.name)).family == "tiny autoencoder (TAEHV)")

    /// The plain one, with its tensors changed.
    func written(
      _ name: String, _ change: (inout [(name: String, shape: [Int], values: [Float])]) -> Void
    ) throws
      -> String
    {
      let source = try file("plain")
      var items = try source.entries.map { entry in
        let (shape, values) = try source.floats(entry.name)
        return (name: entry.name, shape: shape, values: values)
      }
      change(&items)
      func all(_ rest: ArraySlice<(name: String, shape: [Int], values: [Float])>, _ done: [Safetensors.Item]) throws {
        guard let first = rest.first else { return _ = try Safetensors.write(done, to: scratch(name)) }
        try first.values.withUnsafeBufferPointer {
          try all(rest.dropFirst(), done + [Safetensors.Item(first.name, first.shape, $0)])
        }
      }
      try all(items[...], [])
      return scratch(name)
    }
    let half = try written("half.safetensors") { $0.removeAll { $0.name.hasPrefix("encoder.") } }
    #expect(try TinyAutoencoder(Safetensors(path: half), on: compute).isDecoderOnly)
    codec.from = half
    #expect(throws: Problem.self) { try ClipCoder(codec, on: compute) }
    // In the place of one that speaks the same latents, and of no other.
    #expect(try coder.previewing(with: half).decode(z) == coder.decode(z))
    #expect(throws: Problem.self) { try coder.previewing(with: Fixture.path("tiny/folded.safetensors")) }
    #expect(throws: Problem.self) { try coder.previewing(with: Fixture.path("tiny/plain-case.safetensors")) }
    #expect(throws: Problem.self) { try ClipCoder(Codec(), on: compute).previewing(with: half) }
    for name in ["decoder.10.conv.2.weight", "encoder.17.weight", "decoder.8.weight"] {
      let bad = try written("bad.safetensors") { $0.removeAll { $0.name == name } }
      #expect(throws: Problem.self) { try TinyAutoencoder(Safetensors(path: bad), on: compute) }
      let odd = try written("odd.safetensors") { items in
        items = items.map { $0.name == name ? ($0.name, [3, 2, 3, 3], Array(repeating: 0, count: 54)) : $0 }
      }
      #expect(throws: Problem.self) { try TinyAutoencoder(Safetensors(path: odd), on: compute) }
    }
  }
}
