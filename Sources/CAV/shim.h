#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Macros that Swift does not import, as functions.
static inline int orrery_averror_eof(void) { return AVERROR_EOF; }
static inline int orrery_averror_eagain(void) { return AVERROR(EAGAIN); }
static inline int orrery_averror(int code) { return AVERROR(code); }
static inline int64_t orrery_av_nopts(void) { return AV_NOPTS_VALUE; }

// The decoding time of a track's sample, and whether it is decoded but not shown (cut off by an edit list); 0 past the
// end of its index.
static inline int orrery_index_entry(AVStream *track, int i, int64_t *time, int *is_hidden) {
  const AVIndexEntry *entry = avformat_index_get_entry(track, i);
  if (!entry) return 0;
  *time = entry->timestamp;
  *is_hidden = (entry->flags & AVINDEX_DISCARD_FRAME) != 0;
  return 1;
}

// Component `c` of row `y` as one number a pixel.
static inline void orrery_read_line(
    uint16_t *out, const AVFrame *frame, const AVPixFmtDescriptor *format, int y, int c) {
  av_read_image_line(out, (const uint8_t **)frame->data, frame->linesize, format, 0, y, c, frame->width, 0);
}

// Rows, columns and pointers of an image are C arrays of four or eight, which Swift sees as tuples: wrap what takes
// them whole.
static inline int orrery_image_copy_to_buffer(uint8_t *out, int size, const AVFrame *frame) {
  return av_image_copy_to_buffer(
      out, size, (const uint8_t *const *)frame->data, frame->linesize, frame->format, frame->width, frame->height, 1);
}

static inline int orrery_sws_frame_to_rgb(struct SwsContext *sws, const AVFrame *frame, uint8_t *rgb, int stride) {
  uint8_t *const to[4] = {rgb, 0, 0, 0};
  const int strides[4] = {stride, 0, 0, 0};
  return sws_scale(sws, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, to, strides);
}

static inline int orrery_sws_rgb_to_rgb(
    struct SwsContext *sws, const uint8_t *from, int from_stride, int height, uint8_t *rgb, int stride) {
  const uint8_t *const source[4] = {from, 0, 0, 0};
  const int source_strides[4] = {from_stride, 0, 0, 0};
  uint8_t *const to[4] = {rgb, 0, 0, 0};
  const int strides[4] = {stride, 0, 0, 0};
  return sws_scale(sws, source, source_strides, 0, height, to, strides);
}

static inline int orrery_sws_rgb_to_frame(
    struct SwsContext *sws, const uint8_t *rgb, int stride, int height, AVFrame *frame) {
  const uint8_t *const from[4] = {rgb, 0, 0, 0};
  const int strides[4] = {stride, 0, 0, 0};
  return sws_scale(sws, from, strides, 0, height, frame->data, frame->linesize);
}

// `matrix` is an SWS_CS_ value. YUV on one side at most; RGB is always full range.
static inline int orrery_sws_matrix(struct SwsContext *sws, int matrix, int from_full, int to_full) {
  const int *table = sws_getCoefficients(matrix);
  return sws_setColorspaceDetails(sws, table, from_full, table, to_full, 0, 1 << 16, 1 << 16);
}
