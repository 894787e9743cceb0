import Files
import Foundation
import Glibc

/// What the tests ask of a child: that it answers, and that it can do nothing else.
package final class TrialService: SandboxService {
  package enum Trial: Int {
    /// Gives the bytes back.
    case echo
    /// The sum of the bytes of a descriptor's file and of shared memory, which it then fills with ones.
    case sum
    /// Writes to address 8; loops; sleeps; takes memory until it is dead.
    case crash, spin, sleep, devour
    /// Opens a path for reading, for writing, a socket; says the error number.
    case read, write, connect
    /// Declines.
    case refuse
    /// Works for so many processor seconds.
    case work
  }

  private var calls = 0

  package init() {}

  package static func request(_ trial: Trial, _ text: String = "") -> [UInt8] {
    var out = WireWriter()
    out.put(trial.rawValue)
    out.put(text)
    return out.bytes
  }

  package func answer(_ request: SandboxRequest) throws -> [UInt8] {
    var reader = WireReader(request.payload), out = WireWriter()
    guard let trial = Trial(rawValue: try reader.int()) else { throw WireReader.Fault() }
    let text = try reader.text()
    calls += 1
    switch trial {
    case .echo:
      out.put(text)
      out.put(calls)
    case .sum: out.put(try sum(request))
    case .crash: UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
    case .spin:
      while getppid() >= 0 {}
    case .sleep: while true { Glibc.sleep(1000) }
    case .devour:
      var held: [[UInt8]] = []
      while true { held.append([UInt8](repeating: 1, count: 64 << 20)) }
    case .read: out.put(outcome { Glibc.open(text, O_RDONLY) })
    case .write: out.put(outcome { Glibc.open(text, O_WRONLY | O_CREAT, 0o600) })
    case .connect: out.put(outcome { connecting() })
    case .work:
      let end = clock() + Int((Double(text) ?? 0) * Double(CLOCKS_PER_SEC))
      while clock() < end {}
    case .refuse: throw SandboxRefusal(code: 7, text: "no\u{1B}[31m\u{202E}thing")
    }
    return out.bytes
  }

  private func outcome(_ body: () -> Int32) -> Int {
    let got = body()
    defer { if got >= 0 { close(got) } }
    return got >= 0 ? 0 : Int(errno)
  }

  private func connecting() -> Int32 {
    let plug = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard plug >= 0 else { return -1 }
    var to = sockaddr_in()
    to.sin_family = sa_family_t(AF_INET)
    to.sin_port = in_port_t(9).bigEndian
    to.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let done = withUnsafePointer(to: &to) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(plug, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if done == 0 { return plug }
    let why = errno
    close(plug)
    errno = why
    return -1
  }

  private func sum(_ request: SandboxRequest) throws -> Int {
    let file = try request.descriptor(0), memory = try SharedMemory(mapping: request.take(1))
    var bytes = [UInt8](repeating: 0, count: 1 << 16), total = 0
    let n = pread(file, &bytes, bytes.count, 0)
    for byte in bytes.prefix(max(0, n)) { total += Int(byte) }
    return withExtendedLifetime(memory) {
      for byte in memory.bytes { total += Int(byte) }
      memory.bytes.initializeMemory(as: UInt8.self, repeating: 1)
      return total
    }
  }
}
