import CAV
import Files
import Frames

/// Hashes decoded planes as they come. The count stands before them, so it is taken from the header, and checked at the
/// end.
struct PlaneHash {
  private let announced: Int?
  private var hasher: SHA256Hasher?
  private var count = 0
  private var shape: CodedShape?
  private var mixed = false

  init(announced: Int?) { self.announced = announced }

  /// Bytes of a frame's planes, one behind the other, rows without gaps; 0 where they cannot be laid out so.
  static func bytes(_ shape: CodedShape) -> Int {
    max(
      0,
      Int(
        av_image_get_buffer_size(
          AVPixelFormat(Int32(clamping: shape.format)), Int32(shape.width), Int32(shape.height), 1)))
  }

  /// - Parameter planes: of `bytes(shape)` bytes.
  mutating func add(_ shape: CodedShape, _ planes: UnsafeRawBufferPointer) {
    if self.shape == nil {
      hasher = FrameHash.begin(
        format: Self.name(shape), width: shape.width, height: shape.height, count: announced ?? 0)
    } else if self.shape != shape {
      // A stream that changes size starts a new header: still a function of the decoded frames alone.
      hasher?.update("\(Self.name(shape))\u{0}\(shape.width)x\(shape.height)")
    }
    self.shape = shape
    count += 1
    if planes.isEmpty { mixed = true } else { hasher?.update(planes) }
  }

  private static func name(_ shape: CodedShape) -> String { AV.name(AVPixelFormat(Int32(clamping: shape.format))) }

  /// Nil when the announced count was wrong (or a frame could not be laid out), so that it must be done again.
  func finish() -> String? { count == announced && !mixed ? hasher?.finish() : nil }
}
