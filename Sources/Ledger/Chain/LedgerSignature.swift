import Consent
import Files

/// A run key's signature on a record. It stands in the record's body and covers the record without its hash and without
/// the signature; through `prev` it covers every line before. So a signed checkpoint vouches for the ledger's head as
/// it was then and for the weights it names.
package enum LedgerSignature {
  package static let field = "signature"
  private static let domain = "orrery-ledger-signature-1\n"

  /// The bytes that are signed.
  /// - Parameter record: a record's fields without `hash`.
  package static func statement(_ record: Value) throws -> [UInt8] {
    var record = record
    if let body = record["body"] { record.set("body", body.removing(field)) }
    return Array((domain + (try JSON.canonical(record, at: "ledger record"))).utf8)
  }

  package static func make(over statement: [UInt8], _ key: SigningKey) throws -> Value {
    Signature(alg: key.algorithm.rawValue, kid: key.did, sig: Base64URL.encode(try key.sign(statement))).value
  }

  /// - Throws: `Problem` without a place: the caller knows the line.
  package static func signer(_ value: Value, over statement: [UInt8]) throws -> String {
    guard value.fields?.count == 3, let alg = value["alg"]?.string, let kid = value["kid"]?.string,
      let sig = value["sig"]?.string,
      Signature(alg: alg, kid: kid, sig: sig).key(over: statement) != nil
    else { throw Problem("the record's signature does not fit what it says") }
    return kid
  }
}
