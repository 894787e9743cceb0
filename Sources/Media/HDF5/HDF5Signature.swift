import Files
import Foundation

/// How a file says that it is HDF5 (HDF5 File Format Specification 3.0, §II.A): its first eight bytes.
public enum HDF5Signature {
  static let bytes = Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])

  /// Whether the file at `path` begins with the signature. - Throws: `Problem` when it cannot be opened.
  public static func stands(in path: String) throws -> Bool {
    let handle = try Disk.open(path)
    defer { try? handle.close() }
    return (try? handle.read(upToCount: bytes.count)) == bytes
  }
}
