import Files
import Tensors
import TestKit
import Testing

/// Weights that are multiplied as they are stored give what their numbers give.
@Suite struct StoredMatrixTests {
  /// Keeps bytes where they are.
  private final class Bytes {
    let base: UnsafeMutableRawBufferPointer
    init(_ bytes: [UInt8], offset: Int = 0) {
      base = .allocate(byteCount: bytes.count + offset + 1, alignment: 64)
      for (i, byte) in bytes.enumerated() { base[offset + i] = byte }
    }
    deinit { base.deallocate() }
  }

  private static let kinds: [(String, StoredMatrix.Kind)] = [
    ("q8_0", .q8_0), ("q4_0", .q4_0), ("q4_k", .q4_k), ("q5_k", .q5_k), ("q6_k", .q6_k),
  ]

  private static func bytes(_ name: String, _ file: Safetensors) throws -> (shape: [Int], bytes: [UInt8]) {
    let entry = try #require(file.entry(name)), place = file.location(of: entry)
    return (entry.shape, [UInt8](UnsafeRawBufferPointer(start: place.at, count: entry.range.count)))
  }

  /// Every block type against the `gguf` package (Tests/Interop/make_gguf_blocks.py), on every instruction set.
  @Test(arguments: Compute.available) func blocksAreReadAsOthersReadThem(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa)),
      file = try Safetensors(path: Fixture.path("gguf/blocks.safetensors"))
    for (name, kind) in Self.kinds {
      let (shape, bytes) = try Self.bytes("bytes." + name, file), theirs = try file.floats("values." + name)
      let ours = StoredMatrix.decoded(bytes, as: kind, rows: shape[0], columns: theirs.shape[1], on: compute)
      let largest = theirs.values.map(abs).max() ?? 0
      #expect(largest > 0.1)
      let off = zip(ours, theirs.values).map { abs($0 - $1) }.max() ?? .infinity
      #expect(off <= 1e-6 * largest, "\(name) on \(isa): \(off) of \(largest)")
    }
  }

  /// A product with a stored weight, forwards and back to x, has the bits of one with the same numbers as f32; of bf16
  /// too, where the processor multiplies that.
  @Test(arguments: Compute.available) func productsDecodeWhatTheyPack(isa: String) throws {
    let compute = try #require(Compute(threads: 3, instructions: isa)),
      file = try Safetensors(path: Fixture.path("gguf/blocks.safetensors"))
    for (name, kind) in Self.kinds {
      let (shape, bytes) = try Self.bytes("bytes." + name, file), columns = try file.floats("values." + name).shape[1]
      // At an odd address, as a tensor after one of bytes may lie.
      let kept = Bytes(bytes, offset: 1),
        stored = StoredMatrix(kind, rows: shape[0], columns: columns, at: kept.base.baseAddress! + 1, owner: kept)
      for type in [ElementType.f32, .bf16] where compute.products(type) == type {
        let plain = Tensor(Tensor(stored, [shape[0], columns], on: compute).values, [shape[0], columns], on: compute)
        let runs = [Tensor(stored, [shape[0], columns], on: compute), plain].map { weight in
          let tape = Tape(), leaf = Leaf(gradient: Tensor(undefined: [37, columns], type, on: compute))
          let values = (0..<37 * columns).map { Float(Random(seed: 3).normal($0, .sample)) }
          let x = tape.leaf(Tensor(values, [37, columns], type, on: compute), gradient: leaf)
          let y = Linear(as: .f32)(x, weight, Tensor(zeros: [shape[0]], on: compute))
          tape.backward(y, seed: Tensor((0..<y.count).map { Float($0 % 7) - 3 }, y.shape, on: compute))
          return y.values + leaf.gradient.values
        }
        let same = runs[0] == runs[1]
        #expect(same, "\(name) as \(type) on \(isa)")
      }
    }
  }

  /// Scales: one, one a row, one a block of a row.
  @Test func scalesCount() throws {
    let compute = try #require(Compute(threads: 1)), codes: [UInt8] = [0x38, 0x40, 0xB8, 0x00, 0x38, 0x38, 0x7E, 0x01]
    func values(_ scale: StoredMatrix.Scale) -> [Float] {
      let kept = Bytes(codes)
      return Tensor(
        StoredMatrix(.e4m3, rows: 2, columns: 4, scale: scale, at: kept.base.baseAddress!, owner: kept), [2, 4],
        on: compute
      ).values
    }
    let plain: [Float] = [1, 2, -1, 0, 1, 1, 448, 0x1p-9]
    #expect(values(.none) == plain)
    #expect(values(.one(0.5)) == plain.map { $0 * 0.5 })
    #expect(values(.rows([2, 3])) == [2, 4, -2, 0, 3, 3, 1344, 3 * 0x1p-9])
    #expect(values(.blocks(width: 2, [1, 2, 3, 4])) == [1, 2, -2, 0, 3, 3, 1792, 4 * 0x1p-9])
  }
}
