import CBytes
import Credentials
import Files
import Foundation
import Glibc
import Media
import Sandbox

/// A decoder under libFuzzer: any bytes at all are read or refused with a `Problem`; what was read obeys a law, and
/// AddressSanitizer watches. The names are those of `Tests/FuzzBytes/run.sh`.
enum BytesTarget: String, CaseIterable {
  case tags, driver, receive
  case inflate, column, head, wire, message, orientation
  case cbor, jumbf, sidecar, film
  case safetensors, json, yaml, csv, captions

  func run(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    switch self {
    case .tags: _ = cbytes_tags(bytes.baseAddress, bytes.count)
    case .driver: _ = cbytes_driver(bytes.baseAddress, bytes.count)
    case .receive: _ = cbytes_receive(bytes.baseAddress, bytes.count)
    case .inflate: try ChunkLaws.inflate(bytes)
    case .column: try ChunkLaws.column(Array(bytes))
    case .head: _ = try HDF5File(scratch(bytes, "head.h5"))
    case .wire: try MessageLaws.wire(Array(bytes))
    case .message: try MessageLaws.message(bytes)
    case .orientation: _ = PictureOrientation.read(try OpenedFile(scratch(bytes, "picture")))
    case .cbor: try TextLaws.cbor(Array(bytes))
    case .jumbf:
      let box = try JUMBF(bytes, at: "store")
      law(try JUMBF(box.bytes, at: "store") == box)
    case .sidecar:
      _ = try scratch(bytes, "film.c2pa")
      _ = try CredentialReport.read(Scratch.film, trust: .none)
    case .film: _ = try CredentialReport.read(scratch(bytes, "any.mp4"), trust: .none)
    case .safetensors: try TextLaws.safetensors(scratch(bytes, "w.safetensors"))
    case .json: try TextLaws.json(bytes)
    case .yaml: try TextLaws.yaml(String(decoding: bytes, as: UTF8.self))
    case .csv: _ = try CSV.records(String(decoding: bytes, as: UTF8.self), at: "table")
    case .captions: _ = try Captions(path: scratch(bytes, "captions"))
    }
  }

  private func scratch(_ bytes: UnsafeBufferPointer<UInt8>, _ name: String) throws -> String {
    try Scratch.write(bytes, name)
  }
}

/// Ends the process where a law is broken, or what must be readable is not: libFuzzer keeps the bytes.
func law(_ holds: @autoclosure () throws -> Bool) {
  guard (try? holds()) == true else { abort() }
}

/// Files in memory, for what reads files.
enum Scratch {
  static let folder: String = {
    let path = "/dev/shm/orrery-bytes-\(getpid())"
    mkdir(path, 0o700)
    return path
  }()

  /// A film without credentials: no more than the head of one.
  static let film: String = {
    let head: [UInt8] = [0, 0, 0, 16] + Array("ftypisom".utf8) + [0, 0, 2, 0]
    return (try? head.withUnsafeBufferPointer { try write($0, "film.mp4") }) ?? ""
  }()

  static func write(_ bytes: UnsafeBufferPointer<UInt8>, _ name: String) throws -> String {
    let path = folder + "/" + name, file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(file) }
    guard file >= 0, bytes.isEmpty || Glibc.write(file, bytes.baseAddress, bytes.count) == bytes.count else {
      throw Problem("no scratch file", at: path)
    }
    return path
  }

  static func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
