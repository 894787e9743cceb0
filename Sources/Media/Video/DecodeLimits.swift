import Files
import Foundation
import Sandbox

/// What decoding one file may take of memory and time. It follows from the file's size and from the size of frame the
/// file declares; `factor` raises all of it.
public struct DecodeLimits: Sendable, Equatable {
  public static let option = "--decode-limits"
  public static let factors = 1...1000
  public static let usual = DecodeLimits()

  /// How many times the usual.
  public let factor: Int

  /// - Parameter factor: in `factors`.
  public init(_ factor: Int = 1) { self.factor = min(max(factor, Self.factors.lowerBound), Self.factors.upperBound) }

  private static let gigabyte = Double(1 << 30)
  /// Frames that codecs and their threads hold at once, of four bytes a pixel: 16 for reference, 8 for ours, and two a
  /// thread.
  private static let held = Double(24 + 2 * min(16, ProcessInfo.processInfo.activeProcessorCount + 1))

  /// While nothing but the file's size is known: of libav's look at the streams.
  package func opening(_ fileBytes: Int) -> SandboxLimits {
    let size = Double(fileBytes), seconds = Self.openingSeconds(size)
    return limits(memory: min(1.5 * Self.gigabyte + 32 * size, 4 * Self.gigabyte), seconds: seconds, wait: 2 * seconds)
  }

  /// Memory: half a gigabyte, the file's size (an index may be most of it), and the frames a codec holds; but no more
  /// than a file of that size has need of. Time: a second for each 17 kB of the film at a megapixel a frame.
  /// - Parameter shared: bytes of memory that both sides see.
  package func decoding(_ fileBytes: Int, width: Int, height: Int, shared: Int) -> SandboxLimits {
    let size = Double(fileBytes), pixels = Double(width) * Double(height)
    let memory = min(
      0.5 * Self.gigabyte + min(size, Self.gigabyte) + Self.held * 4 * pixels, 1.5 * Self.gigabyte + 32 * size)
    let seconds = Self.openingSeconds(size) + size / 1e6 * 60 * max(1, pixels / 1e6)
    return limits(memory: memory, seconds: seconds, wait: min(2 * seconds, 60), shared: shared)
  }

  private static func openingSeconds(_ size: Double) -> Double { 4 + size / 20e6 }

  private func limits(memory: Double, seconds: Double, wait: Double, shared: Int = 0) -> SandboxLimits {
    let factor = Double(factor)
    return SandboxLimits(
      processorSeconds: Int(min(seconds * factor, 1e9).rounded(.up)), seconds: wait * factor,
      memory: Int(min(memory * factor, 1e15)) + shared)
  }

  /// The words that raise them, to end a sentence on them; none where they are as high as they go.
  var more: String {
    let more = min(4 * factor, Self.factors.upperBound)
    return factor < more ? " (\(Self.option) \(more) gives it more)" : ""
  }
}
