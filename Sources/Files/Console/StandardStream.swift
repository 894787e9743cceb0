#if canImport(Glibc)
  import Glibc
#endif

/// Standard output and standard error as places that may be closed, full, or gone with their reader.
package enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// For the start of a program, before it opens anything. A descriptor that came closed is taken, so that no file that
  /// is opened later gets its number and what is printed; a reader that leaves is an error of the write, not a signal
  /// that ends the process.
  package static func prepare() {
    for number in 0...2 as ClosedRange<Int32> where fcntl(number, F_GETFD) < 0 && errno == EBADF {
      // The wrong way round: whoever uses it is told that it cannot be used.
      let taken = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
      if taken >= 0, taken != number {
        dup2(taken, number)
        close(taken)
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes what the reader takes in time and drops the rest: a reader that lives and does not read stops nobody.
  /// - Parameter patience: milliseconds to wait for room, a piece of what a pipe takes whole.
  package func offer(_ text: String, patience: Int32 = 0) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      var room = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&room, 1, patience)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return }
      let written = bytes.prefix(Int(PIPE_BUF)).withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if !(written < 0 && errno == EINTR) {
        return
      }
    }
  }

  /// Writes the whole text, waiting where the reader is slow.
  /// - Throws: `Problem` with the system's reason.
  package func write(_ text: String) throws {
    var bytes = text.utf8CString.dropLast().map { UInt8(bitPattern: $0) }[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
      let code = errno
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if written < 0, code == EAGAIN {
        // Somebody made the pipe or terminal non-blocking.
        var waiting = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waiting, 1, -1)
      } else if !(written < 0 && code == EINTR) {
        throw Problem(
          "the result cannot be written to \(self == .output ? "standard output" : "standard error"): "
            + String(cString: strerror(code)),
          fix: "free some space, or send it elsewhere; files that were made are whole")
      }
    }
  }
}
