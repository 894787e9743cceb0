import CAV
import Files
import Frames

extension VideoFacts {
  /// The child's look at a film that is open.
  init(_ decoder: VideoDecoder) {
    self.init()
    let demuxer = decoder.demuxer, track = demuxer.track, p = track.pointee.codecpar.pointee
    (width, height, rate) = (Int(p.width), Int(p.height), demuxer.rate)
    frames = demuxer.announced.map { min($0, Self.mostFrames) }
    (codec, format) = (Int(p.codec_id.rawValue), Int(p.format))
    (primaries, transfer) = (Int(p.color_primaries.rawValue), Int(p.color_trc.rawValue))
    (matrix, range) = (Int(p.color_space.rawValue), Int(p.color_range.rawValue))
    let stated = track.pointee.sample_aspect_ratio.num > 0 ? track.pointee.sample_aspect_ratio : p.sample_aspect_ratio
    if stated.num > 0, stated.den > 0 { aspect = (Int(stated.num), Int(stated.den)) }
    isInterlaced = p.field_order.rawValue > AV_FIELD_PROGRESSIVE.rawValue
    if let pixel = av_pix_fmt_desc_get(AVPixelFormat(p.format)) {
      hasAlpha = pixel.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0
      depth = Int(pixel.pointee.comp.0.depth)
    }
    let duration =
      track.pointee.duration != orrery_av_nopts()
      ? Double(track.pointee.duration) * av_q2d(track.pointee.time_base)
      : demuxer.format.pointee.duration > 0 ? Double(demuxer.format.pointee.duration) / 1e6 : nil
    seconds = duration.flatMap { $0.isFinite ? $0 : nil }
    // The container's word, then the picture's, then the codec's, which stands in the first frame.
    if let matrix = av_stream_get_side_data(track, AV_PKT_DATA_DISPLAYMATRIX, nil) {
      orientation = matrix.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(matrix: $0) }
    } else if let stated = PictureOrientation.read(demuxer.file) ?? decoder.firstMatrix() {
      orientation = stated
    } else {
      isTurnedUnread = PictureOrientation.isTurnedHEIF(demuxer.file)
    }
  }
}
