import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A regular file, opened once: whatever is read of it (pictures, hash, credentials) comes from this one opening, so
/// that a path that is made to mean another file meanwhile changes nothing.
public final class OpenedFile: Sendable {
  /// What the reader knows it by. Never opened again.
  public let path: String
  package let descriptor: Int32
  /// Bytes it had when it was opened.
  public let count: Int
  private let first: Facts

  /// What tells that somebody wrote to it.
  private struct Facts: Equatable {
    var device: UInt, inode: UInt, size: Int, seconds: Int, nanoseconds: Int
  }

  /// Links are followed; what they lead to is looked at after it was opened.
  /// - Throws: `Problem` when there is nothing, or something that is not a regular file, or it cannot be opened.
  public init(_ path: String) throws {
    self.path = path
    (descriptor, first) = try Self.opened(path)
    count = first.size
  }

  /// One that somebody else opened; closed with this. - Parameter path: what the reader knows it by.
  /// - Throws: `Problem` when it is not a regular file; then it is closed.
  package init(descriptor: Int32, path: String) throws {
    self.path = path
    (self.descriptor, first) = try Self.looked(descriptor, path)
    count = first.size
  }

  private static func opened(_ path: String) throws -> (Int32, Facts) { try looked(Disk.descriptor(path), path) }

  private static func looked(_ descriptor: Int32, _ path: String) throws -> (Int32, Facts) {
    let kind = FileKind(of: descriptor)
    do {
      guard kind == .regular else { throw kind.refusal(path) }
      return (descriptor, try look(descriptor, path))
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func look(_ descriptor: Int32, _ path: String) throws -> Facts {
    var s = stat()
    guard fstat(descriptor, &s) == 0 else {
      throw Problem("the file cannot be examined: \(String(cString: strerror(errno)))", at: path)
    }
    return Facts(
      device: UInt(s.st_dev), inode: UInt(s.st_ino), size: Int(s.st_size), seconds: s.st_mtim.tv_sec,
      nanoseconds: s.st_mtim.tv_nsec)
  }

  /// Fills `room` from byte `offset` on as far as the file goes.
  /// - Returns: bytes read, 0 at the end; below zero the negated error number.
  package func read(at offset: Int, into room: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let n = pread(descriptor, room.baseAddress, room.count, off_t(offset))
      if n >= 0 { return n }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// The bytes of `range`, which must lie in the file. - Throws: `Problem` when they cannot be read.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { room, filled in
      while filled < range.count {
        let n = read(
          at: range.lowerBound + filled,
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[filled..<range.count]))
        guard n > 0 else { throw problem(n) }
        filled += n
      }
    }
  }

  private func problem(_ n: Int) -> Problem {
    n == 0
      ? Problem("the file became shorter while it was read", at: path, fix: "wait until nobody writes to it")
      : Problem("the file cannot be read: \(String(cString: strerror(Int32(-n))))", at: path)
  }

  /// SHA-256 of the whole file.
  /// - Throws: `Problem` when it cannot be read, or is not what it was when it was opened.
  public func sha256() throws -> String {
    var hasher = SHA256Hasher(), done = 0
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { room.deallocate() }
    while done < count {
      let n = read(at: done, into: UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, count - done)]))
      guard n > 0 else { throw problem(n) }
      hasher.update(UnsafeRawBufferPointer(rebasing: room[..<n]))
      done += n
    }
    try requireUnchanged()
    return hasher.finish()
  }

  /// For the end of a reading: size and time of change are what they were at the opening.
  /// - Throws: `Problem` when somebody wrote to the file meanwhile.
  public func requireUnchanged() throws {
    guard try Self.look(descriptor, path) == first else {
      throw Problem("the file changed while it was read", at: path, fix: "try again when nobody writes to it")
    }
  }
}
