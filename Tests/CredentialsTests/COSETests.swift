import Credentials
import Crypto
import Files
import Foundation
import Testing

/// COSE against the standard's own example (RFC 9052, Appendix C.2.1), which nobody here made.
@Suite struct COSETests {
  private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }

  @Test func theStandardsExampleVerifies() throws {
    let point = bytes(
      "04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"
    )
    let signature = bytes(
      "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
    )
    let key = try P256.Signing.PublicKey(x963Representation: point)
    let message = COSE.signed(bytes("a10126"), Array("This is the content.".utf8))
    #expect(message == bytes("846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e"))
    #expect(try key.isValidSignature(.init(rawRepresentation: signature), for: message))
    #expect(
      try !key.isValidSignature(
        .init(rawRepresentation: signature), for: COSE.signed(bytes("a10126"), Array("This is the content!".utf8))))
  }
}
