#!/usr/bin/env bash
# Builds the fuzz targets, makes their seeds and runs each: tests/fuzz/run.sh [SECONDS] [TARGET...]
# A finding stops the run; the input that made it is left in build/fuzz/findings/.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
targets=("${@:-text wire model}")

cmake --preset fuzz >/dev/null
cmake --build build/fuzz
work=build/fuzz/corpus
python3 tests/fuzz/make_seeds.py build/fuzz/seeds
mkdir -p build/fuzz/findings

export UBSAN_OPTIONS=print_stacktrace=1
for target in ${targets[@]}; do
  mkdir -p "$work/$target"
  build/fuzz/tests/fuzz/fuzz_"$target" "$work/$target" "build/fuzz/seeds/$target" \
    -dict=build/fuzz/seeds/caffe.dict -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix=build/fuzz/findings/"$target"- -print_final_stats=1
done
