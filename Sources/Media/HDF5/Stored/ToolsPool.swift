import Synchronization

/// Tools waiting for work.
final class ToolsPool: Sendable {
  private let idle = Mutex<[ChunkTools]>([])

  func with<T>(_ body: (ChunkTools) throws -> T) throws -> T {
    let tools = try idle.withLock { $0.popLast() } ?? ChunkTools()
    defer { idle.withLock { $0.append(tools) } }
    return try body(tools)
  }
}
