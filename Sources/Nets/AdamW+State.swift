import Files
import Tensors

extension AdamW {
  /// A part of its state, as a checkpoint has it.
  public struct StatePart {
    public let name: String
    /// F32 or U8.
    public let type: Safetensors.ElementType
    public let count: Int
    public let bytes: UnsafeMutableRawBufferPointer
    /// What the bytes are of.
    private let owner: AnyObject

    /// - Parameter owner: what keeps the tensor's memory.
    public init(_ name: String, _ tensor: Tensor, _ owner: AnyObject) {
      (self.name, type, count, self.owner) = (name, .F32, tensor.count, owner)
      bytes = UnsafeMutableRawBufferPointer(start: tensor.pointer, count: 4 * tensor.count)
    }

    init(_ name: String, _ codes: UnsafeMutablePointer<UInt8>, _ count: Int, _ owner: AnyObject) {
      (self.name, type, self.count, self.owner) = (name, .U8, count, owner)
      bytes = UnsafeMutableRawBufferPointer(start: codes, count: count)
    }
  }

  /// All of it but `updates`. It is valid while the optimizer lives.
  public var state: [StatePart] {
    switch moments {
    case .floats(let first, let second): [StatePart("first", first, self), StatePart("second", second, self)]
    case .bytes(let m):
      [
        StatePart("first", m.first, m.count, m), StatePart("second", m.second, m.count, m),
        StatePart("first_scales", m.firstScales, m), StatePart("second_scales", m.secondScales, m),
      ]
    }
  }
}
