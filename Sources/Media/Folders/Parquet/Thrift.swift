/// A value in Thrift's compact protocol, as Parquet's footers and page headers are written.
indirect enum Thrift {
  case bool(Bool), int(Int), double(Double), bytes([UInt8]), list([Thrift]), fields([Int: Thrift])

  struct Fault: Error {}

  subscript(field: Int) -> Thrift? { if case .fields(let all) = self { all[field] } else { nil } }
  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var list: [Thrift]? { if case .list(let items) = self { items } else { nil } }
  var text: String? { if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }
}
