import CKernels

#if canImport(Glibc)
  import Glibc
#endif

/// What runs the arithmetic: a kernel table, a thread pool and a memory pool. Made once by a command and handed down;
/// every tensor knows its own. Used by one thread at a time.
public final class Compute {
  package let kernels: ok_kernels
  package let f32: ok_operand
  private let bf16: ok_operand?
  private let pool: OpaquePointer
  package let memory: MemoryPool
  public let threads: Int
  /// What a tensor without elements holds.
  package let nothing: Buffer

  /// - Parameters:
  ///   - threads: 1 or more; results do not depend on it.
  ///   - instructions: "scalar", "avx2", "avx512" or "avx512bf16"; nil takes `ORRERY_ISA` or the best there is.
  /// - Returns: nil when this machine lacks the instructions asked for.
  public init?(threads: Int, instructions: String? = nil) {
    let wanted = instructions ?? getenv("ORRERY_ISA").map { String(cString: $0) }
    guard let table = wanted.map({ ok_kernels_named($0) }) ?? ok_kernels_best(),
      let pool = ok_pool_create(Int32(max(1, threads)))
    else { return nil }
    kernels = table.pointee
    f32 = table.pointee.f32.pointee
    bf16 = table.pointee.bf16?.pointee
    self.pool = pool
    memory = MemoryPool()
    nothing = Buffer(count: 0, memory: memory)
    self.threads = Int(ok_pool_threads(pool))
  }

  /// What operands of products are stored as when `wanted` is asked for: f32 where these instructions do not multiply
  /// bf16.
  public func products(_ wanted: ElementType) -> ElementType { bf16 == nil ? .f32 : wanted }

  package func operand(_ type: ElementType) -> ok_operand {
    guard type == .bf16 else { return f32 }
    guard let bf16 else { preconditionFailure("these instructions do not multiply bf16") }
    return bf16
  }

  deinit { ok_pool_destroy(pool) }

  public var instructions: String { String(cString: kernels.name) }
  /// Instruction sets this machine can run, slowest first.
  public static var available: [String] {
    ["scalar", "avx2", "avx512", "avx512bf16"].filter { ok_kernels_named($0) != nil }
  }

  /// Bytes in use now, and the most there ever were.
  public var bytesInUse: Int { memory.inUse }
  public var peakBytes: Int { memory.peak }

  /// Runs `body(index, worker)` for every index. How work is cut into indices must not depend on `threads`.
  package func parallel(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    withoutActuallyEscaping(body) { escaping in
      var region = Region(pool: pool, body: escaping)
      withUnsafeMutablePointer(to: &region) { pointer in
        ok_pool_run(
          pool, Int32(count),
          { context, worker, first in
            // Taken here, not by the pool: a closure is retained once a thread, not once a task.
            let region = context.assumingMemoryBound(to: Region.self).pointee
            var next = first, done: Int32 = 0
            while next >= 0 {
              region.body(Int(next), Int(worker))
              done += 1
              next = ok_pool_take(region.pool)
            }
            return done
          }, pointer)
      }
    }
  }

  private struct Region {
    let pool: OpaquePointer
    let body: (_ index: Int, _ worker: Int) -> Void
  }

  /// Cuts 0..<count into runs of `grain` (the last may be shorter) and runs them in parallel.
  package func parallel(over count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    parallel((count + grain - 1) / grain) { index, _ in body(index * grain..<min(count, (index + 1) * grain)) }
  }

  /// A temporary of `count` floats, returned to the pool when the reference goes.
  package func scratch(_ count: Int) -> Buffer { Buffer(count: count, memory: memory) }
}

extension Compute {
  /// Fills every block handed out from now on with `value`: for tests of completeness.
  package func poisonMemory(_ value: Float) { memory.poison = value }
  /// Blocks taken from the system so far.
  package var blocksAllocated: Int { memory.allocations }
}

extension Compute {
  /// y[i] ← a·x[i] + b·z[i] over n elements, on this thread: a building block for `parallel` bodies.
  package func mix(
    _ n: Int, _ a: Float, _ x: UnsafePointer<Float>, _ b: Float, _ z: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    kernels.mix(n, a, x, b, z, y)
  }
}
