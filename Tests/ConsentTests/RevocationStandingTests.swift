import Consent
import Files
import Foundation
import TestKit
import Testing

/// Whoever may grant may take back, and what was taken back stays so.
@Suite struct RevocationStandingTests {
  /// A society's root, and studios it vouches for by certificate.
  struct Society {
    let scratch: Scratch, root: String

    init() throws {
      scratch = try Scratch()
      try Self.run(
        """
        openssl ecparam -name prime256v1 -genkey -noout -out ca.key
        openssl req -x509 -new -key ca.key -subj /CN=Society/O=Society -days 300 -out ca.pem \
          -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
          -addext subjectKeyIdentifier=hash
        """, in: scratch.path)
      root = try Disk.readText(scratch("ca.pem"))
    }

    /// A key with the society's certificate for it.
    func studio(_ name: String) throws -> (key: SigningKey, chain: [String]) {
      try Self.run(
        """
        openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out \(name).key
        chmod 600 \(name).key
        openssl req -new -key \(name).key -subj /CN=\(name)/O=\(name) -out \(name).csr
        printf 'basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n' >x
        printf 'extendedKeyUsage=emailProtection\\nauthorityKeyIdentifier=keyid\\nsubjectKeyIdentifier=hash\\n' >>x
        openssl x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 200 -extfile x -out \(name).pem
        """, in: scratch.path)
      let pem = try Disk.readText(scratch(name + ".pem"))
      let der = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
      return (try SigningKey(path: scratch(name + ".key")), [der])
    }

    private static func run(_ script: String, in folder: String) throws {
      let shell = Process(), output = Pipe()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      shell.arguments = ["-ec", script]
      shell.currentDirectoryURL = URL(fileURLWithPath: folder)
      shell.standardError = output
      try shell.run()
      let said = output.fileHandleForReading.readDataToEndOfFile()
      shell.waitUntilExit()
      guard shell.terminationStatus == 0 else { throw Problem(String(decoding: said, as: UTF8.self)) }
    }

    func trust(_ licensors: [String] = ["Studio Ltd"]) throws -> Consent.Trust {
      try .none.adding(root: root, name: "Society", licensors: licensors, at: "ca.pem")
    }
  }

  /// Certificates made by then are valid.
  private let now = Moment(seconds: Moment.now().seconds + 300)

  private func signed(_ studio: (key: SigningKey, chain: [String])) throws -> Manifest {
    let named = document(grants: [
      goodGrant.with("valid", ["from": "2026-01-01T00:00:00Z", "until": nil])
    ]).with("licensor", ["id": "Studio Ltd"])
    return try manifest(named).signed(by: studio.key, x5chain: studio.chain, at: "m")
  }

  private func list(
    _ studio: (key: SigningKey, chain: [String]), _ entries: [Value] = [["grant": "g1"]], serial: Int = 1
  ) throws -> Value {
    var list: Value = [
      "schema": "orrery.revocations/1", "manifest": "urn:test", "issuer": .string(studio.key.did),
      "serial": Value(serial), "issued": "2026-05-01T00:00:00Z", "entries": .array(entries),
    ]
    list.set(
      "signatures",
      [try studio.key.sign(list, domain: RevocationList.schema, at: "list", x5chain: studio.chain).value])
    return list
  }

  private func verdict(_ manifest: Manifest, _ policy: ConsentPolicy, at time: Moment? = nil) -> [String] {
    let asked = request {
      $0.unsignedBases = []; $0.time = time ?? now
    }
    return codes(.decide(manifest, facts(), asked, assurance: policy.assurance(of: manifest, at: asked.time)))
  }

  @Test func aCertifiedStudioTakesBackWhatItGranted() throws {
    let society = try Society(), studio = try society.studio("studio"), trust = try society.trust()
    let granted = try signed(studio)
    #expect(verdict(granted, ConsentPolicy(trust: trust)) == [])
    let withdrawn = try RevocationList(list(studio), at: "l")
    #expect(verdict(granted, ConsentPolicy(trust: trust, revocations: [withdrawn])) == ["revoked"])
    // The same studio by another certificate of the society, as after a renewal.
    let renewed = try society.studio("renewed")
    let again = try RevocationList(list(renewed), at: "l")
    #expect(verdict(granted, ConsentPolicy(trust: trust, revocations: [again])) == ["revoked"])
    // By the key that signed, without any certificate.
    let bare = try RevocationList(list((studio.key, [])), at: "l")
    #expect(verdict(granted, ConsentPolicy(trust: trust, revocations: [bare])) == ["revoked"])
    // A key the society vouches for in another's name, and one it does not vouch for.
    let elsewhere = ConsentPolicy(trust: try society.trust(["Another"]), revocations: [again])
    #expect(verdict(granted, elsewhere).contains("revocation-not-theirs"))
    let stranger = try RevocationList(list((SigningKey(.es256), [])), at: "l")
    #expect(
      verdict(granted, ConsentPolicy(trust: trust, revocations: [stranger])).contains("revocation-not-theirs"))
    let borrowed = try RevocationList(list((SigningKey(.es256), renewed.chain)), at: "l")
    #expect(
      verdict(granted, ConsentPolicy(trust: trust, revocations: [borrowed])).contains("revocation-not-theirs"))
  }

  /// Ten years on the certificate vouches for nothing any more, and still takes back.
  @Test func aCertificateThatRanOutStillTakesBack() throws {
    let society = try Society(), studio = try society.studio("studio"), other = try society.studio("other")
    let later = Moment(seconds: now.seconds + 3650 * 86_400), key = try fixedKey(4)
    let trust = try society.trust().adding(key.did, name: nil, licensors: ["Studio Ltd"], at: "t")
    let granted = try signed(studio).signed(by: key, at: "m")
    #expect(verdict(granted, ConsentPolicy(trust: trust), at: later) == [])
    let withdrawn = try RevocationList(list(other), at: "l")
    #expect(verdict(granted, ConsentPolicy(trust: trust, revocations: [withdrawn]), at: later) == ["revoked"])
  }

  /// A root's keys cannot be listed, so lists are found by the manifest; and they hold whoever is believed by then.
  @Test func listsAreFoundAgainByTheManifest() throws {
    let society = try Society(), studio = try society.studio("studio"), renewed = try society.studio("renewed")
    let folder = society.scratch.path, home = HomeFolder(folder + "/home"), granted = try signed(studio)
    try Disk.write(JSON.pretty(society.trust().document), to: home.file("trust.json"))
    try Disk.write(JSON.pretty(list(renewed)), to: folder + "/list.json")
    func policy(_ lists: [String] = []) throws -> ConsentPolicy {
      try ConsentPolicy(trust: nil, revocations: lists, for: [granted], home: home, at: now)
    }
    #expect(try verdict(granted, policy()) == [])
    #expect(try verdict(granted, policy([folder + "/list.json"])) == ["revoked"])
    #expect(try verdict(granted, policy()) == ["revoked"])
    // The society is believed no more, and somebody else vouches for the studio: what was taken back is not given back.
    let key = try fixedKey(4), both = try granted.signed(by: key, at: "m")
    let other = try Consent.Trust.none.adding(key.did, name: nil, licensors: ["Studio Ltd"], at: "t")
    try Disk.write(JSON.pretty(other.document), to: home.file("trust.json"))
    let after = try ConsentPolicy(trust: nil, revocations: [], for: [both], home: home, at: now)
    #expect(verdict(both, after) == ["revoked"])
    // The note is there and the list is gone: nobody can say what it withdrew.
    try FileManager.default.removeItem(atPath: folder + "/home/seen/revocations")
    #expect(problem { _ = try policy() }.contains("is gone"))
  }

  /// A person who signed only for themselves takes back only their own.
  @Test func whoSignedForAPersonTakesBackThePerson() throws {
    let studio = try fixedKey(1), performer = try fixedKey(3), beside = try fixedKey(5)
    let shown = try document(
      assets: [asset(likeness: ["p7"])], likeness: [person.with("signer", .string(performer.did))]
    ).licensed(by: studio).signed(by: studio).signed(by: performer).signed(by: beside)
    func verdict(_ key: SigningKey) throws -> [String] {
      let manifest = try manifest(shown)
      let policy = ConsentPolicy(
        trust: try trust(studio), revocations: [try revocations(key, entries: [["grant": "g1"]])])
      return codes(
        .decide(
          manifest, facts(), request { $0.unsignedBases = [] },
          assurance: policy.assurance(of: manifest, at: noon)))
    }
    #expect(try verdict(performer) == ["revocation-not-theirs"])
    #expect(try verdict(beside) == ["revoked"] && verdict(studio) == ["revoked"])
  }
}
