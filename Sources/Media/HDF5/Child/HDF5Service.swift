import CHDF5
import Files
import Glibc
import Sandbox

/// The child's side of reading HDF5: the one place where libhdf5 reads. It opens nothing but descriptors it is handed.
package final class HDF5Service: SandboxService {
  private struct Open {
    let token: Int, descriptor: Int32, file: hid_t
  }

  /// Files that are open, the one used last at the end.
  private var open: [Open] = []
  private static let mostOpen = 8
  private let driver: hid_t

  package init() {
    orrery_h5_quiet()
    driver = orrery_h5_fd_driver()
  }

  package func answer(_ request: SandboxRequest) throws -> [UInt8] {
    let (token, call) = try HDF5Call.read(request.payload)
    let reader = HDF5Child(file: try file(token, request))
    var out = WireWriter()
    switch call {
    case .describe(let names, let lists, let root):
      try reader.describe(names, lists: lists, root: root).write(&out)
    case .column(let name, let kind, let first, let count):
      let (rows, bytes) = try reader.column(name, as: kind, first, count)
      out.put(rows)
      out.put(bytes)
    case .chunks(let name, let first, let count):
      out.put(try reader.locate(name, first, count))
    case .rows(let name, let first, let count):
      // Mapped until the rows are there.
      let memory = try SharedMemory(mapping: request.take(1))
      try withExtendedLifetime(memory) { try reader.rows(name, first, count, into: memory.bytes) }
    case .tree(let most): try reader.tree(most: most, &out)
    case .attributes(let paths, let names): try reader.attributes(paths, names, &out)
    case .stored(let name, let first, let count):
      let memory = try SharedMemory(mapping: request.take(1))
      try withExtendedLifetime(memory) { try reader.stored(name, first, count, into: memory.bytes) }
    case .lists(let name, let first, let count): try reader.lists(name, first, count, &out)
    }
    return out.bytes
  }

  private func file(_ token: Int, _ request: SandboxRequest) throws -> hid_t {
    if let at = open.firstIndex(where: { $0.token == token }) {
      open.append(open.remove(at: at))
      return open[open.count - 1].file
    }
    if open.count >= Self.mostOpen {
      let old = open.removeFirst()
      H5Fclose(old.file)
      close(old.descriptor)
    }
    let descriptor = try request.take(0), file = orrery_h5_open_descriptor(driver, descriptor)
    guard file >= 0 else {
      close(descriptor)
      throw HDF5Child.refusal(.cannotOpen)
    }
    open.append(Open(token: token, descriptor: descriptor, file: file))
    return file
  }
}
