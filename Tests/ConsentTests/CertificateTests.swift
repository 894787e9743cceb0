import Consent
import Files
import Foundation
import TestKit
import Testing

/// Keys vouched for by certificates. The chain was made with openssl 3.0, valid from 2026-11-21 for a hundred years.
@Suite struct CertificateTests {
  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmFCYSPtgSJaY5jcM
    WgobyWO2gzsozRO+dG2KoH8ifBuhRANCAARdnI6yKfZ9/HRAHqRJ2Pcr+FNGV5DQ
    MUznZzGISD0qQC3kkFmTXnm0JhGAJOxTloIVdv5kFSQi+vpbGqhWkQi2
    -----END PRIVATE KEY-----
    """
  static let leaf = """
    -----BEGIN CERTIFICATE-----
    MIIB0DCCAXWgAwIBAgIUbvIgnySlkBG7FhgJSIO7KFAh4bEwCgYIKoZIzj0EAwIw
    KTEQMA4GA1UECgwHU29jaWV0eTEVMBMGA1UEAwwMU29jaWV0eSBSb290MCAXDTI2
    MTEyMTAzMzc1OFoYDzIxMjYxMDI4MDMzNzU4WjAtMREwDwYDVQQKDAhBIFN0dWRp
    bzEYMBYGA1UEAwwPQSBTdHVkaW8gUmlnaHRzMFkwEwYHKoZIzj0CAQYIKoZIzj0D
    AQcDQgAEXZyOsin2ffx0QB6kSdj3K/hTRleQ0DFM52cxiEg9KkAt5JBZk155tCYR
    gCTsU5aCFXb+ZBUkIvr6WxqoVpEItqN1MHMwDAYDVR0TAQH/BAIwADAOBgNVHQ8B
    Af8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwQwHQYDVR0OBBYEFMlWMEWcMRJ8
    FfRPvEhJ99FjoIOgMB8GA1UdIwQYMBaAFGc7kQ3huv0PPimBALQyeRdPMEzXMAoG
    CCqGSM49BAMCA0kAMEYCIQCYuoHmmRFlMf1ZmztcvzdA0T8ygyQ1PPcZRgFk+Ylk
    CQIhANbt9QfFjjcvYKD11sZ3YRX4oS84MIjWgEUKMXB7DIgv
    -----END CERTIFICATE-----
    """
  /// For the same key, valid for a day.
  static let short = """
    -----BEGIN CERTIFICATE-----
    MIIBzDCCAXOgAwIBAgIUbvIgnySlkBG7FhgJSIO7KFAh4bIwCgYIKoZIzj0EAwIw
    KTEQMA4GA1UECgwHU29jaWV0eTEVMBMGA1UEAwwMU29jaWV0eSBSb290MB4XDTI2
    MTEyMTAzMzc1OFoXDTI2MTEyMjAzMzc1OFowLTERMA8GA1UECgwIQSBTdHVkaW8x
    GDAWBgNVBAMMD0EgU3R1ZGlvIFJpZ2h0czBZMBMGByqGSM49AgEGCCqGSM49AwEH
    A0IABF2cjrIp9n38dEAepEnY9yv4U0ZXkNAxTOdnMYhIPSpALeSQWZNeebQmEYAk
    7FOWghV2/mQVJCL6+lsaqFaRCLajdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/
    BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMEMB0GA1UdDgQWBBTJVjBFnDESfBX0
    T7xISffRY6CDoDAfBgNVHSMEGDAWgBRnO5EN4br9Dz4pgQC0MnkXTzBM1zAKBggq
    hkjOPQQDAgNHADBEAiBiwNYGt2QZbz7X0C2oleok3wh8fJCql5pcLwaDbg6nTgIg
    JD9lIpXeVV3UXfQQNUXfJPCfjWTlICuBr1LJa+dtQB4=
    -----END CERTIFICATE-----
    """
  static let root = """
    -----BEGIN CERTIFICATE-----
    MIIBujCCAV+gAwIBAgIUBawCbgDBPFa3b1LiClCltBwg1N4wCgYIKoZIzj0EAwIw
    KTEQMA4GA1UECgwHU29jaWV0eTEVMBMGA1UEAwwMU29jaWV0eSBSb290MCAXDTI2
    MTEyMTAzMzc1OFoYDzIxMjYxMDI4MDMzNzU4WjApMRAwDgYDVQQKDAdTb2NpZXR5
    MRUwEwYDVQQDDAxTb2NpZXR5IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AAQpzwR3XlWC0FPdvjmDAd82RjADh9KxDPTwglZ/mMb/NdM6yPDHLSDMtp3hflEM
    rRGSmJSD/nUebRyUpFzTCizjo2MwYTAdBgNVHQ4EFgQUZzuRDeG6/Q8+KYEAtDJ5
    F08wTNcwHwYDVR0jBBgwFoAUZzuRDeG6/Q8+KYEAtDJ5F08wTNcwDwYDVR0TAQH/
    BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSQAwRgIhAOziewz0
    517v1JaAZepH9lovaXcVQnlRPwhDhlbRFT9hAiEA3x2tKt/QLcw9/80ODFG3rBU0
    ckaVqzHUtkPmEib/oPw=
    -----END CERTIFICATE-----
    """
  /// Another root of the same name.
  static let other = """
    -----BEGIN CERTIFICATE-----
    MIIBuTCCAV+gAwIBAgIUYUwJnL3e7G1UudiJmtKMiE7fnG8wCgYIKoZIzj0EAwIw
    KTEQMA4GA1UECgwHU29jaWV0eTEVMBMGA1UEAwwMU29jaWV0eSBSb290MCAXDTI2
    MTEyMTAzMzc1OFoYDzIxMjYxMDI4MDMzNzU4WjApMRAwDgYDVQQKDAdTb2NpZXR5
    MRUwEwYDVQQDDAxTb2NpZXR5IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AAS58z/AfzW6GKErzsHltmpnEyZJKDpBCYJjqR9Y7IAn23kj+JUHePSZtuZfV+G+
    iW5snyETWelBUyou725/BAEQo2MwYTAdBgNVHQ4EFgQUw+22dHqMs4loHYax8Cpw
    b9r/bz8wHwYDVR0jBBgwFoAUw+22dHqMs4loHYax8Cpwb9r/bz8wDwYDVR0TAQH/
    BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgPsG5PhhX
    QgYHu/+AFEX+UGFgzMcZp+ODaqAVLZJwuBsCIQDtsgCx7I+Xs3iifz8KQ0Ev8qmv
    jNEXwnKublEFRtz4XA==
    -----END CERTIFICATE-----
    """

  let later = request {
    $0.unsignedBases = []; $0.time = moment("2026-12-01T00:00:00Z")
  }

  func der(_ pem: String) -> String { pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined() }

  func signed(_ chain: [String], as licensor: Value = ["id": "A Studio", "role": "rightsholder"]) throws -> Manifest {
    try manifest(document().with("licensor", licensor)).signed(
      by: SigningKey(pem: Self.key, at: "key"), x5chain: chain, at: "test")
  }

  func trust(_ pem: String, _ licensors: [String] = ["A Studio"]) throws -> Consent.Trust {
    try Consent.Trust.none.adding(root: pem, name: "the society", licensors: licensors, at: "root.pem")
  }

  func verdict(_ manifest: Manifest, _ trust: Consent.Trust, _ request: ConsentRequest? = nil) throws -> [String] {
    let request = request ?? later
    return codes(
      .decide(
        manifest, facts(), request, assurance: ConsentPolicy(trust: trust).assurance(of: manifest, at: request.time)))
  }

  @Test func aRootVouchesForWhomItIsTrusted() throws {
    let good = try signed([der(Self.leaf)])
    #expect(try verdict(good, trust(Self.root)) == [])
    #expect(
      Assurance(of: good, trust: try trust(Self.root), at: later.time).signerName == "A Studio Rights, by the society")
    #expect(
      try verdict(good, trust(Self.root, [])) == ["licensor-not-signed"]
        && verdict(good, trust(Self.root, ["B"])) == ["licensor-not-signed"])
    #expect(try verdict(good, trust(Self.other)) == ["signer-unknown"] && verdict(good, .none) == ["signer-unknown"])
    // A key of that root's may always speak for itself.
    let did = try SigningKey(pem: Self.key, at: "key").did
    #expect(try verdict(signed([der(Self.leaf)], as: ["id": .string(did)]), trust(Self.root, [])) == [])
    // The root may stand in the chain; it proves nothing there.
    #expect(
      try verdict(signed([der(Self.leaf), der(Self.root)]), trust(Self.root)) == []
        && verdict(signed([der(Self.leaf), der(Self.root)]), .none) == ["signer-unknown"])
  }

  @Test func certificatesThatDoNotDo() throws {
    let trust = try trust(Self.root)
    for chain in [
      [], [der(Self.root)], [der(Self.root), der(Self.leaf)], ["AAAA"], ["not base64"],
      Array(repeating: der(Self.leaf), count: 9), [String(repeating: "A", count: 100_000)],
    ] {
      #expect(try verdict(signed(chain), trust) == ["signer-unknown"], "\(chain.count)")
    }
    // Somebody else's certificate under one's own signature.
    let stranger = try manifest(document().with("licensor", ["id": "A Studio"])).signed(
      by: fixedKey(5), x5chain: [der(Self.leaf)], at: "test")
    #expect(try verdict(stranger, trust) == ["signer-unknown"])
    // Every byte of the certificate counts.
    var bytes = Array(Data(base64Encoded: der(Self.leaf)) ?? Data())
    for at in stride(from: 0, to: bytes.count, by: 7) {
      bytes[at] ^= 1
      #expect(try verdict(signed([Data(bytes).base64EncodedString()]), trust) == ["signer-unknown"], "byte \(at)")
      bytes[at] ^= 1
    }
  }

  @Test func datesHold() throws {
    let trust = try trust(Self.root), short = try signed([der(Self.short)])
    #expect(
      try verdict(short, trust) == ["signer-unknown"]
        && verdict(
          short, trust,
          request {
            $0.unsignedBases = []; $0.time = moment("2026-11-22T00:00:00Z")
          }) == []
    )
    #expect(try verdict(signed([der(Self.leaf)]), trust, request { $0.unsignedBases = [] }) == ["signer-unknown"])
  }

  @Test func onlyRootsAreTakenAsRoots() throws {
    #expect(
      problem { _ = try trust(Self.leaf) }.contains("not an authority's")
        && problem { _ = try trust("hello") }.contains("no certificate"))
    #expect(
      problem { _ = try Consent.Trust(["schema": "orrery.trust/1", "roots": [["pem": "x", "foo": 1]]], at: "t") }
        .contains("foo"))
    #expect(try trust(Self.root).adding(root: Self.root, name: nil, licensors: ["A Studio"], at: "t").roots.count == 1)
  }
}
