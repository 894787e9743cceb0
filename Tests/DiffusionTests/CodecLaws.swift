import Diffusion
import Files
import Foundation
import Models
import Tensors
import TestKit
import Testing

@Suite struct CodecLaws {
  let compute: Compute
  init() throws { compute = try #require(Compute(threads: 2)) }

  static let every: [Codec] =
    Codec.Kind.allCases.flatMap { kind in
      [1, 2, 4, 8].flatMap { time in [1, 2, 4, 8, 16].map { Codec(kind, time: time, space: $0) } }
    } + [
      Codec(.haar, time: 4, space: 8, mean: 0, deviation: 1),
      Codec(.haar, time: 8, space: 16, mean: -1, deviation: 0.001),
      Codec(.spaceToDepth, time: 2, space: 2, mean: 2, deviation: 10),
    ]

  private func bytes(_ count: Int, _ seed: UInt64) -> [UInt8] {
    (0..<(count + 15) / 16).flatMap { i -> [UInt8] in
      let w = Random(seed: seed).words(i, .sample)
      return [w.0, w.1, w.2, w.3].flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    }.prefix(count).map { $0 }
  }

  /// Two clips of 2×2×3 latent pixels, every byte random.
  private func latents(_ codec: Codec) -> (clips: [[UInt8]], x: Tensor) {
    let (t, h, w) = (codec.time * 2, codec.space * 2, codec.space * 3)
    let clips = [bytes(t * h * w * 3, 1), bytes(t * h * w * 3, 2)]
    return (clips, WorldModel.withPointers(clips) { codec.encode($0, frames: t, height: h, width: w, on: compute) })
  }

  @Test(arguments: every) func losesNothing(codec: Codec) throws {
    let (clips, x) = latents(codec)
    #expect(x.shape == [2, 2, 2, 3, codec.channels])
    for b in 0..<2 {
      let lossless = codec.decode(x.slice(b..<b + 1)) == clips[b]
      #expect(lossless)
    }
  }

  /// Space-to-depth is that and no more: channel ((t·s + i)·s + j)·3 + c of a latent pixel is one colour of one pixel.
  @Test func spaceToDepthByHand() {
    let codec = Codec(.spaceToDepth, time: 2, space: 4), (clips, x) = latents(codec), values = x.values
    for f in 0..<2 {
      for y in 0..<2 {
        for column in 0..<3 {
          for t in 0..<2 {
            for i in 0..<4 {
              for j in 0..<4 {
                for c in 0..<3 {
                  let pixel = (((f * 2 + t) * 8 + y * 4 + i) * 12 + column * 4 + j) * 3 + c
                  let latent = ((f * 2 + y) * 3 + column) * codec.channels + ((t * 4 + i) * 4 + j) * 3 + c
                  guard abs(Double(values[latent]) - (Double(clips[0][pixel]) / 255 - 0.5) / 0.5) < 1e-6 else {
                    Issue.record("pixel \(pixel) is not at \(latent)"); return
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// An orthonormal change of basis keeps energy, sample by sample.
  @Test(arguments: every.filter { $0.kind == .haar }) func haarKeepsEnergy(codec: Codec) {
    var plain = codec
    plain.kind = .spaceToDepth
    let a = latents(codec).x.values, b = latents(plain).x.values, per = codec.channels
    for at in stride(from: 0, to: a.count, by: per) {
      let ea = a[at..<at + per].reduce(0) { $0 + Double($1) * Double($1) },
        eb = b[at..<at + per].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(ea / eb - 1) < 1e-5)
    }
  }

  /// ⟨Hx, y⟩ = ⟨x, H⁻¹y⟩: the inverse is the transpose, and H⁻¹Hx = x.
  @Test(arguments: [(1, 2), (2, 1), (4, 4), (8, 2), (2, 16), (1, 8)]) func haarInverseIsItsTranspose(t: Int, s: Int) {
    let haar = BlockHaar(t, s), n = t * s * s * 3
    func draw(_ lane: Int) -> [Float] { (0..<n).map { Float(Random(seed: 3, lane: lane).normal($0, .noise)) } }
    func dot(_ a: [Float], _ b: [Float]) -> Double { pairs(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    let x = draw(0), y = draw(1)
    var hx = x, ty = y
    hx.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { haar.forward(p) } }
    ty.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { haar.inverse(p) } }
    #expect(abs(dot(hx, y) - dot(x, ty)) < 1e-5 * (dot(x, x) * dot(y, y)).squareRoot())
    let moved = hx != x
    #expect(moved)
    var back = hx
    back.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { haar.inverse(p) } }
    #expect(largestDifference(back, x) < 1e-5)
  }

  /// Four frames of one pixel: 1 2 3 4 → total/2, the halves' difference, the neighbours' (Haar 1910).
  @Test func haarByHand() {
    var x: [Float] = [1, 0, -1, 2, 0, -1, 3, 0, -1, 4, 0, -1]
    x.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { BlockHaar(4, 1).forward(p) } }
    let root = Float(0.5).squareRoot(), expected: [Float] = [5, 0, -2, -2, 0, 0, -root, 0, 0, -root, 0, 0]
    #expect(largestDifference(x, expected) < 1e-6, "\(x)")
  }

  /// A still, flat block has all its energy in one coefficient a colour.
  @Test func flatBlocksAreOneCoefficient() {
    let codec = Codec(.haar, time: 4, space: 4), clip = [[UInt8](repeating: 200, count: 4 * 4 * 4 * 3)]
    let x = WorldModel.withPointers(clip) { codec.encode($0, frames: 4, height: 4, width: 4, on: compute) }.values
    #expect(
      x.prefix(3).allSatisfy { abs($0 - 8 * (200 / 255 - 0.5) / 0.5) < 1e-5 }
        && x.dropFirst(3).allSatisfy { abs($0) < 1e-5 })
  }

  @Test func whatIsOutOfRangeIsClamped() {
    let codec = Codec(.spaceToDepth, time: 1, space: 1)
    #expect(
      codec.decode(Tensor([-9, 9, .nan, .infinity, -.infinity, 0], [1, 1, 2, 3], on: compute)) == [
        0, 255, 0, 0, 0, 128,
      ])
  }

  @Test func sizesThatDoNotDivideAreRefused() throws {
    let codec = Codec(.haar, time: 2, space: 8)
    #expect(try codec.latentShape(frames: 4, height: 16, width: 24, at: "t") == (2, 2, 3))
    for (f, h, w) in [(3, 16, 16), (4, 12, 16), (4, 16, 12), (0, 16, 16)] {
      #expect(throws: Problem.self) { try codec.latentShape(frames: f, height: h, width: w, at: "t") }
    }
  }

  @Test func readsWhatItWritesAndRefusesTheRest() throws {
    for codec in Self.every {
      let f = StrictFields(codec.value, at: "t")
      #expect(Codec(f) == codec)
      try f.finish()
    }
    let f = StrictFields(["kind": "haarr", "time": 3, "space": 32, "deviatio": 1], at: "t")
    _ = Codec(f)
    #expect { try f.finish() } throws: { error in
      ["did you mean 'haar'", "time is 3; it must be a power of two", "space is 32", "did you mean 'deviation'"]
        .allSatisfy { (error as? Problem)?.what.contains($0) == true }
    }
  }
}
