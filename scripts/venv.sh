#!/usr/bin/env bash
# Makes .venv (or mends it) and installs deepvis into it, editable: scripts/venv.sh EXTRAS, such as "samples,test,dev".
# scripts/venv.sh EXTRAS FOLDER makes another environment, and installs deepvis as it stands: the build tree of editable
# installs is .venv's alone.
#
# An editable install rebuilds the native module when it is imported, with the cmake, ninja and pybind11 it was first
# built with. So these are installed into the environment to stay, and the build is not isolated from it.
#
# PYTHON names the interpreter to start from. DEEPVIS_WARNINGS_AS_ERRORS=ON stops the build at a compiler warning.
set -euo pipefail
cd "$(dirname "$0")/.."

extras=$1
folder=${2:-.venv}
venv=$PWD/$folder
build_requirements=(
  "scikit-build-core>=1.0"
  "pybind11>=2.13"
  "onednn-devel-cpu-gomp==2023.2.0; platform_machine == 'x86_64' and sys_platform == 'linux'"
  "cmake>=3.21"
  "ninja>=1.11"
)

supported() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
    if supported "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  echo "deepvis needs Python 3.10 or newer; found none (tried: ${PYTHON:-python3, python3.13 ... python3.10})." >&2
  echo "Name one:  make PYTHON=/path/to/python3 ..." >&2
  return 1
}

# A directory that was moved or copied keeps scripts that point to where it was.
in_place() { [ -x "$venv/bin/python" ] && head -n 1 "$venv/bin/pip" 2>/dev/null | grep -qF "$venv/" && supported "$venv/bin/python"; }

if ! in_place; then
  python=$(find_python)
  echo "Making $folder with $("$python" --version)"
  "$python" -m venv --clear "$venv"
fi

pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@" </dev/null; }

echo "Installing deepvis[$extras] into $folder (the first time takes a few minutes)"
pip install -q "${build_requirements[@]}"
editable=()
if [ "$folder" = .venv ]; then
  editable=(-e)
  # The rebuild calls cmake by name: let every Python of this environment find the environment's own programs.
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  cat >"$site/_deepvis_development_path.pth" <<'PTH'
import os, sys; os.environ["PATH"] = os.pathsep.join((os.path.join(sys.prefix, "bin"), os.environ.get("PATH", os.defpath)))
PTH
fi
PATH=$venv/bin:$PATH pip install -q --no-build-isolation \
  --config-settings=cmake.define.DEEPVIS_WARNINGS_AS_ERRORS="${DEEPVIS_WARNINGS_AS_ERRORS:-OFF}" \
  "${editable[@]}" ".[$extras]"
