import Glibc
import Sandbox

/// What the other side of a socket may say.
enum MessageLaws {
  /// Reads whatever the first bytes ask for: within the message, or a `Fault`.
  static func wire(_ input: [UInt8]) throws {
    guard input.count > 8 else { return }
    var reader = WireReader(Array(input[8...]))
    for order in input[..<8] {
      var read = 0
      switch order % 9 {
      case 0: _ = try reader.int()
      case 1:
        let value = try reader.int(-1...Int(order))
        law((-1...Int(order)).contains(value))
      case 2: _ = try reader.bool()
      case 3: _ = try reader.double()
      case 4: read = try reader.raw().count
      case 5: _ = try reader.text()
      case 6: read = try reader.ints().count * 8
      case 7: read = try reader.list { try $0.bool() }.count
      default: read = try reader.list { try $0.list { try $0.int() } }.count
      }
      law(read <= input.count)
    }
    try reader.end()
  }

  /// A message whole, torn or of nonsense: what comes back is what was sent, no longer than what came.
  static func message(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    guard bytes.count > 1, bytes.count < 60_000 else { return }
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return }
    defer { close(ends[1]) }
    if bytes[0] & 1 == 1 {
      var sent = SandboxMessage()
      sent.payload = Array(bytes)
      sent.fields = (Int(bytes[0]), -1, bytes.count)
      law(sent.send(ends[0]) == 0)
      close(ends[0])
      let came = try? SandboxMessage.receive(ends[1]) {}
      guard let came else { abort() }
      law(came.payload == sent.payload && came.fields == sent.fields && came.descriptors.isEmpty)
    } else {
      write(ends[0], bytes.baseAddress! + 1, bytes.count - 1)
      close(ends[0])
      let came = try SandboxMessage.receive(ends[1]) {}
      law(came.payload.count <= bytes.count)
    }
  }
}
