import Files
import Foundation
import Glibc
import Sandbox
import Synchronization

/// An HDF5 file open for reading: a descriptor of ours, and a child that reads its structure from it.
///
/// libhdf5 1.10 promises nothing for damaged files, so it never looks at one in this process. What the child says is
/// held against the file: addresses lie in it, and no memory is taken on a claim alone.
package final class HDF5File: Sendable {
  package let path: String
  /// Bytes of the file when it was opened.
  let size: Int
  let descriptor: Int32
  private let isLocked: Bool
  /// This file and those whose views led to it.
  let chain: [FileIdentity]
  private let token: Int

  struct FileIdentity: Equatable { let device: UInt, number: UInt }

  private static let tokens = Mutex(0)

  /// - Throws: `Problem` for what is missing, no regular file, empty, no HDF5, truncated, or held by a writer.
  package convenience init(_ path: String) throws {
    try Disk.requireFile(path)
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Problem(
        "the file cannot be opened: \(String(cString: strerror(errno)))", at: path, fix: "check its permissions")
    }
    try self.init(descriptor, path, chain: [])
  }

  /// A file that a view leads to: below the folder of the file it stands in, no link, nothing it was reached through.
  convenience init(part name: String, of whole: HDF5File) throws {
    let (descriptor, path) = try PartFile.open(name, beside: whole.path)
    try self.init(descriptor, path, chain: whole.chain)
  }

  /// Takes the descriptor over.
  private init(_ descriptor: Int32, _ path: String, chain: [FileIdentity]) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      close(descriptor)
      throw Problem("the file cannot be looked at: \(String(cString: strerror(errno)))", at: path)
    }
    let identity = FileIdentity(device: UInt(status.st_dev), number: UInt(status.st_ino))
    (self.path, self.descriptor, size) = (path, descriptor, Int(status.st_size))
    self.chain = chain + [identity]
    token = Self.tokens.withLock {
      $0 += 1
      return $0
    }
    isLocked = Self.locks && flock(descriptor, LOCK_SH | LOCK_NB) == 0
    let refused = errno
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(
        "this is \(PartFile.words(status.st_mode)), not a file", at: path, expected: "a regular HDF5 file")
    }
    guard !chain.contains(identity) else {
      throw Problem(
        "the data is composed of itself: '\((path as NSString).lastPathComponent)' leads back to where it was begun",
        at: path, fix: "write the data into one file")
    }
    guard chain.count <= Self.mostLevels else {
      throw Problem(
        "the data is composed of files that are composed of files, more than \(Self.mostLevels) levels deep", at: path,
        fix: "write the data into one file")
    }
    guard size > 0 else {
      throw Problem("the file is empty", at: path, expected: "an HDF5 file", fix: "write or copy it again")
    }
    if Self.locks, !isLocked, refused == EWOULDBLOCK {
      throw Problem(
        "the HDF5 file cannot be locked: another program has it open for writing", at: path,
        fix: "close the program that writes it, or on a network disk set HDF5_USE_FILE_LOCKING=FALSE")
    }
    try look()
  }

  deinit {
    // The child may still hold a copy of the descriptor, and with it the lock.
    if isLocked { flock(descriptor, LOCK_UN) }
    close(descriptor)
  }

  private static let mostLevels = 4

  /// As libhdf5 has it.
  private static var locks: Bool {
    let said = ProcessInfo.processInfo.environment["HDF5_USE_FILE_LOCKING"]?.uppercased()
    return said != "FALSE" && said != "0"
  }

  /// What the first bytes say of the whole.
  private func look() throws {
    let head = Superblock(size) { at, count in
      var bytes = [UInt8](repeating: 0, count: min(count, max(0, size - at)))
      return (try? bytes.withUnsafeMutableBytes { try read(at, into: $0) }) == nil ? [] : bytes
    }
    guard let head else {
      throw Problem(
        "this is not an HDF5 file", at: path, expected: "a file that begins with the HDF5 signature",
        fix: "import videos with 'orrery dataset import'")
    }
    if let end = head.end, end > size {
      throw Problem("the HDF5 file is truncated: \(size) bytes are left of it", at: path, fix: "copy or write it again")
    }
    if head.isBeingWritten {
      throw Problem(
        "the HDF5 file is marked as open for writing: a program writes it, or ended without closing it", at: path,
        fix: "close the program that writes it; if there is none, clear the mark: h5clear -s FILE")
    }
  }

  // MARK: - Bytes by position

  /// Fills `out` with the file's bytes from `offset` on.
  /// - Throws: `Problem` when they are not all there.
  func read(_ offset: Int, into out: UnsafeMutableRawBufferPointer) throws {
    try Self.read(descriptor, path, offset, into: out)
  }

  static func read(
    _ descriptor: Int32, _ path: String, _ offset: Int, into out: UnsafeMutableRawBufferPointer
  ) throws {
    var done = 0
    while done < out.count {
      let got = pread(descriptor, out.baseAddress! + done, out.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw Problem(
          "the file cannot be read: " + (got == 0 ? "it has become shorter" : String(cString: strerror(errno))),
          at: path, fix: "copy or write the file again")
      }
      done += got
    }
  }

  // MARK: - What the child reads

  /// - Parameters:
  ///   - names: paths of datasets. - lists: names of attributes to read of each.
  ///   - root: whether the root's attributes are wanted.
  func describe(_ names: [String], lists: [String] = [], root: Bool = false) throws -> StoredFile {
    let answer = try ask(.describe(names: names, lists: lists, root: root))
    return try sensible {
      var wire = WireReader(answer)
      return try StoredFile(&wire)
    }
  }

  /// Rows of a column, encoded as `ColumnRows` are, and how many there are of them: at least one.
  func column(_ name: String, as kind: ColumnRows.Kind, _ first: Int, _ count: Int) throws -> (Int, [UInt8]) {
    let answer = try ask(.column(name: name, as: kind, first: first, count: count), name)
    return try sensible {
      var wire = WireReader(answer)
      return (try wire.int(1...max(1, count)), try wire.raw())
    }
  }

  /// Three numbers a chunk: offset, bytes, filter mask; an offset of -1 when it was never written.
  func chunks(_ name: String, _ first: Int, _ count: Int) throws -> [Int] {
    let answer = try ask(.chunks(name: name, first: first, count: count), name)
    return try sensible {
      var wire = WireReader(answer)
      let places = try wire.ints()
      guard places.count == 3 * count else { throw WireReader.Fault() }
      return places
    }
  }

  /// Rows of unsigned bytes that only the library can decode, into `memory`.
  func rows(_ name: String, _ first: Int, _ count: Int, into memory: SharedMemory) throws {
    _ = try ask(.rows(name: name, first: first, count: count), name, memory)
  }

  /// Rows as their type is stored, into `memory`.
  func stored(_ name: String, _ first: Int, _ count: Int, into memory: SharedMemory) throws {
    _ = try ask(.stored(name: name, first: first, count: count), name, memory)
  }

  /// Rows that are lists of bytes, in order: at least one of those asked for.
  func lists(_ name: String, _ first: Int, _ count: Int) throws -> [[UInt8]] {
    let answer = try ask(.lists(name: name, first: first, count: count), name)
    return try sensible {
      var wire = WireReader(answer)
      let rows = try wire.int(1...max(1, count)), bytes = try wire.raw()
      try wire.end()
      var inner = WireReader(bytes)
      let lists = try (0..<rows).map { _ in try inner.raw() }
      try inner.end()
      return lists
    }
  }

  /// Attributes that hold texts or numbers, of each object; all there are where no names are given.
  func attributes(_ paths: [String], _ names: [String] = []) throws -> [[String: [String]]] {
    let answer = try ask(.attributes(paths: paths, names: names))
    return try sensible {
      var wire = WireReader(answer)
      guard try wire.int() == paths.count else { throw WireReader.Fault() }
      let found = try paths.map { _ in
        let count = try wire.int(0...1024)
        var rows = WireReader(try wire.raw()), out: [String: [String]] = [:]
        for _ in 0..<count { out[try rows.text()] = try rows.list { try $0.text() } }
        try rows.end()
        return out
      }
      try wire.end()
      return found
    }
  }

  static let mostNames = 2_000_000

  /// Names as the child walks them: depth, kind, name, and of a link its file and object.
  func walk(
    _ each: (_ depth: Int, _ kind: Int, _ name: String, _ link: (file: String, object: String)?) throws -> Void
  )
    throws
  {
    let answer = try ask(.tree(most: Self.mostNames))
    try sensible {
      var wire = WireReader(answer)
      let count = try wire.int(0...Self.mostNames)
      var rows = WireReader(try wire.raw())
      try wire.end()
      for _ in 0..<count {
        let place = try rows.ints()
        guard place.count == 2, (0...64).contains(place[0]), (0...5).contains(place[1]) else {
          throw WireReader.Fault()
        }
        let name = try rows.text()
        let link = place[1] == 4 ? (file: try rows.text(), object: try rows.text()) : nil
        try each(place[0], place[1], name, link)
      }
      try rows.end()
    }
  }

  /// Whether there is nothing at all in it.
  func isEmptyGroup() throws -> Bool {
    var count = 0
    try walk { _, _, _, _ in count += 1 }
    return count == 0
  }

  /// Whether other cameras stand beside `pixels`.
  func hasViews() throws -> Bool {
    var isThere = false
    try walk { depth, _, name, _ in isThere = isThere || depth == 0 && name.hasPrefix("pixels.") }
    return isThere
  }

  func sensible<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch is WireReader.Fault {
      throw Problem("the HDF5 file is damaged: what it says of itself contradicts itself", at: path, fix: Self.again)
    }
  }

  static let again = "copy or write it again"

  /// Limits count per file: reading a structure takes a moment, and longer only for a larger file.
  private func ask(
    _ call: HDF5Call, _ name: String? = nil, _ memory: SharedMemory? = nil
  ) throws -> [UInt8] {
    let most = 3 + size >> 28,
      limits = SandboxLimits(processorSeconds: most, seconds: 12 * Double(most), memory: 1 << 30)
    do {
      return try SandboxPool.shared.call(
        .hdf5, call.bytes(token: token), descriptors: [descriptor] + (memory.map { [$0.descriptor] } ?? []),
        limits: limits)
    } catch let failure as SandboxFailure {
      throw failure.problem("the HDF5 file", at: path, limits: limits, fix: Self.again)
    } catch let refusal as SandboxRefusal {
      throw problem(refusal, name)
    }
  }

  private func problem(_ refusal: SandboxRefusal, _ name: String?) -> Problem {
    let why = refusal.text.isEmpty ? "" : " (\(refusal.text))"
    switch HDF5Refusal(rawValue: refusal.code) ?? .unspecified {
    case .cannotOpen: return Problem("the HDF5 file cannot be opened\(why)", at: path, fix: Self.again)
    case .tooMuch:
      return Problem(
        "there is more in the file than is read: over two million names, or groups more than 32 deep", at: path,
        fix: "copy what is wanted into a file of its own: h5copy")
    case .neverWritten: return neverWritten(name ?? "pixels", "some of its rows")
    case .cannotRead, .unspecified:
      return Problem(
        name.map { "the column '\($0)' cannot be read\(why)" } ?? "the HDF5 file cannot be read\(why)", at: path,
        fix: "the file is damaged; copy or write it again")
    }
  }

  func neverWritten(_ name: String, _ rows: String) -> Problem {
    Problem(
      "\(rows) of '\(name)' were never written: the program that recorded them ended early", at: path,
      fix: "record or copy them again, or write a clip table (ep_len, ep_offset) that leaves them out")
  }
}
