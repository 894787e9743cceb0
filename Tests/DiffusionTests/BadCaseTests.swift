import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// A parity check that cannot fail is a defect: every corruption below must be caught, and named.
@Suite struct BadCaseTests {
  let compute = Compute(threads: 1)

  /// A private copy of a small case, handed to `damage` and replayed.
  private func replay(_ damage: (String) throws -> Void) throws -> ParityReport {
    let scratch = try Scratch(), folder = scratch("case")
    defer { withExtendedLifetime(scratch) {} }
    try FileManager.default.copyItem(atPath: Fixture.path("wan-single"), toPath: folder)
    try damage(folder)
    return try ParityReport(folder: folder, on: try #require(compute))
  }

  /// The problem the damaged case ends in.
  private func complaint(_ damage: (String) throws -> Void, _ location: SourceLocation = #_sourceLocation) -> Problem {
    problem({ try replay(damage).requirePass() }, location)
  }

  /// Overwrites one f32 element of a tensor in place.
  private func poke(_ file: String, _ name: String, _ value: (Float) -> Float) throws {
    let container = try Safetensors(path: file), entry = try #require(container.entry(name))
    var data = try Disk.read(file)
    let start = 8 + Int(data[0]) + Int(data[1]) << 8 + Int(data[2]) << 16
    let at = start + entry.range.lowerBound
    let old = data[at..<at + 4].withUnsafeBytes { $0.loadUnaligned(as: Float.self) }
    withUnsafeBytes(of: value(old)) { data.replaceSubrange(at..<at + 4, with: $0) }
    try Disk.write(data, to: file)
  }

  @Test func anUntouchedCopyPasses() throws {
    let report = try replay { _ in }
    try report.requirePass()
    #expect(report.value["passes"] == true)
    #expect(report.text.contains("worst: "))
  }

  @Test(arguments: [
    "output", "loss", "grad.proj_out.weight", "grad.blocks.0.attn1.norm_q.weight",
    "grad.condition_embedder.text_embedder.linear_1.bias", "adamw_losses",
  ])
  func oneChangedValueFails(tensor: String) throws {
    let found = complaint { try poke($0 + "/case.safetensors", tensor) { $0 * 1.01 + 1e-3 } }
    #expect(found.exit == .failure)
    #expect(found.what.contains("'\(tensor)'"), "\(found)")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], ["output", "grad.proj_out.bias"])
  func whatIsNotFiniteFails(value: Float, tensor: String) throws {
    let found = complaint { try poke($0 + "/case.safetensors", tensor) { _ in value } }
    #expect(found.what.contains("'\(tensor)'"))
    #expect(found.what.contains("not finite"))
  }

  @Test func aNaNInTheWeightsFails() throws {
    let found = complaint {
      try poke($0 + "/transformer/diffusion_pytorch_model.safetensors", "proj_out.weight") { _ in .nan }
    }
    #expect(found.what.contains("past the tolerance"))
  }

  @Test func truncatedFilesSayWhere() throws {
    for (file, keep) in [
      ("case.safetensors", 5), ("case.safetensors", 500), ("case.safetensors", -4),
      ("transformer/diffusion_pytorch_model.safetensors", -1), ("case.safetensors", 0),
    ] {
      let found = complaint { folder in
        let data = try Disk.read(folder + "/" + file)
        try Disk.write(keep >= 0 ? data.prefix(keep) : data.dropLast(-keep), to: folder + "/" + file)
      }
      #expect(found.place?.contains(file) == true, "\(file) cut to \(keep): \(found)")
      #expect(found.exit == .failure)
    }
  }

  @Test func overlappingOffsetsAreRefused() throws {
    let found = complaint { folder in
      let header =
        #"{"output":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"loss":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try Disk.write(length + Data(header.utf8) + Data(count: 8), to: folder + "/case.safetensors")
    }
    #expect(found.what.contains("overlap"))
  }

  @Test func aMisspeltConfigKeyNamesTheNearest() throws {
    let found = complaint { folder in
      let path = folder + "/transformer/config.json"
      try Disk.write(
        try Disk.readText(path).replacingOccurrences(of: "\"num_layers\"", with: "\"num_layer\""), to: path)
    }
    #expect(found.what.contains("num_layer") && found.what.contains("did you mean 'num_layers'"), "\(found)")
  }

  @Test func aConfigOfAnotherSizeIsRefusedBeforeRoomIsMade() throws {
    let found = complaint { folder in
      let path = folder + "/transformer/config.json"
      var value = try JSON.parse(try Disk.readText(path), at: path)
      value.set("num_layers", 1000)
      value.set("attention_head_dim", 4096)
      value.set("num_attention_heads", 1024)
      try Disk.write(JSON.pretty(value), to: path)
    }
    #expect(found.what.contains("parameters"), "\(found)")
  }

  @Test func missingAndSurplusPartsAreNamed() throws {
    #expect(
      complaint { try FileManager.default.removeItem(atPath: $0 + "/case.safetensors") }.place?.contains(
        "case.safetensors") == true)
    #expect(
      complaint { try FileManager.default.removeItem(atPath: $0 + "/transformer") }.what.contains("no such folder"))
    #expect(complaint { try FileManager.default.removeItem(atPath: $0) }.exit == .failure)
    let surplus = complaint { folder in
      let path = folder + "/case.safetensors", from = Array("grad.proj_out.bias".utf8),
        to = Array("grad.proj_out.bios".utf8)
      var data = try Disk.read(path)
      if let range = data.range(of: Data(from)) { data.replaceSubrange(range, with: to) }
      try Disk.write(data, to: path)
    }
    #expect(surplus.what.contains("grad.proj_out.bios") && surplus.what.contains("did you mean"), "\(surplus)")
  }

  @Test(arguments: [0, -1, Double.nan, .infinity]) func aSenselessToleranceIsUsage(tolerance: Double) throws {
    let compute = try #require(compute)
    #expect { try ParityReport(folder: Fixture.path("wan-single"), tolerance: tolerance, on: compute) } throws: {
      ($0 as? Problem)?.exit == .usage
    }
  }

  /// `parameterCount` is what the scope declares.
  @Test(arguments: try Fixture.transformers)
  func parametersAreCountedWithoutMakingThem(name: String) throws {
    let model = try ModelFolder.open(Fixture.path(name) + "/transformer", on: try #require(compute))
    #expect(model.config.parameterCount == model.parameters.count)
  }
}
