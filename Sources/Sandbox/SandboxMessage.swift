import CSandbox
import Glibc

/// A message between parent and child: a head of 48 bytes, then the payload; descriptors go with the head.
package struct SandboxMessage {
  /// No message is longer.
  static let mostBytes = 256 << 20
  static let mostDescriptors = 8
  private static let magic = 0x6F72_7265_7279_0001
  private static let headBytes = 48

  /// What the head says besides the length: of a request its kind, its processor seconds, its memory, and 1 where the
  /// seconds count from an earlier request on; of an answer its `Outcome`, a code, and whether the child wants to be
  /// replaced.
  package var fields: (Int, Int, Int, Int) = (0, 0, 0, 0)
  package var payload: [UInt8] = []
  package var descriptors: [Int32] = []

  package init() {}

  enum Outcome: Int { case done = 0, refused = 1 }

  /// - Returns: 0, or a negative errno.
  package func send(_ socket: Int32) -> Int32 {
    var head = WireWriter()
    for value in [Self.magic, fields.0, fields.1, fields.2, fields.3, payload.count] { head.put(value) }
    let all = head.bytes + payload
    return all.withUnsafeBytes { os_send(socket, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count)) }
  }

  package enum Missing: Error { case ended, tooLong, nonsense }

  /// - Parameter wait: returns when there is something to read; throws when there has not been for too long.
  package static func receive(_ socket: Int32, wait: () throws -> Void) throws -> SandboxMessage {
    var message = SandboxMessage()
    do {
      let head = try bytes(socket, headBytes, &message.descriptors, wait)
      var reader = WireReader(head)
      guard try reader.int() == magic else { throw Missing.nonsense }
      message.fields = (try reader.int(), try reader.int(), try reader.int(), try reader.int())
      let count = try reader.int(0...mostBytes)
      var more: [Int32] = []
      message.payload = try bytes(socket, count, &more, wait)
      for descriptor in more { close(descriptor) }
      return message
    } catch {
      for descriptor in message.descriptors { close(descriptor) }
      throw error is WireReader.Fault ? Missing.nonsense : error
    }
  }

  /// Takes memory as bytes come, not as they are announced.
  private static func bytes(
    _ socket: Int32, _ count: Int, _ descriptors: inout [Int32], _ wait: () throws -> Void
  ) throws -> [UInt8] {
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: min(count, 1 << 16))
    var came = [Int32](repeating: -1, count: mostDescriptors)
    while all.count < count {
      try wait()
      var number: Int32 = 0
      let n = os_receive(socket, &room, min(room.count, count - all.count), &came, Int32(came.count), &number)
      descriptors += came.prefix(Int(number))
      guard n > 0 else { throw Missing.ended }
      all += room.prefix(n)
    }
    return all
  }
}
