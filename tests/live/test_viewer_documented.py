"""docs/viewer.md and the README: their pictures are there and drawn by the script, their commands are understood."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest

from deepvis.cli.main import build_parser, commands
from deepvis.live.controls.actions import is_key
from deepvis.live.settings.keys import KEYS

ROOT = Path(__file__).parents[2]
GUIDE, README = ROOT / "docs" / "viewer.md", ROOT / "README.md"
MOST_BYTES = 200_000


def commands_in(page: Path) -> list[str]:
    """The `deepvis live …` lines of its blocks of shell."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [line.removeprefix(".venv/bin/") for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(("deepvis live", "deepvis keys"))]


def test_every_picture_of_the_guide_is_drawn_by_the_script_and_small_enough(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    shots = importlib.import_module("viewer_pictures").SHOTS
    shown = set(re.findall(r"\]\(viewer/([\w-]+)\.jpg\)", GUIDE.read_text("utf-8")))
    files = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "viewer").iterdir()}
    assert shown == set(shots) == set(files)
    assert max(files.values()) <= MOST_BYTES


@pytest.mark.parametrize("page", [GUIDE, README], ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert links and not gone


@pytest.mark.parametrize("line", [*commands_in(GUIDE), *commands_in(README)])
def test_a_command_that_is_printed_is_understood(line):
    words = shlex.split(line.partition(" > ")[0], comments=True)
    args = build_parser(commands()).parse_args(words[1:])
    assert all(is_key(key) for key in getattr(args, "keys", "").split())
    assert all(setting.partition("=")[0] in KEYS for setting in getattr(args, "set", []))
