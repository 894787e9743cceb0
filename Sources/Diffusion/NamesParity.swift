import Files
import Models
import Tensors

/// Holds the names this program knows to those another implementation's converters know: every original name to the
/// name diffusers gives it, and back.
///
/// A case is a folder with objects `original name: diffusers' name`, one a model: `transformer.json` and so on.
struct NamesParity: ParityKind {
  /// A file of the case, and the names both ways.
  private struct Map {
    let file: String
    /// Back: nil where nothing asks for it.
    let diffusers: (String) -> String?, original: ((String) -> String?)?
  }

  private static var maps: [Map] {
    [
      Map(file: "transformer.json", diffusers: { WanNames.diffusers($0, in: .original) }, original: WanNames.original),
      Map(file: "vae21.json", diffusers: { AutoencoderNames.diffusers($0, levelLength: 4) }, original: nil),
    ]
  }

  static func isOne(_ folder: String) -> Bool { maps.contains { Disk.exists(folder + "/" + $0.file) } }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    try maps.filter { Disk.exists(folder + "/" + $0.file) }.flatMap { map -> [Parity.Row] in
      let path = folder + "/" + map.file
      guard let names = try JSON.parse(Disk.readText(path), at: path).fields, !names.isEmpty else {
        throw Problem("there are no names in it", at: path, fix: "make the case again")
      }
      return names.map { pair in
        let theirs = pair.value.string ?? "",
          isSame = map.diffusers(pair.key) == theirs && map.original.map { $0(theirs) == pair.key } != false
        return Parity.Row(name: pair.key, absolute: isSame ? 0 : 1, relative: isSame ? 0 : 1)
      }
    }
  }
}
