import Foundation

/// Names and words without their spelling: what is left when case, width, accents, spaces and punctuation are taken
/// off.
///
/// Permissions are held against names as they are written. Whether a prohibition concerns somebody is asked with this,
/// so that "ACME " is not out of reach of what is forbidden to "Acme".
package enum Spelling {
  package static func folded(_ text: String) -> String {
    let plain = text.precomposedStringWithCompatibilityMapping.folding(
      options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    let kept = plain.unicodeScalars.filter { CharacterSet.alphanumerics.contains($0) }
    return String(String.UnicodeScalarView(kept))
  }
}
