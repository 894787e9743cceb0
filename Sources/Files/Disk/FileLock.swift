#if canImport(Glibc)
  import Glibc
#endif

/// An exclusive `flock` on an open file, held until the file is closed.
public enum FileLock {
  /// Takes the lock, trying for a second: whoever only looks whether it is held takes it for a moment, and a child
  /// process between fork and exec still shares what its parent has just closed.
  /// - Returns: false when somebody else keeps it.
  public static func take(_ file: Int32) -> Bool {
    let deadline = ContinuousClock.now + .seconds(1)
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else { return false }
      usleep(10_000)
    }
    return true
  }
}
