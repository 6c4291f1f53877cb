#!/usr/bin/env bash
# Times the nets that have targets against every rival that is installed, and what CaffeNet takes to load; checks the
# targets: scripts/bench.sh
#
# Prints Markdown, and keeps it in the file that BENCH_RESULTS names, if any. Fails, when all nets are done, if one of
# them missed a target. DEEPVIS is the program (default .venv-bench/bin/deepvis).
set -euo pipefail
cd "$(dirname "$0")/.."

deepvis=${DEEPVIS:-.venv-bench/bin/deepvis}
results=${BENCH_RESULTS:-}
# They choose OpenBLAS's kernels for it, and may halve a rival's speed.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

bench() { # bench MODEL [OPTIONS]
  printf '\n## %s\n\n' "$1"
  "$deepvis" bench "$@" --threads 2 --check && return
  local code=$?
  [ "$code" = 1 ] || exit "$code" # 1: it was timed, and missed a target
  missed=1
}

all() {
  missed=0
  printf '# Benchmark of %s\n' "$(date -u +%F)"
  bench caffenet --batch 1 8 --from fc8 conv5 conv3 --cone conv3
  bench googlenet
  bench squeezenet_v1.0
  bench squeezenet_v1.1
  bench efficientnet-lite0
  printf '\n## Loading, memory, clones\n\n'
  "$(dirname "$deepvis")/python" tests/bench/footprint.py || missed=1
  exit "$missed"
}

if [ -z "$results" ]; then
  all
fi
mkdir -p "$(dirname "$results")"
code=0
(all) | tee "$results.part" || code=$?
[ "$code" -gt 1 ] || mv "$results.part" "$results"
exit "$code"
