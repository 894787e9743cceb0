import CAV
import Frames

/// What a video file says about itself.
public struct VideoInfo: Sendable, Equatable {
  /// As coded; `orientation` lays it as it is shown.
  public var width: Int, height: Int
  /// Nominal: of the usual distance between frames.
  public var fps: FrameRate
  /// Frames the container announces and shows; nil when it says nothing.
  public var frames: Int?
  public var seconds: Double?
  public var codec: String, pixelFormat: String
  public var orientation: Orientation
  /// Names after ITU-T H.273 as libav writes them ("bt709", "tv"); "unknown" when untagged.
  public var primaries: String, transfer: String, matrix: String, range: String
  /// Things a user should hear: pixels that are not square, a missing rate.
  public var notes: [String]
  /// Of `notes`, that the rate is assumed; nil where the file names one.
  public var rateNote: String?
  /// The curve by which high dynamic range is brought to 8-bit sRGB; nil for other footage.
  public var toneMap: String?
}

extension VideoInfo {
  init(_ facts: VideoFacts) {
    var notes: [String] = []
    let rateNote = facts.rate == nil ? "the file names no usable frame rate; 25 is assumed" : nil
    notes += [rateNote].compactMap { $0 }
    let (across, down) = facts.aspect
    if across > 0, down > 0, across != down {
      notes.append("pixels are \(across):\(down), not square; the picture is not stretched to make up for it")
    }
    if facts.isInterlaced { notes.append("the video is interlaced; fields are not separated") }
    let primaries = AVColorPrimaries(UInt32(clamping: facts.primaries)),
      transfer = AVColorTransferCharacteristic(UInt32(clamping: facts.transfer)), hdr = ToneMap.Transfer(transfer)
    if facts.hasAlpha { notes.append("the picture has transparency, which is left out") }
    if facts.depth > 8, hdr == nil { notes.append("\(facts.depth) bits a channel are rounded to 8") }
    if let hdr {
      notes.append(
        "the footage is HDR (\(hdr.rawValue)); it is mapped to sRGB by ITU-R BT.2408, diffuse white to 255, and what is "
          + "brighter is clipped")
    } else if [AVCOL_PRI_BT2020, AVCOL_PRI_SMPTE432, AVCOL_PRI_SMPTE431].contains(primaries) {
      notes.append(
        "colours are coded for a wider gamut than sRGB's and are not converted: they come out a little paler")
    }
    if facts.isTurnedUnread {
      notes.append("the picture says that it is to be turned, which libav does not read: it is laid as it is stored")
    }
    func text(_ name: UnsafePointer<CChar>?) -> String { name.map { String(cString: $0) } ?? "unknown" }
    self.init(
      width: facts.width, height: facts.height, fps: facts.rate ?? FrameRate(25), frames: facts.frames,
      seconds: facts.seconds, codec: AV.codec(facts.codec), pixelFormat: AV.name(AVPixelFormat(Int32(facts.format))),
      orientation: facts.orientation, primaries: text(av_color_primaries_name(primaries)),
      transfer: text(av_color_transfer_name(transfer)),
      matrix: text(av_color_space_name(AVColorSpace(UInt32(clamping: facts.matrix)))),
      range: text(av_color_range_name(AVColorRange(UInt32(clamping: facts.range)))), notes: notes, rateNote: rateNote,
      toneMap: hdr.map { "BT.2408 from \($0.rawValue)" })
  }
}
