"""What the documents say is run: Python examples, commands, links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(path: Path, *languages: str) -> list[str]:
    """Fenced code of some languages; what is marked `no-run` is left out."""
    return [body for kind, mark, body in FENCE.findall(path.read_text()) if kind in languages and "no-run" not in mark]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python_examples_run(document, tmp_path):
    """All examples of a document, in order, as one program in an empty directory."""
    program = "\n".join(blocks(document, "python"))
    if not program:
        pytest.skip("has no Python example")
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def command_lines() -> list[tuple[str, str]]:
    return [
        (document.name, line.split(" #")[0].strip())
        for document in DOCUMENTS
        for body in blocks(document, "sh", "bash", "console")
        for line in body.splitlines()
        if line.strip() and not line.startswith("#")
    ]


@pytest.mark.parametrize(("document", "line"), command_lines())
def test_commands_exist(document, line):
    words = [word for word in line.removeprefix("$ ").split() if "=" not in word or word.startswith("-")]
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    elif words[0].endswith("deepvis"):
        subcommand = words[1:2] if len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]) else []
        result = subprocess.run(
            [sys.executable, "-m", "deepvis.cli.main", *subcommand, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        for option in re.findall(r"(?<!\S)--?[a-zA-Z][\w-]*", line):
            assert option in result.stdout, f"{option} is not an option of {' '.join(words[:2])}"
    elif "/" in words[0] and not words[0].startswith(".venv/"):
        assert (ROOT / words[0]).exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_changelog_names_the_version():
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    text = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {version[1]}" in text or "## Unreleased" in text
