import Files
import Foundation
import TestKit
import Testing

@Suite struct SafetensorsTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A file of this header (padded or not) and `bytes` of buffer, opened.
  private func open(_ header: String, _ bytes: Data) throws -> Safetensors { try open(raw: Data(header.utf8), bytes) }

  private func open(raw header: Data, _ bytes: Data) throws -> Safetensors {
    try Disk.write(Self.length(header.count) + header + bytes, to: scratch("a.safetensors"))
    return try Safetensors(path: scratch("a.safetensors"))
  }

  private static func length(_ n: Int) -> Data { withUnsafeBytes(of: UInt64(n).littleEndian) { Data($0) } }

  static func entry(_ name: String, _ shape: String, _ from: Int, _ to: Int) -> String {
    entry(name, "F32", shape, from, to)
  }

  static func entry(_ name: String, _ type: String, _ shape: String, _ from: Int, _ to: Int) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(from),\#(to)]}"#
  }

  /// Every rejection, each by a file of its own.
  @Test(arguments: [
    ("{}", 1, "end at byte 0 of a buffer of 1"),
    ("{\(entry("a", "[2]", 0, 8)),\(entry("b", "[1]", 12, 16))}", 16, "leave a hole"),
    ("{\(entry("a", "[1]", 4, 8))}", 8, "leave a hole"),
    ("{\(entry("a", "[2]", 0, 8)),\(entry("b", "[1]", 4, 8))}", 8, "overlap"),
    ("{\(entry("a", "[2]", 0, 8)),\(entry("b", "[2]", 0, 8))}", 8, "overlap"),
    ("{\(entry("a", "[2]", 0, 8))}", 12, "end at byte 8 of a buffer of 12"),
    ("{\(entry("a", "[2]", 0, 8))}", 7, "end at byte 8 of a buffer of 7"),
    ("{\(entry("a", "[2]", 0, 8))}", 0, "end at byte 8 of a buffer of 0"),
    ("{\(entry("a", "[1]", 8, 4))}", 8, "offsets 8…4"),
    ("{\(entry("a", "[1]", -4, 0))}", 4, "offsets -4…0"),
    ("{\(entry("a", "[3]", 0, 8))}", 8, "3 elements of F32"),
    ("{\(entry("a", "F64", "[2]", 0, 8))}", 8, "2 elements of F64"),
    ("{\(entry("a", "[0]", 0, 8))}", 8, "0 elements of F32"),
    ("{\(entry("a", "[4294967296,4294967296]", 0, 8))}", 8, "too large"),
    ("{\(entry("a", "[4611686018427387904]", 0, 8))}", 8, "offsets 0…8"),
    ("{\(entry("a", "[4611686018427387904,4,0]", 0, 0))}", 0, "too large"),
    ("{\(entry("a", "[-1]", 0, 4))}", 4, "bad shape"),
    ("{\(entry("a", "[1.0]", 0, 4))}", 4, "bad shape"),
    ("{\(entry("a", "[\"1\"]", 0, 4))}", 4, "bad shape"),
    ("{\(entry("a", "[[1]]", 0, 4))}", 4, "nests deeper"),
    ("{\(entry("a", "F5", "[2]", 0, 8))}", 8, "unknown dtype F5"),
    ("{\(entry("a", "f32", "[2]", 0, 8))}", 8, "unknown dtype f32"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "lacks dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#, 4, "lacks dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, "lacks dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.0,4]}}"#, 4, "lacks dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}"#, 4, "lacks dtype"),
    (#"{"a":1}"#, 4, "lacks dtype"),
    ("{\(entry("a", "[1]", 0, 4)),\(entry("a", "[1]", 4, 8))}", 8, "stands twice"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "stands twice"),
    (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__.a is not text"),
    (#"{"__metadata__":{"a":{"b":"c"}}}"#, 0, "__metadata__.a is not text"),
    (#"{"__metadata__":5}"#, 0, "__metadata__ is not an object"),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "stands twice"),
    (#"{"a":[[[[1]]]]}"#, 0, "nests deeper"),
    ("[]", 0, "not a JSON object"), (" {}", 0, "not a JSON object"), ("{} x", 0, "after the document's end"),
    ("{", 0, "key in quotes"), ("", 8, "not a JSON object"),
  ])
  func refuses(header: String, bytes: Int, why: String) {
    let it = problem { _ = try open(header, Data(count: bytes)) }
    #expect(it.what.contains(why), "\(header): \(it)")
    #expect(it.place?.contains("a.safetensors") == true && it.exit == .failure)
  }

  @Test func refusesHeadersThatAreNotText() {
    #expect(
      problem { _ = try open(raw: Data([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), Data()) }.what.contains("UTF-8"))
  }

  /// Every file too short to hold its header, down to nothing.
  @Test func refusesShortFiles() throws {
    let path = scratch("short.safetensors")
    for count in 0..<8 {
      try Disk.write(Data(count: count), to: path)
      #expect(problem { _ = try Safetensors(path: path) }.what.contains("has \(count) bytes"))
    }
    for claim in [0, 1, 3, 100_000_001, Int.max] {
      try Disk.write(Self.length(claim), to: path)
      _ = problem { _ = try Safetensors(path: path) }
      try Disk.write(Self.length(claim) + Data("{}".utf8), to: path)
      _ = problem { _ = try Safetensors(path: path) }
    }
    try Disk.write(Data(repeating: 0xFF, count: 64), to: path)
    #expect(problem { _ = try Safetensors(path: path) }.what.contains("claims 18446744073709551615 bytes"))
    #expect(problem { _ = try Safetensors(path: scratch.path) }.what == "this is a folder")
    #expect(problem { _ = try Safetensors(path: scratch("none")) }.what == "there is no such file")
  }

  @Test func readsWhatIsUnusualAndRight() throws {
    let file = try open(
      "{\(Self.entry("b", "[]", 4, 8)),\(Self.entry("empty", "[0,3]", 4, 4)),\(Self.entry("a", "[1,1]", 0, 4)),\"__metadata__\":{\"k\":\"v\"}}      ",
      Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
    #expect(file.entries.map(\.name) == ["a", "empty", "b"])
    #expect(try file.floats("a").values == [1] && file.floats("b").values == [-2] && file.floats("empty").values == [])
    #expect(try file.floats("b").shape == [] && file.floats("empty").shape == [0, 3])
    #expect(file[metadata: "k"] == "v" && file[metadata: "none"] == nil)
    #expect(problem { _ = try file.floats("empy") }.what.contains("did you mean 'empty'"))
    #expect(try open("{}", Data()).entries.isEmpty)
  }

  /// Bits worked out by hand: signs, subnormals, largest values, infinities.
  @Test func narrowAndWideFloatsAreExact() throws {
    func read(_ type: String, _ words: [UInt64], _ size: Int) throws -> [Float] {
      let bytes = words.reduce(into: Data()) { data, word in
        for i in 0..<size { data.append(UInt8(truncatingIfNeeded: word >> (8 * i))) }
      }
      return try open("{\(Self.entry("a", type, "[\(words.count)]", 0, bytes.count))}", bytes).floats("a").values
    }
    let half = try read(
      "F16", [0x3C00, 0xC000, 0x3555, 0x7BFF, 0x0400, 0x0001, 0x03FF, 0x0000, 0x8000, 0x8001, 0x7C00, 0xFC00, 0x7E00], 2
    )
    #expect(
      half.dropLast() == [
        1, -2, 0.333251953125, 65504, 0x1p-14, 0x1p-24, 0x1.FF8p-15, 0, -0.0, -0x1p-24, .infinity, -.infinity,
      ])
    #expect(half[8].sign == .minus && half[12].isNaN)
    let brain = try read("BF16", [0x3F80, 0xC000, 0x3EAB, 0x7F7F, 0x0080, 0x0001, 0x8000, 0x7F80, 0x7FC0], 2)
    #expect(
      brain.dropLast() == [1, -2, 0.333984375, 0x1.FEp127, 0x1p-126, 0x1p-133, -0.0, .infinity] && brain[8].isNaN)
    let double = try read(
      "F64",
      [
        0x3FF0_0000_0000_0000, 0x4009_21FB_5444_2D18, 0x47F0_0000_0000_0000, 0x3690_0000_0000_0000,
        0x3FB9_9999_9999_999A,
      ], 8)
    #expect(double == [1, .pi.nextUp, .infinity, 0, 0.1] || double == [1, Float(Double.pi), .infinity, 0, 0.1])
    #expect(
      try read("F32", [0x3F80_0000, 0x0000_0001, 0x7F7F_FFFF], 4) == [
        1, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      ])
    for type in ["I32", "U32"] { #expect(problem { _ = try read(type, [1], 4) }.what.contains("holds \(type)")) }
    #expect(problem { _ = try read("BOOL", [1], 1) }.what.contains("holds BOOL"))
  }

  /// Names, shapes, bits, metadata and the hash survive; the header is padded to 8 bytes.
  @Test func whatIsWrittenReadsBack() throws {
    var choices = SplitMix64(5)
    for round in 0..<20 {
      let path = scratch("round.safetensors")
      let shapes = (0..<round).map { _ in (0..<choices.below(4)).map { _ in choices.below(5) } }
      let values = shapes.map { shape in
        (0..<shape.reduce(1, *)).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: choices.next())) }
      }
      let names = shapes.indices.map { "t\($0)\(JSONTests.text(&choices))" }
      let buffers = values.map { v in UnsafeMutableBufferPointer<Float>.allocate(capacity: v.count) }
      defer { buffers.forEach { $0.deallocate() } }
      for i in values.indices { _ = buffers[i].initialize(from: values[i]) }
      let items = shapes.indices.map { Safetensors.Item(names[$0], shapes[$0], UnsafeBufferPointer(buffers[$0])) }
      let hash = try Safetensors.write(items, metadata: [("k\"", "v\n😀")], to: path)
      let file = try Safetensors(path: path)
      #expect(file.bufferHash == hash && file[metadata: "k\""] == "v\n😀" && file[metadata: "format"] == "pt")
      #expect(Set(file.entries.map(\.name)) == Set(names))
      for i in names.indices {
        let back = try file.floats(names[i])
        #expect(back.shape == shapes[i] && back.values.map(\.bitPattern) == values[i].map(\.bitPattern))
      }
      let header = try Disk.read(path).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(header % 8 == 0)
    }
    try Safetensors.write([], metadata: [("format", "mine")], to: scratch("own.safetensors"))
    #expect(try Safetensors(path: scratch("own.safetensors"))[metadata: "format"] == "mine")
  }

  /// The container, byte by byte, as its specification has it.
  @Test func aFileIsTheseBytes() throws {
    let path = scratch("pinned.safetensors"), values: [Float] = [1, -2, 0.5]
    let hash = try values.withUnsafeBufferPointer { all in
      try Safetensors.write(
        [
          .init("a.weight", [2, 1], UnsafeBufferPointer(rebasing: all[0..<2])),
          .init("é", [], UnsafeBufferPointer(rebasing: all[2..<3])),
          .init("none", [0, 3], UnsafeBufferPointer(rebasing: all[3..<3])),
        ], metadata: [("step", "3")], to: path)
    }
    let header =
      #"{"__metadata__":{"format":"pt","step":"3"},"a.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
      + #""é":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[12,12]}}"#
    let padding = [UInt8](repeating: 0x20, count: (8 - header.utf8.count % 8) % 8)
    let buffer: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F]
    let bytes = Self.length(header.utf8.count + padding.count) + Data(header.utf8) + Data(padding) + Data(buffer)
    #expect(try Disk.read(path) == bytes)
    #expect(
      hash == Hashing.sha256(buffer) && hash == "2ce4bdb6b34a50ac7092eb9fee94337a27498e9eb9bae44192f15b88831b2422")
    #expect(try Safetensors(path: path).floats("a.weight").values == [1, -2])
  }

  /// Thousands of damaged files: each is refused or read within its bounds; none traps.
  @Test func damagedFilesNeverTrap() throws {
    let path = scratch("whole.safetensors")
    let values = (0..<12).map(Float.init)
    try values.withUnsafeBufferPointer { all in
      _ = try Safetensors.write(
        [
          .init("a", [2, 3], UnsafeBufferPointer(rebasing: all[0..<6])),
          .init("b", [6], UnsafeBufferPointer(rebasing: all[6..<12])),
        ], metadata: [("k", "v")], to: path)
    }
    let whole = [UInt8](try Disk.read(path)), memory = try Scratch(memory: true)
    let header = whole.count - 48
    var choices = SplitMix64(6), refused = 0, read = 0
    for round in 0..<4000 {
      var bytes = whole
      switch choices.below(8) {
      case 0: bytes.removeLast(1 + choices.below(whole.count))
      case 1: bytes.append(contentsOf: (0...choices.below(20)).map { UInt8($0) })
      default:
        for _ in 0...choices.below(3) {
          let at = choices.below(choices.below(4) == 0 ? 8 : header)
          bytes[at] =
            choices.below(2) == 0
            ? bytes[at] ^ (1 << UInt8(choices.below(8))) : UInt8(truncatingIfNeeded: choices.next())
        }
      }
      let damaged = memory("\(round).safetensors")
      try Data(bytes).write(to: URL(fileURLWithPath: damaged))
      defer { try? FileManager.default.removeItem(atPath: damaged) }
      do {
        let file = try Safetensors(path: damaged)
        for entry in file.entries {
          #expect(entry.range.upperBound <= bytes.count)
          if entry.type.isFloatingPoint { _ = try file.floats(entry.name) }
        }
        _ = file.bufferHash
        read += 1
      } catch is Problem { refused += 1 } catch { Issue.record("\(error)") }
    }
    #expect(refused > 2000 && read > 20, "\(refused) refused, \(read) read")
  }

  @Test func nullMetadataIsNone() throws {
    let file = try open("{\"__metadata__\":null,\(Self.entry("a", "[1]", 0, 4))}", Data(count: 4))
    #expect(file.metadata.isEmpty && file.entries.map(\.name) == ["a"])
  }

  @Test(arguments: ["F8_E8M0", "F6_E2M3", "F4"]) func dtypesThatAreNotReadAreNoDamage(_ type: String) throws {
    let it = problem { try open("{\(Self.entry("w", type, "[4]", 0, 4))}", Data(count: 4)) }
    #expect(it.what.contains(type) && it.fix?.contains("BF16") == true && !it.contains("damaged"), "\(it)")
  }

  /// What the headers of two shards say of the same thing must be the same: a reader could not tell which holds.
  @Test func headersOfShardsAgree() throws {
    func open(_ words: [String]) throws -> Safetensors {
      for (i, word) in words.enumerated() {
        let values: [Float] = [1]
        try values.withUnsafeBufferPointer {
          _ = try Safetensors.write(
            [.init("t\(i)", [1], $0)], metadata: [("distribution", word)], to: scratch("h\(i).safetensors"))
        }
      }
      try Disk.write(
        #"{"weight_map":{"t0":"h0.safetensors","t1":"h1.safetensors"}}"#, to: scratch("h.safetensors.index.json"))
      return try Safetensors(path: scratch("h.safetensors.index.json"))
    }
    #expect(try open(["denied", "denied"])[metadata: "distribution"] == "denied")
    #expect(problem { try open(["allowed", "denied"]) }.contains("differ in 'distribution'"))
  }

  /// Two files under an index are the one they were cut from, and an index that lies is refused.
  @Test func shardsAreOneFile() throws {
    func shard(_ name: String, _ values: [Float], _ tensor: String) throws {
      try values.withUnsafeBufferPointer {
        _ = try Safetensors.write([.init(tensor, [values.count], $0)], to: scratch(name))
      }
    }
    try shard("m-00001-of-00002.safetensors", [1, 2, 3], "a")
    try shard("m-00002-of-00002.safetensors", [4, 5], "b")
    let whole: [Float] = [1, 2, 3, 4, 5]
    try whole.withUnsafeBufferPointer {
      _ = try Safetensors.write(
        [.init("a", [3], .init(rebasing: $0[..<3])), .init("b", [2], .init(rebasing: $0[3...]))],
        to: scratch("whole.safetensors"))
    }
    func index(_ map: String) throws -> Safetensors {
      try Disk.write(
        #"{"metadata":{"total_size":20},"weight_map":{\#(map)}}"#, to: scratch("m.safetensors.index.json"))
      return try Safetensors(path: scratch("m.safetensors.index.json"))
    }
    let (one, two) = ("m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors")
    let file = try index(#""b":"\#(two)","a":"\#(one)""#)
    #expect(try file.floats("a").values == [1, 2, 3] && file.floats("b").values == [4, 5])
    #expect(try file.bufferHash == Safetensors(path: scratch("whole.safetensors")).bufferHash)
    for (map, words) in [
      (#""a":"\#(one)""#, "m-00002"), (#""a":"\#(two)","b":"\#(two)""#, "not in"), (#""a":"../\#(one)""#, "beside it"),
      (#""a":"\#(one)","b":"\#(two)","c":"\#(two)""#, "'c' is not in"), (#""a":"none.safetensors""#, "no such file"),
      ("", "no weight_map"), (#""a":3"#, "names no file"),
    ] {
      // One that names a file less knows nothing of it: then nothing is there for a model to load.
      if map == #""a":"\#(one)""# {
        #expect(try index(map).entries.map(\.name) == ["a"])
      } else {
        #expect(problem { try index(map) }.contains(words), "\(map)")
      }
    }
  }
}
