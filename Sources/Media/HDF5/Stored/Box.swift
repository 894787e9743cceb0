/// A box of an array: where it begins and how long it is along each axis.
package struct Box: Sendable, Equatable {
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

  /// Copies a box from one array into another, items of `element` bytes. Axes of pictures may be cut anywhere, down to single
  /// bytes, so the two innermost are one loop.
  package static func copy(
    _ size: [Int], element: Int, _ source: UnsafeRawBufferPointer, _ from: (shape: [Int], start: [Int]),
    _ out: UnsafeMutableRawBufferPointer, _ to: (shape: [Int], start: [Int])
  ) {
    guard !size.contains(0), let source = source.baseAddress, let out = out.baseAddress else { return }
    let rank = size.count, (across, over) = (strides(from.shape), strides(to.shape))
    var last = rank - 1, run = element * (size.last ?? 1)
    while last > 0, size[last] == from.shape[last], size[last] == to.shape[last] {
      last -= 1
      run *= size[last]
    }
    let inner = max(0, last - 1), many = last > 0 ? size[inner] : 1
    let (stepA, stepB) = last > 0 ? (across[inner] * element, over[inner] * element) : (0, 0)
    var (a, b) = (0, 0)
    for axis in 0..<rank {
      a += from.start[axis] * across[axis] * element
      b += to.start[axis] * over[axis] * element
    }
    var place = [Int](repeating: 0, count: inner)
    while true {
      var (p, q) = (source + a, out + b)
      switch run {
      case 1:
        for _ in 0..<many {
          q.storeBytes(of: p.load(as: UInt8.self), as: UInt8.self)
          p += stepA
          q += stepB
        }
      case 2..<16:
        for _ in 0..<many {
          for i in 0..<run {
            q.storeBytes(of: p.load(fromByteOffset: i, as: UInt8.self), toByteOffset: i, as: UInt8.self)
          }
          p += stepA
          q += stepB
        }
      default:
        for _ in 0..<many {
          q.copyMemory(from: p, byteCount: run)
          p += stepA
          q += stepB
        }
      }
      var axis = inner - 1
      while axis >= 0 {
        place[axis] += 1
        a += across[axis] * element
        b += over[axis] * element
        if place[axis] < size[axis] { break }
        a -= size[axis] * across[axis] * element
        b -= size[axis] * over[axis] * element
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
