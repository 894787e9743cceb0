import Files
import Ledger
import TestKit
import Testing

@Suite struct MerkleTests {
  private func tree(_ n: Int) -> MerkleTree { MerkleTree((0..<n).map { MerkleTree.leaf("entry \($0)") }) }

  /// RFC 6962 §2.1 by its words, with no shared code but the hash.
  private func root(_ entries: ArraySlice<String>) -> [UInt8] {
    guard entries.count != 0 else { return Hashing.digest([]) }
    guard entries.count != 1 else { return Hashing.digest([0x00] + Array(entries.first!.utf8)) }
    var k = 1
    while k * 2 < entries.count { k *= 2 }
    let middle = entries.startIndex + k
    return Hashing.digest([0x01] + root(entries[..<middle]) + root(entries[middle...]))
  }

  @Test func rootsAreThoseOfTheStandard() {
    for n in 0...70 { #expect(tree(n).root == root((0..<n).map { "entry \($0)" }[...]), "\(n) leaves") }
    // An empty entry's leaf, as certificate transparency logs know it.
    #expect(MerkleTree.leaf("").map { String($0, radix: 16) }.prefix(4) == ["6e", "34", "b", "9c"])
  }

  /// Every leaf and every stretch of leaves of trees of 1 to 33.
  @Test func proofsOfAnyStretchLeadToTheRoot() {
    for n in 1...33 {
      let tree = tree(n), root = tree.root
      for from in 0..<n {
        for to in from..<n {
          let places = Array(Set([0] + Array(from...to))).sorted(), path = tree.proof(for: places)
          #expect(MerkleTree.root(count: n, places: places, leaves: places.map { tree.leaves[$0] }, path: path) == root)
          let bits = Int.bitWidth - n.leadingZeroBitCount
          #expect(path.count <= 3 * bits, "the path is short: \(path.count) hashes for \(n) leaves")
        }
      }
    }
  }

  @Test func nothingElseLeadsThere() {
    var random = SplitMix64(3)
    for n in [1, 2, 3, 5, 8, 13, 21] {
      let tree = tree(n), root = tree.root
      for _ in 0..<200 {
        let places = (0..<n).filter { _ in random.chance(2) }
        guard !places.isEmpty else { continue }
        let path = tree.proof(for: places), leaves = places.map { tree.leaves[$0] }
        func computed(_ places: [Int], _ leaves: [[UInt8]], _ path: [[UInt8]], _ count: Int) -> [UInt8]? {
          MerkleTree.root(count: count, places: places, leaves: leaves, path: path)
        }
        #expect(computed(places, leaves, path, n) == root)
        var wrong = leaves
        wrong[wrong.count / 2][31] ^= 1
        #expect(computed(places, wrong, path, n) != root)
        #expect(computed(places, leaves, path + [root], n) == nil)
        if !path.isEmpty {
          var bent = path
          bent[0][0] ^= 0x80
          #expect(
            computed(places, leaves, bent, n) != root && computed(places, leaves, Array(path.dropLast()), n) == nil)
        }
        if leaves.count > 1 {
          #expect(
            computed(places, leaves.reversed(), path, n) != root && computed(places.reversed(), leaves, path, n) == nil)
        }
        // A leaf that is a node of the tree, as a second preimage would have it.
        #expect(
          computed([0], [root], [], 1) == root
            && MerkleTree.leaf("x") != MerkleTree([MerkleTree.leaf("x"), MerkleTree.leaf("x")]).root)
      }
    }
    for (count, places) in [(0, [0]), (3, []), (3, [3]), (3, [-1]), (3, [1, 1])] {
      #expect(MerkleTree.root(count: count, places: places, leaves: places.map { _ in [] }, path: []) == nil)
    }
    #expect(MerkleTree.root(count: .max, places: [0], leaves: [[]], path: []) == nil)
  }
}
