import Files
import Testing

/// The problem `body` ends in. A test fails when it ends in none, or in another kind of error.
@discardableResult
package func problem<T>(_ body: () throws -> T, _ location: SourceLocation = #_sourceLocation) -> Problem {
  do { _ = try body() } catch let problem as Problem { return problem } catch {
    Issue.record("\(error) is no Problem", sourceLocation: location)
    return Problem("")
  }
  Issue.record("nothing was refused", sourceLocation: location)
  return Problem("")
}

/// The problem `body` ends in, if it ends in one.
/// - Throws: an error of another kind.
@discardableResult
package func problemIfAny<T>(_ body: () throws -> T) throws -> Problem? {
  do { _ = try body() } catch let problem as Problem { return problem }
  return nil
}

extension Problem {
  /// Whether its text has these words.
  package func contains(_ words: String) -> Bool { description.contains(words) }
}
