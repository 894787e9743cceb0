import Consent
import Files
import Foundation

/// A key that is the same in every run: the tests must be, and Ed25519 signatures are then too.
func fixedKey(_ seed: UInt8) throws -> SigningKey {
  let header: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  let text = Data(header + [UInt8](repeating: seed, count: 32)).base64EncodedString()
  return try SigningKey(pem: "-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n", at: "fixed")
}

extension Value {
  /// This document with one signature more.
  func signed(by key: SigningKey, domain: String = Manifest.schema) throws -> Value {
    with(
      "signatures", .array((self["signatures"]?.array ?? []) + [try key.sign(self, domain: domain, at: "test").value]))
  }

  /// This manifest with its licensor named by a key.
  func licensed(by key: SigningKey) -> Value {
    with("licensor", ["id": .string(key.did), "name": "A Studio", "role": "rightsholder"])
  }
}

func trust(_ keys: SigningKey..., licensors: [String] = []) throws -> Trust {
  try Trust(
    [
      "schema": "orrery.trust/1",
      "keys": .array(
        keys.map { ["key": .string($0.did), "name": "A Studio", "licensors": .array(licensors.map { .string($0) })] }),
    ], at: "trust")
}

func revocationDocument(
  _ issuer: SigningKey, serial: Int = 1, manifest: String = "urn:test", entries: [Value]
) throws -> Value {
  try
    ([
      "schema": "orrery.revocations/1", "manifest": .string(manifest), "issuer": .string(issuer.did),
      "serial": Value(serial), "issued": "2026-05-01T00:00:00Z",
      "entries": .array(entries),
    ] as Value).signed(by: issuer, domain: RevocationList.schema)
}

func revocations(
  _ issuer: SigningKey, serial: Int = 1, manifest: String = "urn:test", entries: [Value]
) throws -> RevocationList {
  try RevocationList(revocationDocument(issuer, serial: serial, manifest: manifest, entries: entries), at: "list")
}
