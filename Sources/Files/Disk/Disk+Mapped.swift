import Foundation

#if canImport(Glibc)
  import Glibc
#endif

extension Disk {
  /// A regular file mapped into memory, as it was opened: pages are read as they are used. An empty file is empty data.
  static func mapped(_ path: String) throws -> Data {
    let handle = try open(path)
    defer { try? handle.close() }
    var info = stat()
    guard fstat(handle.fileDescriptor, &info) == 0 else {
      throw Problem("the file cannot be examined: \(String(cString: strerror(errno)))", at: path)
    }
    let size = Int(info.st_size)
    guard size > 0 else { return Data() }
    guard let pages = mmap(nil, size, PROT_READ, MAP_PRIVATE, handle.fileDescriptor, 0), pages != MAP_FAILED else {
      throw Problem("the file cannot be read: \(String(cString: strerror(errno)))", at: path)
    }
    return Data(bytesNoCopy: pages, count: size, deallocator: .unmap)
  }
}
