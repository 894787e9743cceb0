/// Lines for a shell to read: what the program tells a person to type must mean what it says.
package enum Shell {
  /// One word as POSIX shells read it back: bare where nothing in it is special, else in single quotes.
  package static func quoted(_ word: String) -> String {
    let isBare = !word.isEmpty && word.unicodeScalars.allSatisfy(isPlain)
    return isBare ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
  }

  /// "orrery consent sign 'my reel.optin.json'".
  /// - Parameter words: what follows the program's name.
  package static func orrery(_ words: [String]) -> String { (["orrery"] + words).map(quoted).joined(separator: " ") }

  private static func isPlain(_ c: Unicode.Scalar) -> Bool {
    switch c {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", ",", "+", "=", "@", "%": true
    default: false
    }
  }
}
