/// Base58 in Bitcoin's alphabet (draft-msporny-base58-03): how `did:key` writes keys. Sixteen characters that look
/// alike are left out.
package enum Base58 {
  private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

  package static func encode(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = []
    for byte in bytes {
      var carry = Int(byte)
      for i in digits.indices {
        carry += Int(digits[i]) << 8
        digits[i] = UInt8(carry % 58)
        carry /= 58
      }
      while carry > 0 { digits.append(UInt8(carry % 58)); carry /= 58 }
    }
    // A leading zero byte has no value, so it is written as a leading '1'.
    let zeros = bytes.prefix { $0 == 0 }.count
    return String(repeating: "1", count: zeros)
      + String(decoding: digits.reversed().map { alphabet[Int($0)] }, as: UTF8.self)
  }

  /// nil for a character outside the alphabet, or for a text no key is as long as: the cost is the square of the
  /// length.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count <= 128 else { return nil }
    var bytes: [UInt8] = []
    for character in text.utf8 {
      guard var carry = alphabet.firstIndex(of: character) else { return nil }
      for i in bytes.indices {
        carry += Int(bytes[i]) * 58
        bytes[i] = UInt8(carry & 0xFF)
        carry >>= 8
      }
      while carry > 0 { bytes.append(UInt8(carry & 0xFF)); carry >>= 8 }
    }
    let zeros = text.utf8.prefix { $0 == alphabet[0] }.count
    return [UInt8](repeating: 0, count: zeros) + bytes.reversed()
  }
}
