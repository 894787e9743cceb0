import ArgumentParser
import Files

/// One call of the program, in whatever process.
package enum OrreryCall {
  /// Problems are printed whole, and decide the exit status; everything else is ArgumentParser's.
  /// - Parameter words: what follows the program's name.
  /// - Returns: the exit status: 0 done, 1 failed, 2 usage, 75 pre-empted.
  package static func status(_ words: [String]) -> Int32 {
    do {
      var command = try Orrery.parseAsRoot(words)
      try command.run()
      return 0
    } catch let problem as Problem {
      try? StandardStream.error.write("error: " + VisibleName.shown(problem.description) + "\n")
      return problem.exit.rawValue
    } catch {
      let code = Orrery.exitCode(for: error)
      // ArgumentParser says 64 for wrong usage; our contract says 2.
      let text = Orrery.fullMessage(for: error)
      do { try (code == .success ? StandardStream.output : .error).write(text + "\n") } catch {
        if code == .success {
          try? StandardStream.error.write("error: \(error)\n")
          return Problem.Exit.failure.rawValue
        }
      }
      return code == .success ? 0 : code == .validationFailure ? 2 : 1
    }
  }
}
