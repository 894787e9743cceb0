import Consent
import Files
import TestKit

func moment(_ text: String) -> Moment { Moment(text) ?? Moment(seconds: 0) }
let noon = moment("2026-06-01T12:00:00Z")
func digest(_ text: String) -> String { Hashing.sha256(text) }

/// The smallest manifest that admits clip "a" for fine-tuning and evaluating; tests spoil it one field at a time.
let goodGrant: Value = [
  "id": "g1", "basis": "own-work", "licensee": "any", "actions": ["fine-tune", "evaluate"], "deny": [],
  "purpose": ["research"], "commercial": false,
  "derivatives": ["weights": "private", "outputs": "internal"], "models": ["any"], "territory": ["*"],
  "max_exposures": 100,
  "valid": ["from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"],
]

func asset(_ clip: String = "a", grants: Value = ["g1"], likeness: Value = []) -> Value {
  ["clip": .string(clip), "content": ["frames_sha256": .string(digest(clip))], "grants": grants, "likeness": likeness]
}

func document(assets: [Value] = [asset()], grants: [Value] = [goodGrant], likeness: [Value] = []) -> Value {
  [
    "schema": "orrery.optin/1", "id": "urn:test", "version": 1, "issued": "2026-01-01T00:00:00Z", "default": "deny",
    "licensor": ["id": "did:key:zLicensor", "name": "A Studio", "role": "rightsholder"], "assets": .array(assets),
    "grants": .array(grants),
    "likeness": .array(likeness), "signatures": [],
  ]
}

func manifest(_ document: Value = document()) throws -> Manifest { try Manifest(document, at: "test") }

let person: Value = ["id": "p7", "uses": ["training"], "expires": "2026-12-01T00:00:00Z", "represented_by": "counsel"]

func request(_ change: (inout ConsentRequest) -> Void = { _ in }) -> ConsentRequest {
  var request = ConsentRequest(action: .fineTune, time: noon, unsignedBases: [.ownWork])
  change(&request)
  return request
}

func facts(_ clip: String = "a") -> ClipFacts { ClipFacts(id: clip, framesSHA256: digest(clip)) }

func codes(_ decision: Decision) -> [String] { decision.reasons.map(\.code.rawValue) }

extension Value {
  /// This object with `key` set; the original is untouched.
  func with(_ key: String, _ value: Value) -> Value {
    var copy = self
    copy.set(key, value)
    return copy
  }
}

/// A folder that is removed when the body ends.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
  let scratch = try Scratch()
  defer { withExtendedLifetime(scratch) {} }
  return try body(scratch.path)
}
