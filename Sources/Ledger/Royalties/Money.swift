import Consent
import Files

/// A currency of ISO 4217 and how many decimals its minor unit has.
public struct Currency: Sendable, Equatable, CustomStringConvertible {
  /// Three capitals, such as "EUR".
  public let code: String
  /// 0 (JPY) to 4 (CLF).
  public let decimals: Int

  /// Nil for a code that the standard does not list for payments.
  public init?(_ code: String) {
    guard code.utf8.count == 3, let decimals = Self.decimals(code) else { return nil }
    (self.code, self.decimals) = (code, decimals)
  }

  public var description: String { code }

  /// Minor units in one unit.
  package var minor: UInt128 { (0..<decimals).reduce(1) { n, _ in n * 10 } }

  private static func decimals(_ code: String) -> Int? {
    func among(_ list: String) -> Bool { list.utf8.count > 3 && list.split(separator: " ").contains(Substring(code)) }
    if among("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF") { return 0 }
    if among("BHD IQD JOD KWD LYD OMR TND") { return 3 }
    if among("CLF UYW") { return 4 }
    let two = """
      AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK \
      DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL \
      MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
      SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
      """
    return among(two) ? 2 : nil
  }
}

/// An amount in whole minor units of a currency: cents, yen, fils. Never negative, never a fraction of a unit.
public struct Money: Sendable, Equatable, CustomStringConvertible {
  public let minor: UInt64
  public let currency: Currency

  /// 18 digits, so that every amount we write can be read back.
  package static let largest: UInt64 = 999_999_999_999_999_999

  public init(minor: UInt64, _ currency: Currency) { (self.minor, self.currency) = (minor, currency) }

  /// Reads "10000", "10000.5" or "10000.00": digits and one point, no more decimals than the currency has.
  /// - Throws: `Problem` (usage) saying what was expected.
  public init(_ text: String, _ currency: Currency) throws {
    let example = currency.decimals == 0 ? "10000" : "10000." + String(repeating: "0", count: currency.decimals)
    func bad(_ why: String) -> Problem {
      Problem.usage(
        "'\(FieldReader.shortened(text))' is no amount in \(currency): \(why)",
        expected: "digits and at most one point, such as \(example)")
    }
    guard let decimal = ExactDecimal(text) else {
      throw bad(text.contains(",") ? "write no commas" : "it is not a plain decimal number of at most 18 digits")
    }
    guard decimal.scale <= currency.decimals else {
      throw bad("it has \(decimal.scale) decimals, \(currency) has \(currency.decimals)")
    }
    guard let minor = decimal.times(1, in: currency, rounding: false) else { throw bad("it is too large") }
    self.init(minor: minor, currency)
  }

  /// "10000.00".
  public var amount: String { ExactDecimal.text(UInt128(minor), scale: currency.decimals) }
  public var description: String { "\(amount) \(currency)" }
}

/// A decimal number as written: `digits` · 10^−`scale`.
package struct ExactDecimal: Sendable, Equatable {
  package let digits: UInt128
  package let scale: Int

  /// At most 18 digits in all and no sign: rates and amounts of money.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    let joined = parts.joined()
    guard joined.utf8.count <= 18, let digits = UInt64(joined) else { return nil }
    (self.digits, scale) = (UInt128(digits), parts.count == 2 ? parts[1].utf8.count : 0)
  }

  /// This rate times `count`, in minor units of `currency`. Halves round up.
  /// - Returns: nil when it is past `Money.largest`, or when it is not whole and `rounding` is off.
  package func times(_ count: UInt64, in currency: Currency, rounding: Bool) -> UInt64? {
    // digits < 10^18 and count < 2^64, so the product stays below 2^124; the scaling needs the full width.
    let product = (digits * UInt128(count)).multipliedFullWidth(by: currency.minor), divisor = Self.power(scale)
    guard product.high < divisor else { return nil }
    var (quotient, remainder) = divisor.dividingFullWidth(product)
    guard rounding || remainder == 0 else { return nil }
    if remainder >= divisor - remainder, remainder > 0 { quotient += 1 }
    return quotient <= UInt128(Money.largest) ? UInt64(quotient) : nil
  }

  /// The exact product, without trailing zeros after the point.
  package func exactly(_ count: UInt64) -> String {
    var text = Self.text(digits * UInt128(count), scale: scale)
    guard scale > 0 else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  package static func text(_ digits: UInt128, scale: Int) -> String {
    let all = String(digits), padded = String(repeating: "0", count: max(0, scale + 1 - all.count)) + all
    return scale == 0 ? padded : padded.dropLast(scale) + "." + padded.suffix(scale)
  }

  private static func power(_ n: Int) -> UInt128 { (0..<n).reduce(1) { x, _ in x * 10 } }
}
