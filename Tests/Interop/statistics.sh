#!/usr/bin/env bash
# scipy, scikit-learn and statsmodels recompute what Tests/Fixtures/statistics holds, in a light virtual environment (.venv-statistics).
# The Swift side, held against the same file, is in `make test`.
#
#   bash Tests/Interop/statistics.sh
#   STATISTICS_PEERS=path/to/python …           # a Python that has the peers already
set -euo pipefail
cd "$(dirname "$0")/../.."

PEERS=${STATISTICS_PEERS:-}
if [ -z "$PEERS" ]; then
  PEERS=.venv-statistics/bin/python
  peers_import() { "$PEERS" -c 'import scipy, sklearn, statsmodels' 2>/dev/null; }
  if ! { [ -x "$PEERS" ] && peers_import; }; then
    PYTHON=${PYTHON:-python3}
    "$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
      { echo "the statistics peers need Python 3.11 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
    [ -x "$PEERS" ] || "$PYTHON" -m venv .venv-statistics
    "$PEERS" -m pip install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    peers_import || { echo "the statistics peers do not import; remove .venv-statistics and run this again" >&2; exit 1; }
  fi
fi
"$PEERS" Tests/Interop/oracle_stats.py --check
