#!/usr/bin/env bash
# Finds the Debian packages that are missing for a task, by what they provide, and installs them when run as root.
#
#   scripts/system_packages.sh build     # needed: a compiler, Python's headers and venv, what OpenCV loads
#   scripts/system_packages.sh test      # the same; and, where they can be had, a virtual display for the window tests
#
# As another user it prints the apt line; missing needed packages make it fail, missing optional ones do not.
# PYTHON names the interpreter (default python3).
set -euo pipefail

task=${1:-build}
python=${PYTHON:-python3}
needed=()
optional=()

has_library() { # has_library NAME: whether the dynamic linker finds it
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -qF "$1" && return 0
  ls /usr/lib/*/"$1" /usr/lib/"$1" /lib/*/"$1" /usr/lib64/"$1" >/dev/null 2>&1
}
need_library() { has_library "$1" || needed+=("$2"); }
want_command() { command -v "$1" >/dev/null 2>&1 || optional+=("$2"); }

if ! command -v "$python" >/dev/null 2>&1; then
  needed+=(python3 python3-venv python3-dev)
else
  "$python" -c 'import ensurepip, venv' 2>/dev/null || needed+=(python3-venv)
  "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null || needed+=(python3-dev)
fi
if ! command -v "${CXX:-c++}" >/dev/null 2>&1 && ! command -v g++ >/dev/null 2>&1 &&
  ! command -v clang++ >/dev/null 2>&1; then
  needed+=(g++)
fi
# What the opencv-python wheel loads when it is imported.
need_library libGL.so.1 libgl1
need_library libglib-2.0.so.0 libglib2.0-0
if [ "$task" = test ]; then
  # What its windows load when they open, and the display to open them on.
  has_library libSM.so.6 || optional+=(libsm6)
  has_library libICE.so.6 || optional+=(libice6)
  has_library libXext.so.6 || optional+=(libxext6)
  has_library libX11.so.6 || optional+=(libx11-6)
  has_library libX11-xcb.so.1 || optional+=(libx11-xcb1)  # the wheel's own does not fit newer libX11
  has_library libxcb.so.1 || optional+=(libxcb1)
  want_command Xvfb xvfb
  want_command xdotool xdotool
fi

missing=("${needed[@]}" "${optional[@]}")
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Missing Debian packages: ${missing[*]}. Installing them (running as root)."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null >/dev/null || echo "apt-get update failed; trying with the lists at hand." >&2
  if [ ${#needed[@]} -gt 0 ]; then
    apt-get install -y -qq --no-install-recommends "${needed[@]}" </dev/null >/dev/null || {
      echo "These packages are needed and could not be installed: ${needed[*]}" >&2
      echo "Install them, then try again:  apt-get install ${needed[*]}" >&2
      exit 1
    }
  fi
  if [ ${#optional[@]} -gt 0 ]; then
    apt-get install -y -qq --no-install-recommends "${optional[@]}" </dev/null >/dev/null ||
      echo "Could not install ${optional[*]}: the tests that open a window will be skipped." >&2
  fi
  exit 0
fi

if [ ${#optional[@]} -gt 0 ]; then
  echo "Without ${optional[*]} the tests that open a window are skipped. On Debian:" >&2
  echo "    sudo apt-get install ${optional[*]}" >&2
fi
if [ ${#needed[@]} -gt 0 ]; then
  echo "Missing on this machine: ${needed[*]}. On Debian:" >&2
  echo "    sudo apt-get install ${needed[*]}" >&2
  exit 1
fi
