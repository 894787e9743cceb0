import Media
import TestKit
import Testing

/// Boxes of arrays, copied by whatever runs they have.
@Suite struct BoxTests {
  @Test func boxesOfAnyCutAreCopiedItemByItem() {
    var random = SplitMix64(5)
    for _ in 0..<400 {
      let rank = 1 + random.below(4), element = [1, 2, 4][random.below(3)]
      let size = (0..<rank).map { _ in 1 + random.below(4) }
      func around() -> (shape: [Int], start: [Int]) {
        let start = (0..<rank).map { _ in random.below(3) }
        return ((0..<rank).map { size[$0] + start[$0] + random.below(2) }, start)
      }
      let (from, to) = (around(), around()), count = from.shape.reduce(element, *)
      let source = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
      var out = [UInt8](repeating: 0, count: to.shape.reduce(element, *)), want = out
      source.withUnsafeBytes { s in out.withUnsafeMutableBytes { Box.copy(size, element: element, s, from, $0, to) } }
      for item in 0..<size.reduce(1, *) {
        var rest = item, a = 0, b = 0, stepA = 1, stepB = 1
        for axis in (0..<rank).reversed() {
          let at = rest % size[axis]
          rest /= size[axis]
          a += (from.start[axis] + at) * stepA
          b += (to.start[axis] + at) * stepB
          (stepA, stepB) = (stepA * from.shape[axis], stepB * to.shape[axis])
        }
        for i in 0..<element { want[b * element + i] = source[a * element + i] }
      }
      #expect(out == want)
    }
  }
}
