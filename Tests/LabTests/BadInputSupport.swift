import Files
import Foundation
import TestKit
import Testing

/// What one call of the program left behind.
struct Outcome {
  let code: Int32
  /// False when a signal ended it: a trap, a crash, or the time limit.
  let exited: Bool
  let out: String, err: String
  var everything: String { out + err }
}

/// A home folder for programs under test, one a test process.
let testHome: String = {
  let path = NSTemporaryDirectory() + "orrery-test-home-\(getpid())"
  atexit { try? FileManager.default.removeItem(atPath: testHome) }
  return path
}()

/// The program at work. Its output goes to files, so it never waits for us.
final class Call {
  private let process = Process()
  private let scratch: Scratch

  init(_ arguments: [String], in folder: String, home: String? = nil) throws {
    scratch = try Scratch()
    process.executableURL = URL(fileURLWithPath: try orreryBinary())
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // A backtrace takes seconds; that there would be one is seen by the signal.
    // Keys and what was seen stay out of the tester's own home.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SWIFT_BACKTRACE": "enable=no", "ORRERY_HOME": home ?? testHome,
    ]) { $1 }.filter { !$0.key.hasPrefix("OPENBLAS_") }
    for name in ["out", "err"] { try Disk.write("", to: scratch(name)) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: scratch("out"))
    process.standardError = FileHandle(forWritingAtPath: scratch("err"))
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var isRunning: Bool { process.isRunning }
  func terminate() { process.terminate() }

  func outcome(seconds: Double = 60) throws -> Outcome {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < deadline { usleep(2000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    while process.isRunning { usleep(2000) }
    return Outcome(
      code: process.terminationStatus, exited: process.terminationReason == .exit,
      out: try Disk.readText(scratch("out")), err: try Disk.readText(scratch("err")))
  }
}

/// What the tests work on, made once by the program itself: a dataset and its manifest, a trained run, a film, a parity
/// case, and one broken file of each kind.
final class Workshop: Sendable {
  static let shared = Result { try Workshop() }
  let folder: String

  private init() throws {
    folder = NSTemporaryDirectory() + "orrery-workshop-\(UUID().uuidString)"
    try Disk.makeFolder(folder + "/folder")
    atexit { if case .success(let made) = Workshop.shared { try? FileManager.default.removeItem(atPath: made.folder) } }
    try Disk.write(Minute.yaml, to: folder + "/minute.yaml")
    for line in [
      "worlds render --scenario projectile --count 32 --size 32 --frames 12 --validation 0.25 --out worlds.h5",
      "finetune minute.yaml --runs runs",
      "sample minute --runs runs --count 1 --steps 2 --out made",
    ] {
      let done = try Call(line.split(separator: " ").map(String.init), in: folder).outcome()
      guard done.exited, done.code == 0 else { throw Problem("'\(line)' failed: \(done.err)") }
    }
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: folder + "/made") where name.hasSuffix(".mp4") {
      try files.copyItem(atPath: "\(folder)/made/\(name)", toPath: folder + "/film.mp4")
    }
    try files.removeItem(atPath: folder + "/made")
    try files.copyItem(atPath: Fixture.path("wan-single"), toPath: folder + "/case")
    try Disk.write("", to: folder + "/empty")
    try Disk.write(Disk.read(folder + "/worlds.h5").prefix(40_000), to: folder + "/short.h5")
    try Disk.write(Disk.read(folder + "/film.mp4").prefix(500), to: folder + "/short.mp4")
  }
}

/// A folder for one test that shows the workshop's files as links; those named in `owning` are copies, to be damaged.
struct Room {
  let scratch: Scratch

  init(owning: Set<String> = []) throws {
    scratch = try Scratch()
    let shared = try Workshop.shared.get().folder
    for name in try FileManager.default.contentsOfDirectory(atPath: shared) {
      if owning.contains(name) {
        try FileManager.default.copyItem(atPath: "\(shared)/\(name)", toPath: scratch(name))
      } else {
        try FileManager.default.createSymbolicLink(atPath: scratch(name), withDestinationPath: "\(shared)/\(name)")
      }
    }
  }

  func callAsFunction(_ name: String) -> String { scratch(name) }

  /// The run's folder, for rooms that own "runs".
  var run: String {
    get throws {
      try #require(FileManager.default.contentsOfDirectory(atPath: self("runs")).first.map { self("runs/") + $0 })
    }
  }

  /// Every path in here, links not followed.
  var listing: Set<String> {
    Set((FileManager.default.enumerator(atPath: scratch.path)?.allObjects ?? []).compactMap { $0 as? String })
  }

  /// "RUN" in a line stands for the trained run.
  static func words(_ line: String) -> [String] {
    line.replacing("RUN", with: "minute --runs runs").split(separator: " ").map(String.init)
  }

  /// - Parameter home: a home folder of its own, for tests of what is remembered there.
  func start(_ line: String, home: String? = nil) throws -> Call {
    try Call(Self.words(line), in: scratch.path, home: home)
  }

  @discardableResult func orrery(_ line: String, home: String? = nil) throws -> Outcome {
    try start(line, home: home).outcome()
  }

  /// Runs `line` and expects one clear refusal that leaves nothing behind.
  /// - Parameters:
  ///   - leaving: prefixes of what a refused command may leave, such as a run's folder.
  ///   - verdict: the command's result is a verdict, printed though it fails: `consent check`, `parity`.
  func refuses(
    _ line: String, _ code: Int32, _ words: [String], leaving: [String] = [], verdict: Bool = false,
    home: String? = nil, _ place: SourceLocation = #_sourceLocation
  ) throws {
    let before = listing, told = try orrery(line, home: home),
      label = Comment(rawValue: "orrery \(line)\n\(told.everything.prefix(3000))")
    #expect(told.exited, label, sourceLocation: place)
    #expect(told.code == code, label, sourceLocation: place)
    for stranger in ["Fatal error", "Backtrac", "crashed", "Optional(", "NSCocoaErrorDomain", "nil)"] {
      #expect(!told.everything.contains(stranger), label, sourceLocation: place)
    }
    let headlines = told.err.split(separator: "\n").filter { $0.hasPrefix("error: ") || $0.hasPrefix("Error: ") }
    #expect(headlines.count == 1, label, sourceLocation: place)
    #expect(
      told.err.utf8.count < 6000 && told.err.split(separator: "\n").allSatisfy { $0.count < 1200 },
      "the message is too long: \(label)", sourceLocation: place)
    if !verdict { #expect(told.out.isEmpty, label, sourceLocation: place) }
    for word in words {
      #expect(told.everything.contains(word), "'\(word)' is not said by \(label)", sourceLocation: place)
    }
    let new = listing.subtracting(before)
    #expect(
      !new.contains { $0.hasSuffix(".part") || $0.hasSuffix(".writing") }, "left behind: \(new) by \(label)",
      sourceLocation: place)
    #expect(
      new.allSatisfy { path in leaving.contains { path.hasPrefix($0) } }, "left behind: \(new) by \(label)",
      sourceLocation: place)
  }
}

extension Disk {
  /// Changes a JSON file, a manifest or a run.json, in place.
  static func edit(_ path: String, _ change: (inout Value) throws -> Void) throws {
    var value = try JSON.parse([UInt8](read(path)), at: path)
    try change(&value)
    try write(JSON.pretty(value), to: path)
  }

  /// Changes a safetensors file's header, whatever comes of it.
  static func editHeader(_ path: String, _ change: (inout Value) throws -> Void) throws {
    let bytes = [UInt8](try read(path)), length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = try JSON.parse(bytes[8..<8 + length], at: path)
    try change(&header)
    let new = Array(JSON.line(header).utf8)
    try write(
      Data((0..<8).map { UInt8(truncatingIfNeeded: new.count >> (8 * $0)) } + new + bytes[(8 + length)...]), to: path)
  }

  /// Moves the second tensor of a safetensors file into the first.
  static func overlap(_ path: String) throws {
    try editHeader(path) { header in
      let second = try #require(try Safetensors(path: path).entries.dropFirst().first)
      var entry = try #require(header[second.name])
      entry.set("data_offsets", [Value(second.range.lowerBound - 4), Value(second.range.upperBound - 4)])
      header.set(second.name, entry)
    }
  }
}
