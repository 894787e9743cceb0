/// A box of an array: where it begins and how long it is along each axis.
struct Box: Sendable, Equatable {
  var start: [Int], size: [Int]

  var count: Int { size.reduce(1, *) }

  /// Calls `body` for each run of items that lie one after another in both arrays, with the places of its first item.
  /// - Parameters:
  ///   - from: shape of the array the box lies in, and where in it. - to: the same of the other array.
  static func runs(
    _ size: [Int], from: (shape: [Int], start: [Int]), to: (shape: [Int], start: [Int]),
    _ body: (_ from: Int, _ to: Int, _ count: Int) throws -> Void
  ) rethrows {
    guard !size.isEmpty else { return try body(0, 0, 1) }
    guard !size.contains(0) else { return }
    var last = size.count - 1, run = size[last]
    while last > 0, size[last] == from.shape[last], size[last] == to.shape[last] {
      last -= 1
      run *= size[last]
    }
    let (across, over) = (strides(from.shape), strides(to.shape))
    var place = [Int](repeating: 0, count: last)
    while true {
      var a = 0, b = 0
      for axis in size.indices {
        let step = axis < last ? place[axis] : 0
        a += (from.start[axis] + step) * across[axis]
        b += (to.start[axis] + step) * over[axis]
      }
      try body(a, b, run)
      var axis = last - 1
      while axis >= 0 {
        place[axis] += 1
        if place[axis] < size[axis] { break }
        place[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  static func strides(_ shape: [Int]) -> [Int] {
    var out = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { out[axis] = out[axis + 1] * shape[axis + 1] }
    return out
  }
}
