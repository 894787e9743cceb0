import CSandbox
import Files
import Glibc

/// Memory that parent and child both see, of a fixed size. What lies there can change while it is looked at: copy, then
/// judge the copy. `bytes` are mapped as long as the object lives: hold it (`withExtendedLifetime`) while they are used.
package final class SharedMemory: @unchecked Sendable {  // who reads and writes when is the callers' turn
  package let descriptor: Int32
  package let bytes: UnsafeMutableRawBufferPointer

  /// The parent makes it. - Throws: `Problem` when there is no room.
  package init(count: Int) throws {
    let made = os_memory(max(1, count))
    guard made >= 0 else {
      throw Problem("\(Text.bytes(count)) of memory cannot be had: \(String(cString: strerror(-made)))")
    }
    guard let start = mmap(nil, max(1, count), PROT_READ | PROT_WRITE, MAP_SHARED, made, 0), start != MAP_FAILED else {
      let why = String(cString: strerror(errno))
      close(made)
      throw Problem("\(Text.bytes(count)) of memory cannot be mapped: \(why)")
    }
    (descriptor, bytes) = (made, UnsafeMutableRawBufferPointer(start: start, count: count))
  }

  /// The child maps what it was handed, and closes the descriptor. - Throws: `SandboxRefusal`.
  package init(mapping taken: Int32) throws {
    defer { close(taken) }
    var status = stat()
    guard fstat(taken, &status) == 0, status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, taken, 0), start != MAP_FAILED
    else { throw SandboxRefusal(code: 0, text: "shared memory cannot be mapped") }
    (descriptor, bytes) = (-1, UnsafeMutableRawBufferPointer(start: start, count: Int(status.st_size)))
  }

  deinit {
    munmap(bytes.baseAddress, max(1, bytes.count))
    if descriptor >= 0 { close(descriptor) }
  }
}
