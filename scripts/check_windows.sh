#!/usr/bin/env bash
# Runs the tests of the viewer's window on OpenCV 5, in .venv, and on OpenCV 4, in .venv-opencv4:
#
#   scripts/check_windows.sh [PYTEST OPTIONS]
#
# WINDOW_TESTS names other tests than tests/live/test_window*.py, such as all of tests/live. Fails, when both are done,
# if a test failed on one of them. Nothing opens on the screen: the windows are on a virtual display.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

four=.venv-opencv4
scripts/venv.sh samples,test "$four"
"$four/bin/python" -m pip --disable-pip-version-check install -q "opencv-python>=4.8,<5" </dev/null

read -r -a tests <<<"${WINDOW_TESTS:-$(echo tests/live/test_window*.py tests/live/test_x11*.py)}"
# From elsewhere, for Python finds deepvis here first, and here it is not built.
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
cd "$elsewhere"
failed=0
for folder in .venv "$four"; do
  python=$root/$folder/bin/python
  echo "OpenCV $("$python" -c 'import cv2; print(cv2.__version__, cv2.currentUIFramework())'), in $folder"
  "$python" -m pytest -q -p no:cacheprovider -c "$root/pyproject.toml" --rootdir "$root" "${tests[@]/#/$root/}" "$@" ||
    failed=1
done
exit "$failed"
