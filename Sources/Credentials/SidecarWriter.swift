import Files
import Foundation

extension Sidecar {
  /// Writes the `.c2pa` file of an asset that cannot carry credentials itself. The whole asset is hashed, piece by
  /// piece.
  /// - Returns: the sidecar's path.
  @discardableResult
  public static func write(
    for path: String, _ credential: Credential, by signer: Signer, now: Date = Date()
  ) throws -> String {
    let file = try FileBytes(path)
    var digest = Digest()
    try file.pieces(0..<file.count) { digest.update($0) }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let store = try credential.store(
      DataHash.assertion(digest.finish(), name: name), by: signer, as: Credential.Identity(now: now))
    let place = candidates(path)[0]
    try Disk.write(Data(store), to: place)
    return place
  }
}
