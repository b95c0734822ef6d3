#!/usr/bin/env bash
# Measures Emotive beside PyTorch doing the same work. Name parts: serving alone takes 13 minutes on two AVX2 cores, and ten hours
# of sound in timeline 20 or more.
#   Benchmarks/run.sh                      all parts: training, features, predict, timeline, serving, soak, loading
#   Benchmarks/run.sh training predict     some of them; --help lists the options
# PEERS is the folder of the Python environment with PyTorch (tools/peers.sh makes it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case " $* " in *" --help "* | *" -h "*) exec python3 Benchmarks/measure.py --help ;; esac
peers=${PEERS:-.peers}
[ -x "$peers/bin/python" ] || {
  echo "bench: $peers holds no Python with PyTorch: \`tools/peers.sh $peers\` makes it, or name another with PEERS." >&2
  exit 1
}
for product in emotive benchmarks; do swift build --configuration release --product "$product"; done
exec "$peers/bin/python" Benchmarks/measure.py "$@"
