import Files
import Foundation

extension Experiment {
  /// How memory is spent on weights that are only read. Changes no bit.
  public struct Memory: Sendable, Equatable {
    public enum Stream: String, CaseIterable, Sendable { case auto, never, always }
    public var stream = Stream.auto
    /// What they may take before they are streamed; nil: half of the machine's.
    public var gigabytes: Double?
    public init() {}

    /// Whether weights of so many bytes are fetched block by block.
    package func streams(_ bytes: Int) -> Bool {
      switch stream {
      case .never: return false
      case .always: return true
      case .auto:
        let budget = gigabytes.map { $0 * 1e9 } ?? 0.5 * Double(ProcessInfo.processInfo.physicalMemory)
        return Double(bytes) > budget
      }
    }
  }
}

extension Experiment.Memory: DocumentSection {
  package static let section = Section(Self()) {
    Field(
      "stream", \.stream, .choice,
      "fetch the weights of `from` block by block under `lora`, each block recomputed: auto where they do not fit")
    Field(
      "gb", \.gigabytes, .optional(.number(in: 0.001...100_000)), unit: "gigabytes",
      "what they may take before they are streamed", default: "half of the machine's memory")
  }
}
