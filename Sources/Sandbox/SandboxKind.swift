/// What a child can be asked for. A kind is a case here and a `SandboxService`, which the program's `main` registers.
package enum SandboxKind: UInt32, Sendable, CaseIterable {
  /// Echoes, crashes, hangs: what the tests ask.
  case trial = 1
  /// The structure of an HDF5 file, and the data that only libhdf5 can decode.
  case hdf5 = 2
  /// Pictures of a film or a picture file, decoded.
  case video = 3
  /// JPEG pictures, many at once.
  case jpeg = 4
}
