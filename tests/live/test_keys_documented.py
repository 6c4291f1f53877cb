"""The table of actions is what `deepvis keys`, the README and the help screen say, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from fakes import frame, stage

from deepvis.cli.main import main
from deepvis.live.compose import compose
from deepvis.live.controls.actions import ACTIONS, BINDINGS, help_lines
from deepvis.live.controls.gestures import GESTURES
from deepvis.live.headless import view_of
from deepvis.live.panes import help as help_screen
from deepvis.live.panes.help import key_words
from deepvis.live.state import State

README = Path(__file__).parents[2] / "README.md"
ARROWS = dict(zip("\u2190\u2192\u2191\u2193", ("left", "right", "up", "down"), strict=True))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["keys", *words]) == 0
    return capsys.readouterr().out.strip()


def keys_in(words: str) -> list[str]:
    """The keys of a printed line, arrows by their names, second bindings without their brackets."""
    found = []
    for word in words.split():
        arrows = [ARROWS[letter] for letter in word if letter in ARROWS]
        bare = word
        if word not in BINDINGS:  # ( and ) are keys too
            bare = word.removeprefix("(").removesuffix(")")
        found += arrows or [bare]
    return found


def test_the_plain_list_is_the_table_of_actions(capsys):
    section, said = "", []
    for line in printed(capsys).splitlines():
        if line and not line.startswith(" "):
            section = line
        elif line:
            keys, text = re.fullmatch(r" *(\S.*?)  (\S.*)", line).groups()
            said += [(section, key, text) for key in keys_in(keys)]
    table = [(action.section, key, action.help) for action in ACTIONS for key in action.keys + action.also]
    mouse = [("Mouse", gesture, words) for gesture, words in GESTURES]
    assert sorted(said) == sorted(table + mouse)


def test_the_markdown_table_is_the_table_of_actions(capsys):
    said = []
    for line in printed(capsys, "--markdown").splitlines():
        cells = re.split(r"(?<!\\)\|", line)[1:-1]
        if cells and cells[1].strip() and not line.startswith("|---"):
            said += [(key.replace("\\|", "|"), cells[1].strip()) for key in re.findall(r"`(.+?)`", cells[0])]
    table = [(key, action.help) for action in ACTIONS for key in action.keys + action.also]
    assert sorted(said) == sorted([*table, *GESTURES])


def test_the_readme_has_the_printed_table(capsys):
    found = re.search(r"<!-- keys -->\n(.*?)<!-- /keys -->", README.read_text("utf-8"), re.DOTALL)
    assert found, f"{README}: expected a table between <!-- keys --> and <!-- /keys -->"
    assert found[1].strip() == printed(capsys, "--markdown"), (
        "put the output of `deepvis keys --markdown` between the marks in README.md"
    )


@pytest.mark.parametrize("size", [(1500, 930), (1200, 700), (1000, 620)])
def test_the_help_screen_has_every_line_uncut(monkeypatch, size):
    drawn: list[tuple[str, int, int]] = []
    draw = help_screen.text.draw

    def noting(picture: np.ndarray, words: str, row: int, column: int, style: object) -> int:
        drawn.append((words, row, picture.shape[0]))
        return draw(picture, words, row, column, style)

    at = stage(size=size)
    view = view_of(at.engine, at.scene, State(help=True), frame())
    monkeypatch.setattr(help_screen.text, "draw", noting)
    compose(view)
    first = next(number for number, (words, _, _) in enumerate(drawn) if words == help_screen.TITLE)
    lines = help_lines()
    sections = list(dict.fromkeys(line.section for line in lines))
    expected = [*sections, *(words for line in lines for words in (key_words(line), line.text))]
    assert sorted(words for words, _, _ in drawn[first + 1 :]) == sorted(expected)
    assert all(0 < row < height for _, row, height in drawn[first:])
