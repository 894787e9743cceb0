#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Macros that Swift does not import, as functions.
static inline int orrery_averror_eof(void) { return AVERROR_EOF; }
static inline int orrery_averror_eagain(void) { return AVERROR(EAGAIN); }
