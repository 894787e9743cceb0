import CAV
import Files
import Foundation
import Frames
import Sandbox

/// A film that a child decodes, from this process's side. What the child says is a claim: numbers are held to their
/// ranges, and frames are copied out of shared memory before anybody looks at them.
final class DecodedVideo {
  struct Frame {
    /// As the layout says; empty when none was given.
    let pixels: [UInt8]
    let shape: CodedShape
    let time: Double?
  }

  let file: OpenedFile
  let info: VideoInfo
  /// Frames given out, and packets or frames that were found damaged before the last of them.
  private(set) var decoded = 0, damaged = 0

  private let limits: DecodeLimits
  private let session = SandboxSession(.video)
  private var layout: FrameLayout?, planes = false
  private var memory: [SharedMemory?] = [nil, nil]
  /// The batch that is being given out: in which memory, from where on, how many of it are gone.
  private var batch = VideoBatch(), slot = 0, at = 0, used = 0
  private var isOver = false

  /// - Throws: `Problem` when it is no film that can be decoded, or the child fails.
  init(_ file: OpenedFile, limits: DecodeLimits) throws {
    (self.file, self.limits) = (file, limits)
    AV.quiet()
    let facts = try Self.first(.open(name: Self.name(file)), file, limits, session) { try VideoFacts(&$0) }
    info = VideoInfo(facts)
  }

  deinit { session.end(parting: VideoCall.close.bytes()) }

  /// The rate of a file's film, from its header where that says it.
  static func rate(of file: OpenedFile, limits: DecodeLimits) throws -> FrameRate? {
    let session = SandboxSession(.video)
    return try first(.rate(name: name(file)), file, limits, session) { try VideoFacts.rate(&$0) }
  }

  /// Chooses what `next` gives. - Parameter planes: whether `next` is to see the decoded planes.
  func start(_ layout: FrameLayout?, planes: Bool) { (self.layout, self.planes) = (layout, planes) }

  /// The child's, for tests.
  var processID: pid_t? { session.processID }

  /// The next frame; nil at the end. - Parameter look: sees its planes as they lie in shared memory, once.
  /// - Throws: `Problem`.
  func next(_ look: (CodedShape, UnsafeRawBufferPointer) -> Void = { _, _ in }) throws -> Frame? {
    while used == batch.entries.count {
      if isOver { return nil }
      if batch.isOver {
        (isOver, memory) = (true, [nil, nil])
        damaged = batch.damaged
        return nil
      }
      try fetch()
    }
    guard let memory = memory[slot] else { return nil }
    let entry = batch.entries[used], planes = planes ? PlaneHash.bytes(entry.shape) : 0
    let rgb = VideoBatch.aligned(at + planes),
      end = layout.map { VideoBatch.aligned(rgb + $0.bytes + FrameLayout.slack) } ?? rgb
    guard end <= memory.bytes.count else { throw failed(SandboxFailure.nonsense) }
    let shared = UnsafeRawBufferPointer(memory.bytes)
    if self.planes { look(entry.shape, UnsafeRawBufferPointer(rebasing: shared[at..<at + planes])) }
    let pixels = [UInt8](unsafeUninitializedCapacity: layout?.bytes ?? 0) { room, filled in
      filled = layout?.bytes ?? 0
      if filled > 0 {
        UnsafeMutableRawBufferPointer(room).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: shared[rgb..<rgb + filled]))
      }
    }
    (at, used, decoded, damaged) = (end, used + 1, decoded + 1, batch.damaged)
    return Frame(pixels: pixels, shape: entry.shape, time: entry.time)
  }

  // MARK: - Batches

  /// The next batch; the one after it is asked for at once, so that both sides work.
  private func fetch() throws {
    do {
      if !session.isWaiting { try ask() }
      let wanted = asked
      var next = try read(session.answer())
      if next.needed > 0 {
        guard next.entries.isEmpty, next.needed <= mostShared else { throw SandboxFailure.nonsense }
        try ask(room: next.needed)
        next = try read(session.answer())
        guard next.needed == 0 else { throw SandboxFailure.nonsense }
      }
      (batch, slot, at, used) = (next, wanted, VideoBatch.head, 0)
      if next.isOver { session.end() } else { try ask() }
    } catch { throw failed(error) }
  }

  private var asked = 1
  /// Memory is taken for a moment's frames.
  private static let usualRoom = 24 << 20, leastRoom = 1 << 20

  private var shared: Int { memory.reduce(0) { $0 + ($1?.bytes.count ?? 0) } }
  private var sandbox: SandboxLimits {
    limits.decoding(file.count, width: info.width, height: info.height, shared: shared)
  }
  /// No frame is larger than all the child may have.
  private var mostShared: Int { sandbox.memory }

  /// - Parameter room: bytes the memory asked for last must have; nil for the other one, as it is.
  private func ask(room: Int? = nil) throws {
    if room == nil { asked = 1 - asked }
    var brings = false
    if room != nil || memory[asked] == nil {
      memory[asked] = nil
      memory[asked] = try SharedMemory(count: max(room ?? 0, usualRoom))
      brings = true
    }
    let request = VideoRequest(slot: asked, brings: brings, planes: planes, layout: layout)
    try session.send(
      VideoCall.frames(request).bytes(), descriptors: brings ? memory[asked].map { [$0.descriptor] } ?? [] : [],
      limits: sandbox)
  }

  private var usualRoom: Int {
    let rgb = layout?.bytes ?? 0, planes = planes ? info.width * info.height * 3 / 2 : 0
    let one = rgb + planes + 4 * 64
    return VideoBatch.head + max(one, min(64 * one, Self.usualRoom), Self.leastRoom)
  }

  private func read(_ answer: [UInt8]) throws -> VideoBatch {
    var wire = WireReader(answer)
    try Self.requireNoStop(&wire)
    return try VideoBatch(&wire)
  }

  private static func requireNoStop(_ wire: inout WireReader) throws {
    let status = try wire.int()
    guard status == 0 else { throw try VideoStop(&wire, reason: status) }
  }

  // MARK: - Failures

  private static func name(_ file: OpenedFile) -> String { (file.path as NSString).lastPathComponent }

  private static func first<T>(
    _ call: VideoCall, _ file: OpenedFile, _ limits: DecodeLimits, _ session: SandboxSession,
    _ read: (inout WireReader) throws -> T
  ) throws -> T {
    let sandbox = limits.opening(file.count)
    do {
      var wire = WireReader(try session.ask(call.bytes(), descriptors: [file.descriptor], limits: sandbox))
      try requireNoStop(&wire)
      let value = try read(&wire)
      try wire.end()
      return value
    } catch {
      session.end(isTrusted: false)
      throw problem(error, file, limits, sandbox, "before its first frame", "of \(Text.bytes(file.count))")
    }
  }

  /// The problem a failure is. The child is not used again.
  private func failed(_ error: any Error) -> any Error {
    // What the child counted in the memory it filled: no more than a place in a message.
    let done = session.isWaiting || memory[asked] == nil ? 0 : memory[asked]!.bytes.load(as: Int.self)
    let frame = decoded + (0...VideoBatch.mostEntries).clamped(done) + 1
    let allowed = "of \(Text.bytes(file.count)) and \(info.width)x\(info.height)", sandbox = sandbox
    session.end(isTrusted: false)
    isOver = true
    return Self.problem(error, file, limits, sandbox, "at frame \(frame)", allowed)
  }

  private static func problem(
    _ error: any Error, _ file: OpenedFile, _ limits: DecodeLimits, _ sandbox: SandboxLimits, _ place: String,
    _ size: String
  ) -> any Error {
    // All in one sentence: what lists many files has room for no more.
    func unreadable(_ why: String) -> Problem {
      Problem(
        "this file cannot be read: \(why); it had \(Text.bytes(sandbox.memory)) of memory and "
          + "\(sandbox.processorSeconds) s of processor time, by its size \(size)\(limits.more)", at: file.path,
        fix: "if it plays elsewhere, raise the limits; else write it anew with another program, or leave it out")
    }
    switch error {
    case let stop as VideoStop:
      return stop.problem(at: file.path) { unreadable("decoding it takes more memory than it may, \(place)") }
    case SandboxFailure.died(let how): return unreadable("the decoder died \(place) (\(how))")
    case SandboxFailure.tooLong(let seconds):
      return unreadable("the decoder had not come further than \(place) in \(Text.short(seconds)) s")
    case SandboxFailure.nonsense, is WireReader.Fault:
      return unreadable("the decoder gave no sensible answer \(place)")
    case let failure as SandboxFailure:
      return failure.problem("the file", at: file.path, limits: sandbox, fix: "try again")
    case let refusal as SandboxRefusal: return unreadable("the decoder declines \(place): \(refusal.text)")
    default: return error
    }
  }
}

extension ClosedRange<Int> {
  fileprivate func clamped(_ value: Int) -> Int { Swift.min(Swift.max(value, lowerBound), upperBound) }
}
