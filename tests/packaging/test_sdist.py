"""The source archive holds what a build needs, and nothing else. (`make wheel` builds and installs from it as well.)"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WANTED = {
    "CHANGELOG.md",
    "CMakeLists.txt",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "cmake",
    "deepvis",
    "native",
    "prototxt",
    "pyproject.toml",
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    pytest.importorskip("build", reason="needs the package 'build' (the dev extra)")
    out = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        capture_output=True,
    )
    (archive,) = out.glob("deepvis-*.tar.gz")
    with tarfile.open(archive) as tar:
        return {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}


def test_only_what_is_needed(names):
    assert {name.split("/")[0] for name in names} == WANTED
    assert not [name for name in names if name.endswith((".pyc", ".so", ".o"))]


def test_all_that_is_needed(names):
    for folder, pattern in [
        ("cmake", "*.cmake"),
        ("deepvis", "*.py"),
        ("native", "*.[ch]pp"),
        ("prototxt", "*.prototxt"),
    ]:
        for path in (ROOT / folder).rglob(pattern):
            assert path.relative_to(ROOT).as_posix() in names
    assert {"deepvis/py.typed", "deepvis/models/registry.yaml"} <= names
