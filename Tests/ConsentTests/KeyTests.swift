import Consent
import Files
import Foundation
import TestKit
import Testing

func bytes(_ hex: String) -> [UInt8] {
  stride(from: 0, to: hex.utf8.count, by: 2).map { UInt8(hex.dropFirst($0).prefix(2), radix: 16) ?? 0 }
}

/// Keys, their names and their files, against the vectors of the documents they follow.
@Suite struct KeyTests {
  /// RFC 8032 §7.1, tests 1 and 3; the did:key computed apart from this program.
  @Test func ed25519AgreesWithRFC8032() throws {
    let one = try #require(
      VerifyingKey(.ed25519, bytes: bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")))
    #expect(one.did == "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw")
    #expect(
      one.isValid(
        bytes(
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ), for: []))
    let three = try #require(
      VerifyingKey(.ed25519, bytes: bytes("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")))
    let sig = bytes(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    #expect(
      three.isValid(sig, for: [0xAF, 0x82]) && !three.isValid(sig, for: [0xAF, 0x83])
        && !one.isValid(sig, for: [0xAF, 0x82]))
  }

  /// RFC 7515 appendix A.3.
  @Test func es256AgreesWithRFC7515() throws {
    let x = try #require(Base64URL.decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
      y = try #require(Base64URL.decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
    let key = try #require(VerifyingKey(.es256, bytes: [2 + (y.last ?? 0) & 1] + x))
    let signed = Array(
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        .utf8)
    let signature = try #require(
      Base64URL.decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"))
    #expect(key.isValid(signature, for: signed) && !key.isValid(signature, for: signed + [0]))
    #expect(VerifyingKey(did: key.did) == key)
  }

  /// Names from the did:key specification.
  @Test(arguments: [
    ("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", SignatureAlgorithm.ed25519),
    ("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", .es256),
  ]) func namesReadBack(_ did: String, _ algorithm: SignatureAlgorithm) throws {
    let key = try #require(VerifyingKey(did: did))
    #expect(key.algorithm == algorithm && key.did == did)
  }

  @Test(arguments: [
    "", "did:key:", "did:key:z", "did:key:z6Mk", "did:web:example.org",
    "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvkt0",
    "did:key:z16MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
    "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH ",
    "did:key:z" + String(repeating: "z", count: 100_000), "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
  ]) func otherNamesAreNoKeys(_ did: String) { #expect(VerifyingKey(did: did) == nil) }

  /// Keys under which a signature fits any message: R = S = 0 under the neutral point would.
  @Test func keysOfSmallOrderAreNone() throws {
    let neutral = [UInt8(1)] + [UInt8](repeating: 0, count: 31)
    for first in [
      neutral, [UInt8](repeating: 0, count: 32),
      bytes("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
      bytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ] {
      var mirrored = first
      mirrored[31] |= 0x80
      #expect(VerifyingKey(.ed25519, bytes: first) == nil && VerifyingKey(.ed25519, bytes: mirrored) == nil)
    }
  }

  @Test func mutatedKeyFilesNeverTrap() throws {
    var random = SplitMix64(11), read = 0
    for algorithm in SignatureAlgorithm.allCases {
      let good = Array(try SigningKey(algorithm).pem.utf8)
      for _ in 0..<400 {
        var bad = good
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          bad[Int.random(in: 0..<bad.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
        }
        if random.chance(4) { bad.removeLast(Int.random(in: 1..<bad.count, using: &random)) }
        do { _ = try SigningKey(pem: String(decoding: bad, as: UTF8.self), at: "k.pem"); read += 1 } catch {
          #expect(error is Problem)
        }
      }
    }
    #expect(read < 700)
  }

  @Test(arguments: SignatureAlgorithm.allCases) func whatAKeySignsOnlyItVerifies(_ algorithm: SignatureAlgorithm) throws
  {
    let key = try SigningKey(algorithm), other = try SigningKey(algorithm),
      message = Array("a frame is not a grant".utf8)
    let signature = try key.sign(message)
    #expect(
      signature.count == 64 && key.verifyingKey.isValid(signature, for: message)
        && !other.verifyingKey.isValid(signature, for: message))
    for i in signature.indices {
      var bad = signature
      bad[i] ^= 0x04
      #expect(!key.verifyingKey.isValid(bad, for: message), "byte \(i)")
    }
    #expect(
      !key.verifyingKey.isValid(Array(signature.dropLast()), for: message)
        && !key.verifyingKey.isValid([], for: message))
    #expect(try SigningKey(pem: key.pem, at: "test").did == key.did)
  }

  /// As `openssl genpkey` wrote them; both the plain and the EC form of P-256.
  @Test func keysOfOpensslAreRead() throws {
    let ed =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"
    // RFC 8032 test 1's secret.
    #expect(try SigningKey(pem: ed, at: "test").did == "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw")
    for bad in [
      "", "hello", ed.replacingOccurrences(of: "MC4C", with: "MC4D"),
      "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    ] {
      #expect(problem { _ = try SigningKey(pem: bad, at: "k.pem") }.contains("not a signing key"))
    }
  }

  @Test func keysAreKeptApartAndPrivate() throws {
    try withFolder { folder in
      let ring = KeyRing(HomeFolder(folder + "/home")), key = try ring.make("studio", .es256)
      let path = ring.path("studio")
      #expect(try ring.open("studio").did == key.did && ring.open(path).did == key.did)
      #expect((try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) == 0o600)
      #expect(problem { _ = try ring.make("studio") }.contains("not overwritten"))
      #expect(try ring.open("studio").did == key.did)
      #expect(problem { _ = try ring.open("nobody") }.contains("keygen --name nobody"))
      for bad in ["../x", "", ".hidden", "a b", String(repeating: "a", count: 65)] { problem { try ring.make(bad) } }
      chmod(path, 0o644)
      let said = problem { _ = try ring.open("studio") }
      #expect(said.contains("mode 0644") && said.contains("chmod 600") && !said.contains("BEGIN"))
      chmod(path, 0o600)
      #expect(try ring.openOrMake("studio").did == key.did && ring.openOrMake("new").did == ring.openOrMake("new").did)
      // Nothing is left beside the keys.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/home/keys").sorted() == [
          "new.pem", "studio.pem",
        ])
    }
  }

  @Test func base64URLHasOneSpelling() {
    for n in 0..<70 {
      let bytes = (0..<n).map { UInt8(($0 * 37 + n) & 255) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for bad in ["A", "AB", "AA==", "AA+A", "AA/A", "AA A", "Aé"] { #expect(Base64URL.decode(bad) == nil, "\(bad)") }
  }
}
