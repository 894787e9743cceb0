#!/bin/bash
# Makes the files of this folder with ffmpeg 5.1: footage as phones, editors and screen recorders write it.
set -e
cd "$(dirname "$0")"
f="ffmpeg -v error -y -fflags +bitexact -flags +bitexact"
# 60 frames at 30 a second with a pause of half a minute in the middle.
$f -f lavfi -i testsrc=s=48x32:r=30:d=2 -vf "setpts='N/30/TB+if(gte(N,30),30,0)/TB'" -vsync vfr -c:v libx264 -crf 30 -g 30 paused.mp4
# 48 frames of which an edit list shows the last 24, cut off between key frames.
$f -f lavfi -i testsrc=s=48x32:r=24:d=2 -c:v libx264 -crf 30 -g 48 -bf 0 whole.mp4
$f -ss 1 -i whole.mp4 -c copy cut.mp4
rm whole.mp4
# Sound with a cover picture, and no film.
$f -f lavfi -i testsrc=s=32x32:d=0.04 -frames:v 1 cover.png
$f -f lavfi -i sine=d=0.2 -i cover.png -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic cover.mp4
rm cover.png
# Left half 18 % grey, right half diffuse white, as BT.2408 has them: 26 and 203 cd/m² in PQ, 0.38 and 0.75 in HLG.
hdr() {
  $f -f lavfi -i "color=c=black:s=48x32:r=8:d=0.5,format=yuv420p10le,geq=lum='if(lt(X,24),$2,$3)':cb=512:cr=512" -c:v libx265 \
    -x265-params log-level=none:lossless=1:colorprim=bt2020:transfer=$4:colormatrix=bt2020nc -tag:v hvc1 \
    -color_trc "$4" -color_primaries bt2020 -colorspace bt2020nc -pix_fmt yuv420p10le "$1"
}
hdr pq.mp4 397 573 smpte2084
hdr hlg.mp4 397 721 arib-std-b67
# A picture that no turn and no mirror leaves as it was; the tests write each orientation into it.
$f -f lavfi -i "color=c=gray:s=32x16:d=1,format=rgb24,geq=r='if(lt(X,16)*lt(Y,8),250,20)':g='X*7':b='Y*15'" -frames:v 1 -q:v 1 plain.jpg
$f -f lavfi -i "color=c=gray:s=32x16:d=1,format=rgb24,geq=r='if(lt(X,16)*lt(Y,8),250,20)':g='X*7':b='Y*15'" -frames:v 1 -c:v libwebp -lossless 1 plain.webp
# Display orientation in the codec's stream alone: 90° anticlockwise; mirrored, then the same.
$f -f lavfi -i testsrc2=s=96x64:r=24:d=0.25 -c:v libx264 -bsf:v h264_metadata=display_orientation=insert:rotate=90 turned.mp4
$f -f lavfi -i testsrc2=s=96x64:r=24:d=0.25 -c:v libx264 \
  -bsf:v h264_metadata=display_orientation=insert:rotate=90:flip=horizontal mirrored.h264
