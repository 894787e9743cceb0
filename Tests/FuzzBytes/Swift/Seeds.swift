import Credentials
import Files
import Foundation
import Sandbox

/// Sound bytes to begin with, where the fixtures have none: a folder a target.
enum Seeds {
  /// - Parameters:
  ///   - folder: gets a folder a target. - film: an MP4 to sign.
  static func write(to folder: String, film: String) throws {
    func put(_ target: BytesTarget, _ name: String, _ bytes: [UInt8]) throws {
      try Disk.makeFolder("\(folder)/\(target.rawValue)")
      try Disk.write(Data(bytes), to: "\(folder)/\(target.rawValue)/\(name)")
    }
    try Disk.makeFolder(folder)
    let home = Scratch.folder + "/home", signer = try CredentialsFolder(HomeFolder(home)).signer()
    let signed = Scratch.folder + "/signed.mp4", plain = Scratch.film
    try Embedder.sign(film, to: signed, credential, by: signer)
    try put(.film, "signed", [UInt8](Disk.read(signed)))
    try put(.film, "plain", [UInt8](Disk.read(film)))
    let store = [UInt8](try Disk.read(try Sidecar.write(for: plain, credential, by: signer)))
    try put(.sidecar, "store", store)
    try put(.jumbf, "store", store)
    for (i, item) in items(try JUMBF(store, at: "store")).enumerated() { try put(.cbor, "\(i)", item) }
    try [Float](repeating: 0.5, count: 12).withUnsafeBufferPointer {
      _ = try Safetensors.write(
        [.init("a", [3, 4], $0), .init("b", [12], $0)], metadata: [("k", "v")], to: Scratch.folder + "/w")
    }
    try put(.safetensors, "two", [UInt8](Disk.read(Scratch.folder + "/w")))
    try put(.column, "flat", column(offset: 8, [0, 1, 1, 0, 1], externals: []))
    try put(.column, "external", column(offset: -1, [0, 1, 1, 0, 1], externals: [("flat.h5", 8, 96)]))
    var plainBytes = [UInt8](repeating: 7, count: 96)
    for i in plainBytes.indices { plainBytes[i] = UInt8(i % 5) }
    try put(.inflate, "pixels", [0, 0, 0, 1] + plainBytes)
    var texts = WireWriter()
    for value in [3, -1] { texts.put(value) }
    texts.put("text")
    texts.put([1, 2, 3])
    try put(.wire, "texts", [0, 0, 5, 6, 0, 0, 0, 0] + texts.bytes)
    try put(.json, "object", Array(#"{"a":[1,-2.5e3,"\u00e4\n",null,true],"b":{"c":0}}"#.utf8))
    try put(.yaml, "document", Array("a: [1, 2.5, x]\nb:\n  - c: 'd'\n    e: \"f\\n\"\nh: |\n  text\n".utf8))
  }

  private static var credential: Credential {
    Credential(
      title: "a film", format: "video/mp4", generator: ("orrery", "seeds"), source: .trained,
      ingredients: [Ingredient("a model", .inputTo, instanceID: "urn:sha256:00", dataType: .model)],
      assertions: [TrainingMining.withheld])
  }

  private static func items(_ box: JUMBF) -> [[UInt8]] {
    box.content.flatMap { part -> [[UInt8]] in
      switch part {
      case .superbox(let inner): items(inner)
      case .leaf(let type, let bytes): type == "cbor" ? [bytes] : []
      }
    }
  }

  /// What a child would say of one frame of 4 × 8 pixels.
  private static func column(
    offset: Int, _ type: [Int], externals: [(file: String, offset: Int, bytes: Int)]
  ) -> [UInt8] {
    var out = WireWriter()
    for value in [0, 0, 1] { out.put(value) }
    out.put("pixels")
    out.put(1)
    out.put([1, 4, 8, 3])
    out.put(type)
    out.put([Int]())
    out.put(0)
    out.put(offset)
    out.put(externals.count)
    for part in externals {
      out.put(part.file)
      out.put(part.offset)
      out.put(part.bytes)
    }
    for value in [0, 96, 0] { out.put(value) }
    out.put([Int]())
    out.put(0)
    out.put([UInt8]())
    out.put(0)
    return out.bytes
  }
}
