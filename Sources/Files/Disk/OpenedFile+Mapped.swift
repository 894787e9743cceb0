import Foundation

#if canImport(Glibc)
  import Glibc
#endif

extension OpenedFile {
  /// Mapped into memory, as long as it was when it was opened: pages are read as they are used. An empty file is empty
  /// data.
  func mapped() throws -> Data {
    guard count > 0 else { return Data() }
    guard let pages = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), pages != MAP_FAILED else {
      throw Problem("the file cannot be read: \(String(cString: strerror(errno)))", at: path)
    }
    return Data(bytesNoCopy: pages, count: count, deallocator: .unmap)
  }
}

extension Disk {
  /// Whether some text stands in a regular file, wherever.
  package static func holds(_ text: String, in path: String) throws -> Bool {
    try OpenedFile(path).mapped().withUnsafeBytes { all in
      let wanted = Array(text.utf8)
      guard let start = all.baseAddress, let first = wanted.first else { return wanted.isEmpty }
      var place = 0
      while place + wanted.count <= all.count {
        guard let found = memchr(start + place, Int32(first), all.count - wanted.count + 1 - place) else {
          return false
        }
        if memcmp(found, wanted, wanted.count) == 0 { return true }
        place = found - UnsafeMutableRawPointer(mutating: start) + 1
      }
      return false
    }
  }
}
