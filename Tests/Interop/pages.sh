#!/usr/bin/env bash
# The pages in a browser: their scripts run, nothing is complained of, nothing runs out of the window. A headless Chromium of the system's,
# driven by Playwright's Python package in a light virtual environment (.venv-pages).
#
#   bash Tests/Interop/pages.sh         # needs a built orrery (ORRERY=path to name another)
#   PAGE_PEERS=path/to/python …                # a Python that has Playwright already
#   CHROMIUM=path/to/chromium …                # another browser
set -euo pipefail
cd "$(dirname "$0")/../.."
ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }

browser() { command -v chromium-headless-shell chromium chromium-browser google-chrome | head -1; }
CHROMIUM=${CHROMIUM:-$(browser || true)}
[ -n "$CHROMIUM" ] || { bash .ci/setup chromium-headless-shell && CHROMIUM=$(browser); }

PEERS=${PAGE_PEERS:-}
if [ -z "$PEERS" ]; then
  PEERS=.venv-pages/bin/python
  peers_import() { "$PEERS" -c 'import playwright.sync_api' 2>/dev/null; }
  if ! { [ -x "$PEERS" ] && peers_import; }; then
    PYTHON=${PYTHON:-python3}
    "$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
      { echo "the page peers need Python 3.10 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
    [ -x "$PEERS" ] || "$PYTHON" -m venv .venv-pages
    "$PEERS" -m pip install --quiet --disable-pip-version-check playwright==1.65.2
    peers_import || { echo "the page peers do not import; remove .venv-pages and run this again" >&2; exit 1; }
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORRERY_HOME="$work/home"
quietly() { "$ORRERY" "$@" > /dev/null 2> "$work/log" < /dev/null || { cat "$work/log" >&2; exit 1; }; }

quietly quickstart --tiny --out "$work/quick"
runs=$work/quick-tiny
run=$(basename "$(ls -d "$runs"/predict-x0-tiny-*)")
quietly compare "$run" --runs "$runs"
printf 'prompt,first,second,winner\na,A,B,A\nb,A,B,B\nc,B,A,tie\n' > "$work/preferences.csv"
quietly compare --preferences "$work/preferences.csv" --out "$work/preferred"
"$PEERS" Tests/Interop/check_pages.py "$CHROMIUM" films "$runs/report.html" "$runs/$run/report.html" "$runs/$run"/bench/*.html
"$PEERS" Tests/Interop/check_pages.py "$CHROMIUM" plain "$work/preferred/report.html"
