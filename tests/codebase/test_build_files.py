"""pyproject.toml, Makefile, presets and scripts agree with one another."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli", reason="reading pyproject.toml needs Python 3.11 or tomli")

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_environment_is_built_with_the_build_requirements():
    script = (ROOT / "scripts" / "venv.sh").read_text()
    for requirement in PYPROJECT["build-system"]["requires"]:
        assert f'"{requirement}"' in script


def test_presets_set_options_that_exist():
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    cmake = (ROOT / "CMakeLists.txt").read_text()
    assert {preset["name"] for preset in presets["configurePresets"]} >= {"release", "dev", "asan", "fuzz"}
    for preset in presets["configurePresets"]:
        for variable in preset["cacheVariables"]:
            assert not variable.startswith("DEEPVIS_") or variable in cmake


def test_users_builds_are_portable_and_tolerant():
    """No instruction set of the building machine; a warning of a newer compiler stops nobody."""
    cmake = (ROOT / "CMakeLists.txt").read_text()
    assert "march=native" not in cmake
    assert re.search(r"option\(DEEPVIS_WARNINGS_AS_ERRORS .* OFF\)", cmake)
    assert "WARNINGS_AS_ERRORS" not in json.dumps(PYPROJECT)


def test_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert targets == set(phony[1].split())
    listing = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listing.splitlines()} >= {"demo", "test", "lint", "wheel", "format", "clean"}


@pytest.mark.parametrize(
    "script", [*sorted((ROOT / "scripts").glob("*.sh")), ROOT / ".ci" / "run"], ids=lambda p: p.name
)
def test_shell_scripts_are_strict_and_parse(script):
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


def test_missing_packages_are_named_with_the_apt_line(tmp_path):
    """As a plain user without the commands that it looks for; nothing is installed."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "grep", "ls", "env"):
        (tools / tool).symlink_to(subprocess.check_output(["which", tool], text=True).strip())
    fake = tools / "id"
    fake.write_text("#!/bin/sh\necho 1000\n")
    fake.chmod(0o755)
    result = subprocess.run(
        ["bash", ROOT / "scripts" / "system_packages.sh", "test"],
        env={"PATH": str(tools), "PYTHON": "python3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert re.search(r"sudo apt-get install .*python3 .*python3-venv .*g\+\+", result.stderr)
    assert re.search(r"tests that open a window are skipped.*\n.*sudo apt-get install .*xvfb xdotool", result.stderr)


@pytest.mark.parametrize(("code", "models"), [(0, 5), (1, 5), (2, 2)], ids=["met", "missed", "refused"])
def test_the_benchmark_goes_on_after_a_missed_target(code, models, tmp_path):
    """With a program that only says how it was called, and ends with an exit code at the second net."""
    fake = tmp_path / "deepvis"
    fake.write_text(
        '#!/bin/sh\necho "called: $* ${OPENBLAS_CORETYPE-unset} ${OPENBLAS_L2_SIZE-unset}"\n'
        f'[ "$2" != googlenet ] || exit {code}\n'
    )
    fake.chmod(0o755)
    (tmp_path / "python").symlink_to("/bin/true")
    results = tmp_path / "new" / "results.md"
    settings = {"DEEPVIS": fake, "BENCH_RESULTS": results, "OPENBLAS_CORETYPE": "Abacus", "OPENBLAS_L2_SIZE": "1"}
    result = subprocess.run(
        ["bash", ROOT / "scripts" / "bench.sh"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code, result.stderr
    calls = re.findall(r"^called: bench (\S+) .*--threads 2 --check unset unset$", result.stdout, re.MULTILINE)
    assert len(calls) == models and calls[:2] == ["caffenet", "googlenet"]
    assert results.is_file() == (code < 2), "kept where all nets were timed"
    if results.is_file():
        assert results.read_text() == result.stdout
