import CAV
import Files
import Foundation
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
  init(_ demuxer: Demuxer, codec: String) {
    let track = demuxer.track, p = track.pointee.codecpar.pointee
    var notes: [String] = []
    let rate = demuxer.rate
    let rateNote = rate == nil ? "the file names no usable frame rate; 25 is assumed" : nil
    notes += [rateNote].compactMap { $0 }
    let aspect = track.pointee.sample_aspect_ratio.num > 0 ? track.pointee.sample_aspect_ratio : p.sample_aspect_ratio
    if aspect.num > 0, aspect.den > 0, aspect.num != aspect.den {
      notes.append("pixels are \(aspect.num):\(aspect.den), not square; the picture is not stretched to make up for it")
    }
    if p.field_order.rawValue > AV_FIELD_PROGRESSIVE.rawValue {
      notes.append("the video is interlaced; fields are not separated")
    }
    let hdr = ToneMap.Transfer(p.color_trc)
    if let pixel = av_pix_fmt_desc_get(AVPixelFormat(p.format)) {
      if pixel.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 {
        notes.append("the picture has transparency, which is left out")
      }
      if pixel.pointee.comp.0.depth > 8, hdr == nil {
        notes.append("\(pixel.pointee.comp.0.depth) bits a channel are rounded to 8")
      }
    }
    if let hdr {
      notes.append(
        "the footage is HDR (\(hdr.rawValue)); it is mapped to sRGB by ITU-R BT.2408, diffuse white to 255, and what is "
          + "brighter is clipped")
    } else if [AVCOL_PRI_BT2020, AVCOL_PRI_SMPTE432, AVCOL_PRI_SMPTE431].contains(p.color_primaries) {
      notes.append(
        "colours are coded for a wider gamut than sRGB's and are not converted: they come out a little paler")
    }
    var orientation = PictureOrientation.read(demuxer.file) ?? .upright
    if let matrix = av_stream_get_side_data(track, AV_PKT_DATA_DISPLAYMATRIX, nil) {
      orientation = matrix.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(matrix: $0) }
    }
    func text(_ name: UnsafePointer<CChar>?) -> String { name.map { String(cString: $0) } ?? "unknown" }
    let duration =
      track.pointee.duration != orrery_av_nopts()
      ? Double(track.pointee.duration) * av_q2d(track.pointee.time_base)
      : demuxer.format.pointee.duration > 0 ? Double(demuxer.format.pointee.duration) / 1e6 : nil
    self.init(
      width: Int(p.width), height: Int(p.height), fps: rate ?? FrameRate(25), frames: demuxer.announced,
      seconds: duration, codec: codec, pixelFormat: AV.name(AVPixelFormat(p.format)), orientation: orientation,
      primaries: text(av_color_primaries_name(p.color_primaries)), transfer: text(av_color_transfer_name(p.color_trc)),
      matrix: text(av_color_space_name(p.color_space)), range: text(av_color_range_name(p.color_range)), notes: notes,
      rateNote: rateNote, toneMap: hdr.map { "BT.2408 from \($0.rawValue)" })
  }
}
