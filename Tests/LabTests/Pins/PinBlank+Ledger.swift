import Consent
import Files
import Foundation
import Testing

extension PinBlank {
  /// A ledger, checked line by line by the rules of docs/LEDGER.md. Every hash hangs on the times and the key, which
  /// are blanked, so the blanked lines are chained anew by the same rule.
  /// - Returns: its records, indented.
  func ledger(_ path: String) throws -> [String] {
    var head = String(repeating: "0", count: 64), blanked = head, out: [String] = [], faulty: [Int] = []
    func hash(_ record: Value) throws -> String {
      Hashing.sha256("orrery-ledger-1" + (try JSON.canonical(record.removing("hash"), at: path)))
    }
    for line in try Disk.readText(path).split(separator: "\n") {
      var record = try JSON.parse(String(line), at: path)
      let written = try JSON.canonical(record, at: path), stated = record["hash"]?.string ?? "", own = try hash(record)
      if written != line || stated != own || record["prev"]?.string != head { faulty.append(out.count + 1) }
      head = stated
      try expectSigned(record, at: path)
      record = value(record)
      record.set("time", "2020-02-01T00:00:00Z")
      record.set("prev", .string(blanked))
      blanked = try hash(record)
      record.set("hash", .string(blanked))
      out.append(JSON.pretty(record))
    }
    #expect(faulty.isEmpty, "\(path): these lines are written or chained otherwise")
    return out
  }

  /// What a key signs: the record without its hash, its body without the signature.
  private func expectSigned(_ record: Value, at path: String) throws {
    guard let body = record["body"], let signature = body["signature"] else { return }
    var statement = record.removing("hash")
    statement.set("body", body.removing("signature"))
    let message = "orrery-ledger-signature-1\n" + (try JSON.canonical(statement, at: path))
    let base64 = (signature["sig"]?.string ?? "").map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
    let bytes = try #require(Data(base64Encoded: String(base64) + padding))
    let key = try #require(signature["kid"]?.string.flatMap { VerifyingKey(did: $0) })
    #expect(key.isValid(Array(bytes), for: Array(message.utf8)), "\(path) is signed otherwise")
  }
}
