import Files
import Frames
import Measures
import Testing

@Suite struct CorruptionTests {
  private let scene = MovingTexture.named("disc", width: 32, height: 32)!

  @Test func nothingIsNothing() throws {
    let clip = scene.frames(4)
    for corruption in Corruption.allCases { #expect(try corruption.apply(to: clip, strength: 0) == clip) }
    #expect(throws: Problem.self) { try Corruption.blur.apply(to: clip, strength: -1) }
    #expect(throws: Problem.self) { try Corruption.noise.apply(to: clip, strength: .nan) }
  }

  /// Damage is keyed by frame and seed alone.
  @Test func randomDamageIsKeyed() throws {
    let clip = scene.frames(6)
    for corruption in [Corruption.noise, .jitter] {
      let whole = try corruption.apply(to: clip, strength: 2, seed: 5)
      #expect(try corruption.apply(to: clip[0..<3], strength: 2, seed: 5) == whole[0..<3])
      #expect(try corruption.apply(to: clip, strength: 2, seed: 6) != whole)
    }
  }

  @Test func strengthsMeanWhatTheySay() throws {
    let grey = flat([100, 100, 100, 100], size: 40)
    let flicker = try Corruption.flicker.apply(to: grey, strength: 3)
    #expect(flicker.pixels[0] == 103 && flicker.pixels[grey.frameBytes] == 97)
    let noise = try Corruption.noise.apply(to: grey, strength: 8).pixels.map { Double($0) - 100 }
    let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
    #expect(abs(variance.squareRoot() - 8) < 0.2)
    let clip = scene.frames(8), frozen = try Corruption.frozen.apply(to: clip, strength: 0.5)
    #expect(frozen[0..<4] == clip[0..<4] && (4..<8).allSatisfy { frozen[$0..<$0 + 1].pixels == clip[3..<4].pixels })
    #expect(try Corruption.blur.apply(to: grey, strength: 2) == grey)
  }

  @Test func anObjectIsSwappedOrGone() throws {
    var clip = flat([200, 200, 200, 200], size: 32)
    for t in 0..<4 { paint(&clip.pixels, size: 32, frame: t, x: 16, y: 16, radius: 5, colour: SIMD3(250, 40, 10)) }
    let gone = try Corruption.vanish.apply(to: clip, strength: 0.5),
      swapped = try Corruption.swap.apply(to: clip, strength: 0.5)
    let middle = (16 * 32 + 16) * 3
    #expect(gone[0..<2] == clip[0..<2] && gone[2..<3].pixels.allSatisfy { $0 == 200 })
    #expect(Array(swapped[3..<4].pixels[middle..<middle + 3]) == [10, 250, 40] && swapped[0..<2] == clip[0..<2])
  }
}
