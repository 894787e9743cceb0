import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A person's own place on this machine: keys, certificates, trust lists. Never inside a run, a dataset or the project.
///
/// `$ORRERY_HOME` if it is set, else `$XDG_CONFIG_HOME/orrery`, else `~/.config/orrery`. The folder is made on first
/// write, mode 0700.
public struct HomeFolder: Sendable, Equatable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// - Parameter environment: the process environment (`ProcessInfo.processInfo.environment`).
  public init(environment: [String: String]) throws {
    func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let own = set("ORRERY_HOME") {
      path = own
    } else if let config = set("XDG_CONFIG_HOME") {
      path = config + "/orrery"
    } else if let home = set("HOME") {
      path = home + "/.config/orrery"
    } else {
      throw Problem(
        "there is no home folder, where keys, trust and what was revoked are kept",
        expected: "ORRERY_HOME or HOME in the environment",
        fix: "set ORRERY_HOME to a folder only you can read")
    }
  }

  public func file(_ name: String) -> String { path + "/" + name }

  /// Whether something of that name is in it. That it cannot be told is no "no".
  /// - Throws: `Problem` when the folder, or what is there, cannot be looked at.
  public func holds(_ name: String) throws -> Bool {
    let path = file(name)
    var facts = stat()
    guard lstat(path, &facts) == 0 else {
      if errno == ENOENT { return false }
      throw Self.unusable(path, String(cString: strerror(errno)))
    }
    // A link that leads nowhere is there all the same.
    guard stat(path, &facts) == 0 else { throw Self.unusable(path, String(cString: strerror(errno))) }
    return true
  }

  /// Makes a folder of it where there is none yet, and sees that it can be read and written.
  /// - Throws: `Problem` when it cannot be made or used: what this person has seen could then neither be known nor
  ///   kept.
  public func requireUsable(_ name: String) throws {
    let path = file(name)
    do { try Disk.makeFolder(path) } catch let problem as Problem { throw Self.unusable(path, problem.what) }
    for folder in [self.path, path] where access(folder, R_OK | W_OK | X_OK) != 0 {
      throw Self.unusable(folder, String(cString: strerror(errno)))
    }
  }

  private static func unusable(_ path: String, _ why: String) -> Problem {
    Problem(
      "what is known of trust and revocations cannot be read and kept: \(why)", at: path,
      expected: "a home folder that can be read and written",
      fix: "mend its permissions, or set ORRERY_HOME to a folder of your own")
  }

  /// Writes a secret with mode 0600, whole or not at all. An existing file is never overwritten.
  public func writeSecret(_ data: Data, to name: String) throws {
    let target = file(name),
      taken = Problem("a key is there already and is not overwritten", at: target, fix: "move it away first")
    guard !Disk.exists(target) else { throw taken }
    let secret = try AsideFile(target)
    chmod(path, 0o700)
    defer { secret.discard() }
    let descriptor = Glibc.open(secret.aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Disk.writeProblem(target, errno) }
    defer { close(descriptor) }
    try data.withUnsafeBytes { try Disk.write($0, to: descriptor, path: target) }
    guard try secret.commitUnlessTaken() else { throw taken }
  }

  /// Reads a secret. - Throws: `Problem` when anyone but its owner may read or write it.
  public static func readSecret(_ path: String) throws -> Data {
    try Disk.requireFile(path)
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      throw Problem("the key file cannot be examined: \(String(cString: strerror(errno)))", at: path)
    }
    guard facts.st_mode & 0o077 == 0 else {
      throw Problem(
        "others can read this key file (mode 0\(String(facts.st_mode & 0o777, radix: 8)))", at: path,
        expected: "mode 0600", fix: "chmod 600 \(Shell.quoted(path)), and think about whether the key is still a secret"
      )
    }
    return try Disk.read(path)
  }
}
