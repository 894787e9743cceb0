import Files

/// What a model is made for: a closed list, in grants, experiments and options alike, so that no spelling gets round a
/// prohibition. docs/CONSENT.md says what each means.
public enum Purpose: String, Sendable, CaseIterable {
  case research, education, previz, film, television
  case musicVideo = "music-video"
  case advertising, games, news, archive, simulation, robotics, product

  /// In a grant: every purpose.
  package static let any = "any"
  /// Words of one's own begin so. They can only permit: a grant that forbids something names none, and a request for
  /// one is within reach of every prohibition.
  package static let own = "x-"

  /// What is wrong with the purpose of an experiment or a request; nil for one of the list or a word of one's own.
  public static func objection(_ text: String) -> String? {
    guard Purpose(rawValue: text) == nil, !isOwn(text) else { return nil }
    return "'\(FieldReader.shortened(text))' is no purpose\(FieldReader.hint(text, words)); it can be "
      + words.joined(separator: ", ") + " or a word of your own that begins with x-"
  }

  /// What is wrong with a purpose of a grant, which may also be "any".
  package static func grantObjection(_ text: String) -> String? { text == any ? nil : objection(text) }

  package static func isOwn(_ text: String) -> Bool { text.hasPrefix(own) && text.utf8.count > own.utf8.count }

  package static let words = allCases.map(\.rawValue)
}
