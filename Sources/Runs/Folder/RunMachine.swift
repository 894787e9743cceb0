import Files
import Tensors

/// What decides the bits of a step: `machine` in `run.json`, written and read here alone.
///
/// The document is kept as it was read, keys of other versions among it: a run goes on with the same bits only where
/// all of it is the same.
public struct RunMachine: Sendable, Equatable {
  public let value: Value

  /// As a file has it.
  public init(_ value: Value) { self.value = value }

  /// - Parameters:
  ///   - dtype: of the operands of products, as this processor multiplies them.
  ///   - build: the program's version.
  public init(instructions: String, dtype: ElementType, build: String) {
    value = ["instructions": .string(instructions), "dtype": .string(dtype.rawValue), "build": .string(build)]
  }

  /// This machine, for a model whose products are to be of type `products`.
  package init(_ compute: Compute, products: ElementType) {
    self.init(instructions: compute.instructions, dtype: compute.products(products), build: Build.version)
  }

  /// The instruction set, "avx512bf16".
  public var instructions: String? { value["instructions"]?.string }
}
