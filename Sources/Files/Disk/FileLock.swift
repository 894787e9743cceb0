#if canImport(Glibc)
  import Glibc
#endif

/// An exclusive `flock` on a file or a folder, held until it is released or its process ends, however it ends.
///
/// It hinders nobody from reading or writing: whoever uses what it is on must ask for it too. It belongs to one
/// opening, so two of them exclude each other within a process as well.
public final class FileLock {
  /// What it is on, open: a file for reading and writing, a folder for nothing but the lock. −1 once released.
  public private(set) var descriptor: Int32

  /// Long enough for who only looks, and for a child process that between fork and exec still shares what its parent
  /// has just closed.
  public static let moment: Duration = .seconds(1)

  /// Locks a file, which is made if there is none.
  /// - Parameters:
  ///   - mode: of a file that is made.
  ///   - appending: what is written through `descriptor` lands at the end.
  ///   - patience: how long to try; zero tries once.
  ///   - busy: thrown when somebody else keeps it longer.
  /// - Throws: `busy`, or a `Problem` when the file cannot be opened or locked.
  public init(
    file path: String, mode: UInt32 = 0o644, appending: Bool = false, patience: Duration = FileLock.moment,
    busy: @autoclosure () -> Problem
  ) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC | (appending ? O_APPEND : 0), mode)
    guard descriptor >= 0 else { throw Disk.writeProblem(path, errno) }
    try take(path, patience, busy)
  }

  /// Locks a folder itself, so that there is no file to leave behind. Parameters and errors are those of a file's.
  public init(
    folder path: String, patience: Duration = FileLock.moment, busy: @autoclosure () -> Problem
  ) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Problem(
        "the folder cannot be opened: \(String(cString: strerror(errno)))", at: path, fix: "check its permissions")
    }
    try take(path, patience, busy)
  }

  deinit { release() }

  /// Lets go of it, and closes what it is on.
  public func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func take(_ path: String, _ patience: Duration, _ busy: () -> Problem) throws {
    let deadline = ContinuousClock.now + patience
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw Problem(
          "it cannot be locked: \(String(cString: strerror(errno)))", at: path,
          fix: "keep it on a disk that can lock files")
      }
      guard ContinuousClock.now < deadline else { throw busy() }
      usleep(10_000)
    }
  }

  /// Whether somebody holds the lock of a file or folder just now: it may be free, or taken, a moment later. Looking
  /// shares the lock for that moment, so those who look do not take each other for its holder.
  public static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0
  }
}
