import Files

/// Something the file does not say and a person must: a problem that names the key, with pictures to choose from.
package struct Unsaid: Error {
  package let key: String
  package let choices: [String]
  package let problem: Problem
}
