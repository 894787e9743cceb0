import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Reading whole files and writing them so that a crash leaves either the old file or the new one, never half of one.
public enum Disk {
  public static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  public static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }

  /// Opens a regular file for reading; says plainly when it is missing, a folder, a pipe or a device, or not readable.
  /// What was opened is what is examined, and opening never waits: a pipe in a folder that somebody sent would hold up
  /// whoever reads it for ever.
  /// - Parameter pipes: also takes a pipe that the caller's own shell made (`/dev/stdin`, `<(…)`): no folder can hold
  ///   one. Whoever reads it sets a limit.
  public static func open(_ path: String, pipes: Bool = false) throws -> FileHandle {
    let file = try descriptor(path), kind = FileKind(of: file)
    guard kind == .regular || pipes && kind == .pipe && isOwnDescriptor(path) else {
      close(file)
      throw kind.refusal(path)
    }
    // Only opening must not wait; the shell's own pipe has a writer.
    if kind == .pipe { _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK) }
    return FileHandle(fileDescriptor: file, closeOnDealloc: true)
  }

  /// Open for reading, without waiting for a writer.
  static func descriptor(_ path: String) throws -> Int32 {
    let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard file < 0 else { return file }
    let code = errno
    if code == ELOOP { throw Problem("its links lead in a circle", at: path, fix: "name the file itself") }
    try requireFile(path)
    throw Problem(
      "the file cannot be opened: \(String(cString: strerror(code)))", at: path, fix: "check its permissions")
  }

  /// - Throws: `Problem` unless `path` is an existing regular file, or a link to one.
  public static func requireFile(_ path: String) throws {
    guard let kind = FileKind(path) else {
      throw Problem("there is no such file", at: path, fix: "check the path")
    }
    guard kind == .regular else { throw kind.refusal(path) }
  }

  /// Most bytes of a document, where nobody says less.
  public static let largestDocument = 1 << 30

  /// A whole document; a pipe too, where the caller's shell made it.
  /// - Parameter largest: bytes; a longer file is refused before it takes memory, a pipe when it has sent more.
  public static func read(_ path: String, largest: Int = largestDocument) throws -> Data {
    let handle = try open(path, pipes: true)
    defer { try? handle.close() }
    var info = stat()
    let isTooLarge = fstat(handle.fileDescriptor, &info) == 0 && info.st_size > largest
    let data = try reading(path) { isTooLarge ? nil : try handle.read(upToCount: largest + 1) ?? Data() }
    guard let data, data.count <= largest else {
      throw Problem(
        "the file is larger than a document of its kind can be", at: path, expected: "at most \(largest) bytes",
        fix: "check the path: is this the file you mean?")
    }
    return data
  }

  /// Whether a path names what this process was given open, which no folder can hold.
  private static func isOwnDescriptor(_ path: String) -> Bool {
    path == "/dev/stdin"
      || ["/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) && Int32(path.dropFirst($0.count)) != nil }
  }

  /// A whole text file, without the byte order mark that Windows editors put before it.
  /// - Throws: `Problem` when it is not UTF-8.
  public static func readText(_ path: String, largest: Int = largestDocument) throws -> String {
    guard let text = String(data: try read(path, largest: largest), encoding: .utf8) else {
      throw Problem(
        "the text is not valid UTF-8", at: path, fix: "save it as UTF-8 (UTF-16 is what some editors call Unicode)")
    }
    return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  package static func reading<T>(_ path: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let problem as Problem { throw problem } catch {
      throw Problem("the file cannot be read: \(error.localizedDescription)", at: path)
    }
  }

  /// Names of what a folder holds, hidden ones too, sorted; none when it cannot be read.
  public static func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  public static func makeFolder(_ path: String) throws {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      let above = sequence(first: path) { $0.isEmpty || $0 == "/" ? nil : ($0 as NSString).deletingLastPathComponent }
      if let file = above.first(where: { exists($0) }), !isFolder(file) {
        throw Problem(
          "the folder cannot be made: \(file == path ? "a file of that name is there" : "'\(file)' is a file")",
          at: path, fix: "choose another name, or move the file away")
      }
      throw Problem("the folder cannot be made: \(reason(error))", at: path, fix: "choose a place you can write to")
    }
  }

  public static func write(_ data: Data, to path: String) throws {
    try replace(path) { aside in
      let file = Glibc.open(aside, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      guard file >= 0 else { throw writeProblem(path, errno) }
      defer { close(file) }
      try data.withUnsafeBytes { try write($0, to: file, path: path) }
    }
  }

  public static func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes all of `bytes` to an open descriptor, or throws with the system's reason (a full disk, say).
  public static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, path: String) throws {
    var done = 0
    while done < bytes.count {
      let n = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
      if n < 0 && errno == EINTR { continue }
      guard n > 0 else { throw writeProblem(path, errno) }
      done += n
    }
  }

  /// - Parameter name: what the reader knows it by.
  public static func sync(_ path: String, as name: String? = nil) throws {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw writeProblem(name ?? path, errno) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw writeProblem(name ?? path, errno) }
  }

  public static func writeProblem(_ path: String, _ code: Int32) -> Problem {
    let fix =
      switch code {
      case ENOSPC: "free some space, or write to another disk"
      case EACCES, EPERM, EROFS: "choose a folder you can write to"
      default: "check the folder and try again"
      }
    return Problem("the file cannot be written: \(String(cString: strerror(code)))", at: path, fix: fix)
  }

  private static func reason(_ error: any Error) -> String {
    if let posix = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError, posix.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(posix.code)))
    }
    let codes: [CocoaError.Code: Int32] = [
      .fileWriteVolumeReadOnly: EROFS, .fileWriteNoPermission: EACCES, .fileWriteOutOfSpace: ENOSPC,
    ]
    if let code = (error as? CocoaError).flatMap({ codes[$0.code] }) { return String(cString: strerror(code)) }
    return error.localizedDescription
  }
}
