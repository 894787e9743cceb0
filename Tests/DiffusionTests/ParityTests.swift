import Diffusion
import Tensors
import TestKit
import Testing

/// Cases diffusers computed; Tests/Interop/make_parity_case.py makes them.
@Suite struct ParityTests {
  @Test(arguments: try Fixture.transformers)
  func matchesDiffusers(name: String) throws {
    for isa in Compute.available {
      let compute = try #require(Compute(threads: 2, instructions: isa))
      let parity = try Parity(folder: Fixture.path(name), on: compute)
      let worst = try #require(parity.worst)
      print("parity \(name) \(isa): worst \(worst.name) \(worst.relative)")
      #expect(parity.passes, "\(name) on \(isa): \(worst.name) is off by \(worst.relative)")
      #expect(parity.rows.count > 40)
    }
  }
}
