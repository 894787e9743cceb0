import CSandbox
import Files
import Foundation
import Glibc

/// The child's side: confined first, then a request at a time until the parent closes.
package enum SandboxServer {
  private static let socket: Int32 = 3
  /// Beyond what it began with, a child of this size asks to be replaced.
  private static let tired = 256 << 20
  /// Exit status of a child that could not be confined, and so read nothing (`EX_OSERR` of sysexits.h).
  static let unconfined: Int32 = 71

  /// Whether the program was started as a child.
  package static func isAsked(_ arguments: [String]) -> Bool {
    arguments.dropFirst().first == SandboxProgram.word
  }

  /// Serves until the parent is gone.
  package static func run(_ services: [SandboxKind: () -> any SandboxService]) -> Never {
    var status = stat()
    guard fstat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { exit(2) }
    let size = Glibc.open("/proc/self/statm", O_RDONLY | O_CLOEXEC), base = addressSpace(size)
    guard os_confine(64) == 0, confine() else { exit(unconfined) }
    var made: [SandboxKind: any SandboxService] = [:], mark: UInt64 = 0
    while let message = try? SandboxMessage.receive(socket, wait: {}) {
      let request = SandboxRequest(payload: message.payload, descriptors: message.descriptors)
      var answer = SandboxMessage()
      do {
        guard let kind = SandboxKind(rawValue: UInt32(clamping: message.fields.0)), let make = services[kind] else {
          throw SandboxRefusal(code: 0, text: "this program does not serve kind \(message.fields.0)")
        }
        // The kernel looks at whole seconds.
        if message.fields.3 == 0 { mark = os_processor_seconds() + 1 }
        let memory = base.addingReportingOverflow(max(0, message.fields.2))
        guard
          os_limit(memory.overflow ? .max : UInt64(memory.partialValue), mark + UInt64(max(1, message.fields.1))) == 0
        else { exit(unconfined) }
        let service = made[kind] ?? make()
        made[kind] = service
        answer.payload = try service.answer(request)
        guard answer.payload.count <= SandboxMessage.mostBytes else {
          throw SandboxRefusal(code: 0, text: "the answer has \(answer.payload.count) bytes")
        }
      } catch {
        let refusal = error as? SandboxRefusal ?? SandboxRefusal(code: 0, text: "\(error)")
        answer.payload = Array(refusal.text.utf8)
        answer.fields = (SandboxMessage.Outcome.refused.rawValue, refusal.code, 0, 0)
      }
      answer.fields.2 = addressSpace(size) > base + tired ? 1 : 0
      for (i, descriptor) in request.descriptors.enumerated() where !request.taken.contains(i) { close(descriptor) }
      guard answer.send(socket) == 0 else { break }
    }
    // Nothing to put away: no destructor of a library that a damaged file has misled.
    _exit(0)
  }

  /// Whether this kernel has Landlock, without which a child is bounded but can still open files by path.
  package static var kernelConfines: Bool { os_landlock_version() > 0 }

  /// Libraries, and HDF5's filter plugins, which are loaded when a file asks for one.
  private static func confine() -> Bool {
    let plugins = ProcessInfo.processInfo.environment["HDF5_PLUGIN_PATH"]?.split(separator: ":").map(String.init) ?? []
    let folders = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/hdf5", "/etc/ld.so.cache"]
    let texts = (folders + plugins).map { UnsafePointer(strdup($0)) }
    return os_landlock(texts, Int32(texts.count)) >= 0
  }

  /// Bytes of address space this process has now.
  private static func addressSpace(_ statm: Int32) -> Int {
    var text = [UInt8](repeating: 0, count: 64)
    let n = pread(statm, &text, text.count, 0)
    let pages = String(decoding: text.prefix(max(0, n)).prefix { $0 != 0x20 }, as: UTF8.self)
    return (Int(pages) ?? 1 << 18) * sysconf(Int32(_SC_PAGESIZE))
  }
}
