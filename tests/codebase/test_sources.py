"""Rules of the house that no linter knows, checked on the tree itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("*.py", "*.pyi", "*.cpp", "*.hpp", "*.cu", "*.sh", "*.md", "*.toml", "*.yaml", "*.json", "Makefile")

# Files above 400 lines that were looked at and found to have one subject. Keep this list short.
LONG_FILES: set[str] = set()

# Windows are opened, and keys are read, in one room.
GUI_CALLS = re.compile(r"cv2\s*\.\s*(imshow|namedWindow|waitKey\w*|setMouseCallback|destroy\w*|pollKey)")
GUI_FILES = {"deepvis/live/window.py", "deepvis/live/display.py"}  # the latter asks, in a process of its own


def tracked(*patterns: str) -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_source_is_longer_than_400_lines():
    long = {
        name(path): count
        for path in tracked("*.py", "*.cpp", "*.hpp", "*.cu")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert set(long) - LONG_FILES == set(), f"give these files one subject each: {long}"
    assert set(long) >= LONG_FILES, "these are short now, take them off the list"


def test_no_path_of_one_machine():
    pattern = re.compile(r"(^|[\s\"'(=])/(home|work|root|Users|mnt|farm)/\w")
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in tracked(*SOURCES)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line) and path != Path(__file__)
    ]
    assert not found, "\n".join(found)


def test_windows_are_opened_in_one_room():
    found = [
        f"{name(path)}:{number}"
        for path in tracked("deepvis/*.py")
        if name(path) not in GUI_FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GUI_CALLS.search(line)
    ]
    assert not found, f"only {GUI_FILES} may open windows: {found}"


def test_nothing_unpickles_or_evaluates():
    """Files from outside are hostile: see SECURITY.md."""
    pattern = re.compile(
        r"^\s*(import|from)\s+(pickle|shelve|marshal)\b|\b(eval|exec)\(|allow_pickle\s*=\s*True|yaml\.load\("
    )
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in tracked("deepvis/*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_text_file_ends_with_a_newline_and_has_no_trailing_space():
    found = []
    for path in tracked(*SOURCES, "*.prototxt", "*.cmake", "CMakeLists.txt"):
        text = path.read_text()
        if text and not text.endswith("\n"):
            found.append(f"{name(path)}: no newline at the end")
        found += [f"{name(path)}:{n}" for n, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    assert not found, "\n".join(found)


def test_nothing_large_or_binary_came_in():
    large = {name(path): path.stat().st_size for path in tracked() if path.stat().st_size > 400_000}
    assert not large, f"above 400 kB: {large}"
