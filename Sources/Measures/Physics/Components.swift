/// 8-connected components of a mask, with buffers kept from frame to frame.
struct Components {
  let height: Int
  let width: Int
  /// Component of each pixel, −1 outside.
  private(set) var labels: [Int32]
  /// Pixels of each component.
  private(set) var sizes: [Int] = []
  /// Pixel indices, component after component; component k's are `members[starts[k]..<starts[k] + sizes[k]]`.
  private(set) var members: [Int32] = []
  private(set) var starts: [Int] = []

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    labels = [Int32](repeating: -1, count: height * width)
  }

  /// Labels the pixels whose coverage exceeds ½; components below `least` pixels are dropped.
  mutating func label(_ coverage: UnsafeBufferPointer<Float>, least: Int) {
    for p in members { labels[Int(p)] = -1 }  // only what the last frame touched
    members.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    sizes.removeAll(keepingCapacity: true)
    var dropped: [Int32] = []
    for p in 0..<coverage.count where coverage[p] > 0.5 && labels[p] == -1 {
      let start = members.count
      flood(from: p, coverage)
      if members.count - start >= least {
        starts.append(start)
        sizes.append(members.count - start)
      } else {
        // A speck keeps a label until the pass is over, so that it is not flooded again.
        for q in members[start...] { labels[Int(q)] = -2 }
        dropped.append(contentsOf: members[start...])
        members.removeLast(members.count - start)
      }
    }
    for p in dropped { labels[Int(p)] = -1 }
  }

  /// Appends the component of `seed` to `members`, which doubles as the queue.
  private mutating func flood(from seed: Int, _ coverage: UnsafeBufferPointer<Float>) {
    let label = Int32(starts.count)
    var next = members.count
    labels[seed] = label
    members.append(Int32(seed))
    while next < members.count {
      let p = Int(members[next])
      next += 1
      let row = p / width, column = p - row * width
      for i in max(0, row - 1)...min(height - 1, row + 1) {
        for j in max(0, column - 1)...min(width - 1, column + 1) {
          let q = i * width + j
          if coverage[q] > 0.5 && labels[q] == -1 {
            labels[q] = label
            members.append(Int32(q))
          }
        }
      }
    }
  }
}
