#if canImport(Glibc)
  import Glibc
#endif

/// Reference-counted floats from a `MemoryPool`, aligned to 64 bytes. Contents start undefined.
package final class Buffer {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  private let memory: MemoryPool

  package init(count: Int, memory: MemoryPool) {
    self.count = count
    self.memory = memory
    base = memory.take(count)
  }

  deinit { memory.give(base, count) }
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

  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = Self.sizeClass(count)
    inUse += size * 4
    peak = max(peak, inUse)
    if let block = free[size]?.popLast() {
      if let poison { block.update(repeating: poison, count: size) }
      return block
    }
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
    return floats
  }

  func give(_ block: UnsafeMutablePointer<Float>, _ count: Int) {
    let size = Self.sizeClass(count)
    inUse -= size * 4
    free[size, default: []].append(block)
  }

  deinit { for blocks in free.values { for block in blocks { Glibc.free(block) } } }
}
