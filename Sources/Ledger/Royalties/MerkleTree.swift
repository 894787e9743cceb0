import Files

/// A Merkle tree over opaque entries, hashed as RFC 6962 §2.1 says: a leaf is SHA-256(0x00 ‖ entry), a node
/// SHA-256(0x01 ‖ left ‖ right), and n > 1 leaves split at the largest power of two below n. The two prefixes keep a
/// node from being passed off as an entry.
///
/// A proof for a set of leaves is the hashes of the largest subtrees that hold none of them, from left to right;
/// whoever has the leaves computes the root from them and these, and from nothing else.
public struct MerkleTree: Sendable {
  /// 32 bytes.
  public typealias Digest = [UInt8]

  public let leaves: [Digest]

  /// - Parameter leaves: hashes made by `leaf`.
  public init(_ leaves: [Digest]) { self.leaves = leaves }

  public static func leaf(_ entry: String) -> Digest { Hashing.digest([0] + Array(entry.utf8)) }

  package static func node(_ left: Digest, _ right: Digest) -> Digest { Hashing.digest([1] + left + right) }

  /// SHA-256 of nothing for an empty tree (RFC 6962 §2.1).
  public var root: Digest { leaves.isEmpty ? Hashing.digest([]) : hash(0..<leaves.count) }

  private func hash(_ range: Range<Int>) -> Digest {
    guard range.count > 1 else { return leaves[range.lowerBound] }
    let middle = range.lowerBound + Self.split(range.count)
    return Self.node(hash(range.lowerBound..<middle), hash(middle..<range.upperBound))
  }

  /// The largest power of two below `count`, which is at least 2.
  private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

  /// - Parameter places: of leaves, ascending, each in the tree.
  public func proof(for places: [Int]) -> [Digest] {
    var path: [Digest] = []
    func walk(_ range: Range<Int>, _ inside: ArraySlice<Int>) {
      if inside.isEmpty { path.append(hash(range)); return }
      guard range.count > 1 else { return }
      let middle = range.lowerBound + Self.split(range.count), cut = Self.cut(inside, middle)
      walk(range.lowerBound..<middle, inside[..<cut])
      walk(middle..<range.upperBound, inside[cut...])
    }
    if !leaves.isEmpty { walk(0..<leaves.count, places[...]) }
    return path
  }

  /// The root of a tree of `count` leaves, from some of them and the proof for those. Nil when places, leaves and path
  /// do not fit together: too many or too few of anything, or places out of order.
  public static func root(count: Int, places: [Int], leaves: [Digest], path: [Digest]) -> Digest? {
    guard count > 0, !places.isEmpty, places.count == leaves.count, places[0] >= 0, places[places.count - 1] < count,
      zip(places, places.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    var next = 0
    // The depth is that of the tree: at most 63.
    func walk(_ range: Range<Int>, _ inside: ArraySlice<Int>) -> Digest? {
      if inside.isEmpty {
        guard next < path.count else { return nil }
        next += 1
        return path[next - 1]
      }
      guard range.count > 1 else { return leaves[inside.startIndex] }
      let middle = range.lowerBound + split(range.count), cut = cut(inside, middle)
      guard let left = walk(range.lowerBound..<middle, inside[..<cut]),
        let right = walk(middle..<range.upperBound, inside[cut...])
      else { return nil }
      return node(left, right)
    }
    guard let root = walk(0..<count, places[...]), next == path.count else { return nil }
    return root
  }

  /// Where the places from `middle` on begin.
  private static func cut(_ places: ArraySlice<Int>, _ middle: Int) -> Int {
    var low = places.startIndex, high = places.endIndex
    while low < high {
      let mid = low + (high - low) / 2
      if places[mid] < middle { low = mid + 1 } else { high = mid }
    }
    return low
  }
}
