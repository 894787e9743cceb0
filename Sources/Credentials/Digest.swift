import Crypto
import Files
import Foundation

/// A hash C2PA allows (§13.1), fed in pieces.
struct Digest {
  enum Kind: String, CaseIterable { case sha256, sha384, sha512 }

  private enum State { case sha256(SHA256), sha384(SHA384), sha512(SHA512) }
  private var state: State

  init(_ kind: Kind = .sha256) {
    switch kind {
    case .sha256: state = .sha256(SHA256())
    case .sha384: state = .sha384(SHA384())
    case .sha512: state = .sha512(SHA512())
    }
  }

  mutating func update(_ bytes: some DataProtocol) {
    switch state {
    case .sha256(var h): h.update(data: bytes); state = .sha256(h)
    case .sha384(var h): h.update(data: bytes); state = .sha384(h)
    case .sha512(var h): h.update(data: bytes); state = .sha512(h)
    }
  }

  func finish() -> [UInt8] {
    switch state {
    case .sha256(let h): Array(h.finalize())
    case .sha384(let h): Array(h.finalize())
    case .sha512(let h): Array(h.finalize())
    }
  }

  static func of(_ bytes: some DataProtocol, _ kind: Kind = .sha256) -> [UInt8] {
    var digest = Digest(kind)
    digest.update(bytes)
    return digest.finish()
  }
}
