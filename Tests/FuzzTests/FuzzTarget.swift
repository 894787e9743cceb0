/// What reads bytes of strangers: a parser, reached through the command line.
enum FuzzTarget: String, CaseIterable, Sendable {
  case hdf5, mp4, png, jpeg, safetensors, yaml, json, csv, ledger, run, c2pa

  /// Keys the cases of this parser, so that each has its own.
  var key: UInt64 { UInt64(Self.allCases.firstIndex(of: self)! + 1) << 40 }

  /// Words to which the format gives a meaning.
  var words: [String] {
    switch self {
    case .hdf5: ["\u{89}HDF\r\n\u{1a}\n", "OHDR", "TREE", "SNOD", "HEAP", "GCOL", "FRHP", "BTHD", "FSHD", "OCHK"]
    case .mp4, .c2pa:
      ["ftyp", "moov", "trak", "mdat", "stco", "co64", "stsz", "stsc", "stts", "ctts", "elst", "mfra", "uuid", "jumb"]
    case .png: ["IHDR", "IDAT", "PLTE", "IEND", "tRNS", "eXIf", "acTL"]
    case .jpeg: ["Exif", "JFIF", "\u{FFFD}"]
    case .safetensors: ["F32", "F64", "BF16", "\"shape\"", "\"dtype\"", "data_offsets", "__metadata__", "[", "]", "-1"]
    case .yaml:
      [
        "\n", "  ", ": ", "- ", "&a ", "*a", "!!", "null", "~", "[", "{", "'", "\"", "data", "train", "steps", "1e400",
        "-1",
      ]
    case .json, .run:
      [
        "{", "}", "[", "]", "\"", ",", ":", "null", "true", "1e999", "-0", "\\ud800", "\\u0000", "default", "grants",
        "*",
      ]
    case .csv: [",", "\"", "\r\n", "\n", "\u{FEFF}", "file", "caption", "\u{0}"]
    case .ledger:
      ["open", "exposure", "checkpoint", "void", "close", "\n", "{", "}", "\"seq\"", "\"prev\"", "seen", "-1", "0"]
    }
  }
}
