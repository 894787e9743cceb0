import Diffusion
import Files
import Foundation
import Tensors
import Testing

/// Cases diffusers computed; Tests/Interop/make_parity_case.py makes them.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures").path

@Suite struct ParityTests {
  @Test(
    arguments: try FileManager.default.contentsOfDirectory(atPath: fixtures).filter { $0.hasPrefix("wan-") }.sorted())
  func matchesDiffusers(name: String) throws {
    for isa in Compute.available {
      let compute = try #require(Compute(threads: 2, instructions: isa))
      let parity = try Parity(folder: fixtures + "/" + name, on: compute)
      let worst = try #require(parity.worst)
      print("parity \(name) \(isa): worst \(worst.name) \(worst.relative)")
      #expect(parity.passes, "\(name) on \(isa): \(worst.name) is off by \(worst.relative)")
      #expect(parity.rows.count > 40)
    }
  }
}
