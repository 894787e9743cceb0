import Files
import Foundation
import TestKit
import Testing

/// GGUF files as containers: what is read of them, and that nothing a file can say ends otherwise than in one message.
@Suite struct GGUFTests {
  /// A file built piece by piece.
  private struct Writer {
    var bytes = Data("GGUF".utf8)
    mutating func put<T: FixedWidthInteger>(_ n: T) {
      withUnsafeBytes(of: n.littleEndian) { bytes.append(contentsOf: $0) }
    }
    mutating func put(_ text: String) {
      put(UInt64(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }
    mutating func tensor(_ name: String, _ axes: [UInt64], type: UInt32, at offset: UInt64) {
      put(name)
      put(UInt32(axes.count))
      for axis in axes { put(axis) }
      put(type)
      put(offset)
    }
  }

  /// One F32 tensor of two rows of three, one Q8_0 of a block; `change` may spoil a number on the way.
  private func file(
    version: UInt32 = 3, tensors: UInt64 = 2, pairs: UInt64 = 1, alignment: UInt32 = 32, axis: UInt64 = 3,
    type: UInt32 = 0, second: UInt64 = 32, data: Int = 66
  ) -> Data {
    var w = Writer()
    w.put(version)
    w.put(tensors)
    w.put(pairs)
    w.put("general.alignment")
    w.put(UInt32(4))
    w.put(alignment)
    w.tensor("a", [axis, 2], type: type, at: 0)
    w.tensor("b", [32], type: 8, at: second)
    while w.bytes.count % 32 != 0 { w.bytes.append(0) }
    return w.bytes + Data(repeating: 1, count: data)
  }

  private func opened(_ data: Data) throws -> Safetensors {
    let scratch = try Scratch()
    try Disk.write(data, to: scratch("x.gguf"))
    return try Safetensors(path: scratch("x.gguf"))
  }

  @Test func whatIsInItIsRead() throws {
    let table = try opened(file())
    #expect(table.entries.map(\.name) == ["a", "b"])
    #expect(table.entries[0].shape == [2, 3] && table.entries[0].type == .F32 && table.entries[0].range == 0..<24)
    #expect(table.entries[1].shape == [32] && table.entries[1].type == .Q8_0 && table.entries[1].range == 32..<66)
    #expect(try table.floats("a").values.count == 6)
    #expect(problem { try table.floats("b") }.contains("Q8_0"))
  }

  @Test func whatItCannotBeIsRefused() throws {
    let spoilt: [(Data, String)] = [
      (file(version: 1), "version 1"), (file(version: UInt32(3).byteSwapped), "big-endian"),
      (file(tensors: 1 << 40), "tensors"), (file(pairs: 1 << 40), "keys"), (file(alignment: 33), "power of two"),
      (file(alignment: 0), "power of two"), (file(axis: 1 << 62), "too large"), (file(axis: 1 << 40), "ends after"),
      (file(type: 16), "IQ2_XXS"), (file(type: 99), "number 99"), (file(type: 12), "no whole blocks of Q4_K"),
      (file(second: 0), "overlap"), (file(second: 64), "ends after"), (file(second: 64, data: 98), "leave a hole"),
      (file(data: 65), "ends after"), (file(data: 66 + 40), "follow the last tensor"),
      (file(axis: 1 << 63), "too large"),
      (file(tensors: 3), "end"), (file(pairs: 2), ""), (file(pairs: 0), ""),
    ]
    for (data, words) in spoilt {
      let found = problem { try opened(data) }
      #expect(words.isEmpty || found.contains(words), "\(found) has no '\(words)'")
    }
  }

  /// Cut anywhere, and with any byte of the header changed: read, or refused; never a trap.
  @Test func damageIsOneMessage() throws {
    let whole = try Disk.read(Fixture.path("gguf/model/model.gguf")), scratch = try Scratch(memory: true)
    let path = scratch("x.gguf"), header = 6000
    var refused = 0
    for length in Array(stride(from: 0, to: header, by: 37)) + [whole.count - 1] {
      try Disk.write(whole.prefix(length), to: path)
      if try problemIfAny({ try Safetensors(path: path) }) != nil { refused += 1 }
    }
    #expect(refused == header / 37 + 2)
    var random = SplitMix64(5)
    for _ in 0..<600 {
      var data = whole
      let place = Int(random.next() % UInt64(header))
      data[place] = UInt8(truncatingIfNeeded: random.next())
      try Disk.write(data, to: path)
      _ = try problemIfAny { try Safetensors(path: path).entries.count }
    }
  }

  @Test func picklesAreRefusedWithAWayOut() throws {
    let found = problem { try opened(Data("PK\u{3}\u{4}".utf8) + Data(repeating: 0, count: 100)) }
    #expect(found.contains("pickle") && found.contains("safetensors"))
  }

  /// A dtype that only GGUF has is none of safetensors.
  @Test func blocksAreNotSafetensors() throws {
    let header = Data(#"{"a":{"dtype":"Q8_0","shape":[32],"data_offsets":[0,34]}}"#.utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    #expect(problem { try opened(length + header + Data(count: 34)) }.contains("unknown dtype Q8_0"))
  }
}
