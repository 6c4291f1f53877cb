#!/usr/bin/env bash
# Builds the engine with the address and undefined-behaviour sanitizers and runs tests on it:
#   scripts/sanitize.sh [PYTEST ARGUMENTS]        # by default the tests of the engine and of its readers
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export PATH=$root/.venv/bin:$PATH
arguments=("${@:-tests/native}")
[ $# -gt 0 ] || arguments=(tests/native tests/golden/test_layers.py tests/oracle)

cmake --preset asan >/dev/null
cmake --build build/asan

# The package beside the module built here; the editable install would give the one without sanitizers.
site=build/asan/site
rm -rf "$site"
mkdir -p "$site/deepvis"
find "$root/deepvis" -mindepth 1 -maxdepth 1 ! -name __pycache__ -exec ln -s {} "$site/deepvis/" \;
ln -s "$root"/build/asan/_native.*.so "$site/deepvis/"

preload=$("${CXX:-c++}" -print-file-name=libasan.so):$("${CXX:-c++}" -print-file-name=libstdc++.so)
LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONPATH=$root/$site \
  SANITIZED=$root/build/asan python - "${arguments[@]}" <<'PY'
import os
import sys

import pytest

sys.path = [path for path in sys.path if path not in ("", os.getcwd())]
sys.meta_path = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
from deepvis import _native

assert os.path.realpath(_native.__file__).startswith(os.environ["SANITIZED"]), _native.__file__
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
PY
