/// The child's side of one kind: made at its first request, kept while the child lives.
package protocol SandboxService: AnyObject {
  /// Runs in the child, on its main thread. What it may open is what it is handed.
  /// - Returns: the answer's bytes, at most `SandboxMessage.mostBytes`.
  /// - Throws: `SandboxRefusal`; any other error becomes one without a code.
  func answer(_ request: SandboxRequest) throws -> [UInt8]
}

/// One request as the child sees it.
package final class SandboxRequest {
  package let payload: [UInt8]
  /// Descriptors that came along; closed after the answer, but for those that were taken.
  package let descriptors: [Int32]
  private(set) var taken: Set<Int> = []

  init(payload: [UInt8], descriptors: [Int32]) {
    self.payload = payload
    self.descriptors = descriptors
  }

  /// A descriptor that the service goes on using and closes itself. - Throws: `SandboxRefusal` when none came.
  package func take(_ index: Int) throws -> Int32 {
    let descriptor = try descriptor(index)
    taken.insert(index)
    return descriptor
  }

  /// A descriptor for the time of the answer. - Throws: `SandboxRefusal` when none came.
  package func descriptor(_ index: Int) throws -> Int32 {
    guard descriptors.indices.contains(index) else { throw SandboxRefusal(code: 0, text: "a descriptor is missing") }
    return descriptors[index]
  }
}

/// The child's answer that it cannot do what was asked.
package struct SandboxRefusal: Error, Sendable, Equatable {
  /// The service's own number for what is wrong; 0 where it has none.
  package let code: Int
  /// A library's reason, for a message. Never decided on: it comes from where a stranger's file was read.
  package let text: String

  package init(code: Int, text: String) {
    self.code = code
    self.text = text
  }
}
