import Files
import Foundation
import TestKit
import Testing

/// A pickle is a program: what builds numpy arrays is read, everything else is refused by name.
@Suite struct PickleTests {
  private static let reconstruct = "cnumpy.core.multiarray\n_reconstruct\n", array = "cnumpy\nndarray\n"

  /// Protocol 2 with these instructions between.
  private static func pickle(_ parts: [Any]) -> Data {
    var data = Data([0x80, 2])
    for part in parts {
      switch part {
      case let text as String: data += Data(text.utf8)
      case let bytes as [UInt8]: data += Data(bytes)
      case let list as [Any]:
        // A literal among others is a list of integers.
        data += Data(list.compactMap { $0 as? UInt8 ?? ($0 as? Int).map { UInt8($0) } })
      default: Issue.record("neither text nor bytes")
      }
    }
    return data + Data(".".utf8)
  }

  private static func length(_ n: Int) -> [UInt8] { (0..<4).map { UInt8(n >> (8 * $0) & 255) } }

  private static func text(_ t: String) -> [UInt8] { [UInt8(ascii: "X")] + length(t.utf8.count) + Array(t.utf8) }

  /// An f32 array of this shape over these bytes.
  private static func array(_ shape: [Int], _ bytes: [UInt8], type: String = "f4", order: String = "<") -> [Any] {
    [
      reconstruct, array, [UInt8(ascii: "K"), 0, 0x85, UInt8(ascii: "C"), 1, 98, 0x87], "R(K",
      [UInt8(1), UInt8(ascii: "(")],
    ]
      + shape.map { [UInt8(ascii: "J")] + length($0) }
      + [
        "tcnumpy\ndtype\n", text(type), [0x89, 0x88, 0x87], "R(K", [UInt8(3)], text(order), "tb",
        [0x89, UInt8(ascii: "B")],
      ]
      + [length(bytes.count), bytes, "tb"]
  }

  private func refusal(_ data: Data, _ limits: Pickle.Limits = .init()) throws -> String {
    do {
      _ = try Pickle.arrays(data, at: "x.ckpt", limits)
    } catch let problem as Problem { return problem.description }
    throw Problem("it was read")
  }

  @Test func readsArrays() throws {
    let numbers: [Float] = [1.5, -2, 3, 4, 5, 6], bytes = numbers.withUnsafeBytes { Array($0) }
    let data = Self.pickle(["}", Self.text("net"), "}", Self.text("kernel")] + Self.array([2, 3], bytes) + ["ss"])
    let found = try Pickle.arrays(data, at: "x")
    #expect(found.map(\.name) == ["net/kernel"] && found[0].shape == [2, 3] && found[0].values == numbers)
    // As it lies in the middle of other data, too.
    #expect(try Pickle.arrays((Data([1, 2, 3]) + data)[3...], at: "x")[0].values == numbers)
  }

  /// os.system, and other ways to have something run.
  @Test func namesAreRefusedByName() throws {
    #expect(
      try refusal(Self.pickle(["cos\nsystem\n", Self.text("touch /tmp/here"), [0x85], "R"])).contains("os.system"))
    #expect(
      try refusal(Self.pickle([Self.text("builtins"), Self.text("eval"), [0x93]])).contains("builtins.eval"))
    #expect(try refusal(Self.pickle(["cnumpy\nload\n"])).contains("numpy.load"))
    // By a name that the terminal would take for a command.
    #expect(try !refusal(Self.pickle(["cos\u{1b}[2J\nsystem\n"])).contains("\u{1b}"))
    // INST, OBJ, NEWOBJ, EXT1, PERSID.
    for code in ["i", "o", "\u{81}", "\u{82}", "P"] {
      let byte = UInt8(code.unicodeScalars.first!.value)
      #expect(try refusal(Self.pickle([[byte], "os\nsystem\n"])).contains("instruction"), "\(code)")
    }
    // What is allowed cannot be called otherwise.
    #expect(try refusal(Self.pickle(["cnumpy\nndarray\n", [0x29], "R"])).contains("ndarray is called"))
    #expect(try refusal(Self.pickle([Self.text("x"), [0x29], "R"])).contains("not a name"))
    #expect(
      try refusal(Self.pickle([Self.reconstruct, Self.text("x"), [0x85], "R"])).contains("another type"))
    #expect(try refusal(Self.pickle(Self.array([1], [0, 0, 0, 0], type: "O8"))).contains("O8"))
  }

  @Test func malformedOnesAreRefused() throws {
    let four: [UInt8] = [0, 0, 128, 63]
    let whole = Self.pickle(Self.array([1], four))
    #expect(try Pickle.arrays(whole, at: "x")[0].values == [1])
    // Cut anywhere, it is refused.
    for end in 0..<whole.count { _ = try refusal(Data(whole.prefix(end))) }
    // Any byte changed: read or refused, never a trap.
    for i in 0..<whole.count {
      for value in [0, 0x28, 0x2E, 0x52, 0x68, 0x80, 0xFF] as [UInt8] {
        var other = whole
        other[i] = value
        for array in (try? Pickle.arrays(other, at: "x")) ?? [] { #expect(array.values.count == array.count) }
      }
    }
    #expect(try refusal(Self.pickle(Self.array([2], four))).contains("has 4 bytes, not 8"))
    #expect(try refusal(Self.pickle(Self.array([-1], four))).contains("shape is malformed"))
    #expect(
      try refusal(Self.pickle(Self.array([Int](repeating: 0x7FFF_FFFF, count: 8), four))).contains("too large"))
    #expect(try refusal(Self.pickle(Self.array([Int](repeating: 1, count: 9), four))).contains("9 axes"))
    #expect(try refusal(Self.pickle(Self.array([1], four, order: ">"))).contains("big-endian"))
    // 4 GB claimed of nothing.
    #expect(try refusal(Self.pickle([[UInt8(ascii: "B"), 255, 255, 255, 255]])).contains("claimed"))
    #expect(try refusal(Self.pickle([[0x8E, 255, 255, 255, 255, 255, 255, 255, 255]])).contains("claimed"))
    #expect(try refusal(Self.pickle(["h", [UInt8(9)]])).contains("refers to value 9"))
    #expect(try refusal(Self.pickle([[0x8A, 9], "123456789"])).contains("integer of 9 bytes"))
    #expect(try refusal(Data("(lp0\n.".utf8)).contains("no pickle"))
  }

  /// Nested a million deep, holding itself, or larger than memory when it is laid out.
  @Test func deepAndHugeOnesAreRefused() throws {
    #expect(
      try refusal(Self.pickle([String(repeating: "]", count: 1_000_000), String(repeating: "a", count: 999_999)]))
        .contains("nested deeper"))
    #expect(try refusal(Self.pickle(["]q", [UInt8(0)], "h", [UInt8(0)], "a"])).contains("nested deeper"))
    // Each list holds the one before twice, thirty times.
    let doubled = (0..<30).map { i -> [UInt8] in
      [UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: "h"), UInt8(i), UInt8(ascii: "h"), UInt8(i)]
        + [UInt8(ascii: "e"), UInt8(ascii: "q"), UInt8(i + 1)]
    }
    // The earlier lists stay below: only the last is what the pickle is, so they are put into a tuple.
    #expect(
      try refusal(Self.pickle(["(]q", [UInt8(0)]] + doubled + ["t"])).contains("holds more than"))
    // Keys that are short, and a path that is not.
    let key = Self.text(String(repeating: "k", count: 600)), two: [Any] = ["}", key, "}", key, "}", "ss"]
    #expect(try refusal(Self.pickle(two)).contains("longer than 1024 bytes"))
    var few = Pickle.Limits()
    few.instructions = 10
    #expect(try refusal(Self.pickle([String(repeating: "N", count: 20)]), few).contains("more than 10 instructions"))
  }
}
