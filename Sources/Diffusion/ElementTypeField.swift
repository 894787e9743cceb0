import Files
import Tensors

extension StrictFields {
  /// The key `name`: f32 (the default) or bf16.
  public func elementType(_ name: String) -> ElementType {
    let text = string(name, default: "f32")
    if let type = ElementType(text) { return type }
    complain("\(name) is '\(text)'; it can be f32 or bf16")
    return .f32
  }
}
