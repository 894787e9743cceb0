import Foundation

/// A point in time: whole UTC seconds since 1970-01-01T00:00:00Z.
///
/// Grants begin and end at moments, so they are read by one strict rule and compared as integers: no locale, no time
/// zone table, no fractions that round one way here and another way there.
public struct Moment: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Seconds since the epoch, leap seconds left out (POSIX time).
  public let seconds: Int64

  public init(seconds: Int64) { self.seconds = seconds }

  /// RFC 3339 in UTC and nothing else: `2026-01-31T09:30:00Z`. Years 1 to 9999; a fraction is allowed only when it is
  /// zero.
  public init?(_ text: String) {
    let b = Array(text.utf8)
    guard b.count >= 20, b.count <= 32, b.last == UInt8(ascii: "Z") else { return nil }
    guard b[4] == UInt8(ascii: "-"), b[7] == UInt8(ascii: "-"), b[10] == UInt8(ascii: "T"), b[13] == UInt8(ascii: ":"),
      b[16] == UInt8(ascii: ":")
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var n = 0
      for c in b[range] {
        guard (0x30...0x39).contains(c) else { return nil }
        n = n * 10 + Int(c) - 0x30
      }
      return n
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    if b.count > 20 {
      guard b.count > 21, b[19] == UInt8(ascii: "."), b[20..<b.count - 1].allSatisfy({ $0 == 0x30 }) else { return nil }
    }
    guard year >= 1, (1...12).contains(month), (1...Moment.days(in: month, of: year)).contains(day), hour < 24,
      minute < 60, second < 60
    else { return nil }
    seconds = Int64(Moment.daysFromCivil(year, month, day)) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
  }

  /// The system's clock, cut to whole seconds.
  public static func now() -> Moment {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Moment(seconds: Int64(time.tv_sec))
  }

  /// 2020-01-01T00:00:00Z, years before this program: a clock that says less has not been set.
  package static let plausible = Moment(seconds: 1_577_836_800)

  /// - Throws: `Problem` when this cannot be now; nothing is signed under such a date.
  public func requirePlausible() throws {
    guard self >= Moment.plausible else {
      throw Problem(
        "the clock says \(self)", expected: "a time after \(Moment.plausible)", fix: "set the machine's clock")
    }
  }

  public static func < (a: Moment, b: Moment) -> Bool { a.seconds < b.seconds }

  /// The same form that is read.
  public var description: String {
    let (days, rest) = (Int(seconds).flooredDivision(86_400), Int(seconds).flooredRemainder(86_400))
    let (year, month, day) = Moment.civil(fromDays: days)
    func two(_ n: Int) -> String { (n < 10 ? "0" : "") + String(n) }
    let digits = String(max(year, 0))
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + two(month) + "-" + two(day) + "T"
      + two(rest / 3600) + ":" + two(rest / 60 % 60) + ":" + two(rest % 60) + "Z"
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 of a proleptic Gregorian date, by counting 400-year eras from March (H. Hinnant,
  /// "chrono-compatible low-level date algorithms").
  private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = y.flooredDivision(400)
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days + 719_468
    let era = z.flooredDivision(146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted + (shifted < 10 ? 3 : -9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}

extension Int {
  fileprivate func flooredDivision(_ d: Int) -> Int { (self - flooredRemainder(d)) / d }
  fileprivate func flooredRemainder(_ d: Int) -> Int { let r = self % d; return r < 0 ? r + d : r }
}
