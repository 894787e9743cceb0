#if canImport(Glibc)
  import Glibc
#endif

/// Reference-counted floats from a `MemoryPool`, aligned to 64 bytes. Contents start undefined.
package final class Buffer {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  /// Floats of the block behind it.
  private let size: Int
  private let memory: MemoryPool

  package init(count: Int, memory: MemoryPool) {
    self.count = count
    self.memory = memory
    (base, size) = memory.take(count)
  }

  deinit { memory.give(base, size) }
}

/// Keeps freed blocks by size class, so that a training step after the first touches no fresh page: a page fault costs
/// more than most element-wise kernels.
package final class MemoryPool {
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  package private(set) var inUse = 0
  package private(set) var peak = 0
  /// Blocks asked of the system so far: constant once a training step has warmed up.
  package private(set) var allocations = 0
  /// When set, every block handed out is filled with it: tests use this to find elements an op forgot to write.
  package var poison: Float?

  /// Four classes an octave: at most 25 % is wasted.
  private static func sizeClass(_ count: Int) -> Int {
    let n = max(count, 64)
    let octave = Int.bitWidth - 1 - (n - 1).leadingZeroBitCount
    let step = max(1, (1 << octave) / 4)
    return (n + step - 1) / step * step
  }

  /// Blocks of at least so many floats may serve for less, down to half of them: pieces of clips differ in length, and
  /// their blocks are what fills the memory.
  private static let large = 1 << 20

  /// The free block to use: of the same size, or the next larger one.
  private func spare(_ size: Int) -> (block: UnsafeMutablePointer<Float>, size: Int)? {
    if let block = free[size]?.popLast() { return (block, size) }
    guard size >= Self.large,
      let next = free.lazy.filter({ !$1.isEmpty && $0 > size && $0 <= 2 * size }).map(\.key).min(),
      let block = free[next]?.popLast()
    else { return nil }
    return (block, next)
  }

  /// - Returns: a block, and the floats it has, to be given back with.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int) {
    let size = Self.sizeClass(count)
    if let spare = spare(size) {
      inUse += spare.size * 4
      peak = max(peak, inUse)
      if let poison { spare.block.update(repeating: poison, count: spare.size) }
      return spare
    }
    inUse += size * 4
    peak = max(peak, inUse)
    allocations += 1
    var block: UnsafeMutableRawPointer?
    // posix_memalign fails only when the address space is exhausted: nothing a caller could do about it.
    let bytes = size * 4, huge = 1 << 21
    guard posix_memalign(&block, bytes >= huge ? huge : 64, bytes) == 0, let block else {
      preconditionFailure("out of memory: \(bytes) bytes")
    }
    // Huge pages where the system gives them on request: a 512th of the faults and of the translations.
    if bytes >= huge { madvise(block, bytes, MADV_HUGEPAGE) }
    let floats = block.bindMemory(to: Float.self, capacity: size)
    if let poison { floats.initialize(repeating: poison, count: size) }
    return (floats, size)
  }

  func give(_ block: UnsafeMutablePointer<Float>, _ size: Int) {
    inUse -= size * 4
    free[size, default: []].append(block)
  }

  deinit { for blocks in free.values { for block in blocks { Glibc.free(block) } } }
}
