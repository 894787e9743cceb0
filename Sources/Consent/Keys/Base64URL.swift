import Foundation

/// Base64 with the URL alphabet and no padding (RFC 4648 §5): how signatures stand in JSON.
public enum Base64URL {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }

  /// nil unless `text` is exactly what `encode` writes for some bytes: one signature has one spelling.
  public static func decode(_ text: String) -> [UInt8]? {
    guard text.utf8.count % 4 != 1, text.utf8.allSatisfy({ isDigit($0) }) else { return nil }
    let standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    guard let data = Data(base64Encoded: standard + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)) else {
      return nil
    }
    let bytes = [UInt8](data)
    return encode(bytes) == text ? bytes : nil
  }

  private static func isDigit(_ c: UInt8) -> Bool {
    (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) || c == UInt8(ascii: "-")
      || c == UInt8(ascii: "_")
  }
}
