"""`deepvis search`: what it draws, its page, and presets that are kept."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from ascent_nets import SMOOTH
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.contact_sheet import Card, Shot, page, thumbnail
from deepvis.ascent.presets import presets, read_presets, user_presets_file
from deepvis.ascent.save_preset import save_preset
from deepvis.ascent.search import POLICIES, RANGES, combination, combinations, parameters
from deepvis.cli import main as cli
from deepvis.errors import FormatError


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DEEPVIS_DEBUG", raising=False)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "smooth.prototxt"
    path.write_text(SMOOTH)
    return path


def run(*arguments: object) -> int:
    return cli.main([str(each) for each in arguments])


class Page(HTMLParser):
    """The cards of a page, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: list[dict[str, str]] = []
        self.pictures: list[dict[str, str]] = []
        self.fetched: list[str] = []
        self.options: list[str] = []
        self.script = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attributes) -> None:
        given = dict(attributes)
        if tag not in ("meta", "img", "input", "link", "br"):
            self._open.append(tag)
        if tag == "figure":
            self.figures.append(given)
        elif tag == "img":
            self.pictures.append(given)
        elif tag == "option":
            self.options.append(given["value"])
        for name in ("src", "href"):
            if name in given and not given[name].startswith(("data:", "#")):
                self.fetched.append(given[name])

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data) -> None:
        if self._open and self._open[-1] == "script":
            self.script += data


@given(st.integers(0, 2**32 - 1), st.integers(1, 10_000), st.sampled_from(POLICIES))
def test_combinations_are_presets_within_their_ranges(seed: int, number: int, policy: str) -> None:
    style = combination(number, seed, 100, policy)
    assert style == combination(number, seed, 100, policy) and style.name == f"{number:04d}"
    assert style.step.name == policy
    for name, value in parameters(style).items():
        if name in RANGES and RANGES[name].high:
            assert RANGES[name].low * 0.99 <= value <= RANGES[name].high
    if style.regularisers.blur_every:
        assert style.regularisers.blur_radius >= style.blur_radius_end > 0


def test_more_combinations_begin_with_the_same_and_all_kinds_come() -> None:
    many = combinations(300, 5, 200, "rms")
    assert combinations(20, 5, 200, "rms") == many[:20] != combinations(20, 6, 200, "rms")
    decays = [style.regularisers.decay for style in many]
    assert 40 < sum(decay == 0 for decay in decays) < 110
    assert min(filter(None, decays)) < 1e-4 and max(decays) > 0.1
    assert {style.jitter for style in many} == {0, 2, 4, 8, 16}
    steps = np.log([style.step.first for style in many])
    assert abs(steps.mean() - np.log([0.1, 20]).mean()) < 0.3


def test_a_search_goes_on_and_a_preset_is_kept(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    command = ["search", net, "right:1", "klass(3)", "--iterations", 4, "--out", out]
    assert run(*command, "--combinations", 5) == 0
    first = {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")}
    assert len(first) == 10
    assert run(*command, "--combinations", 8) == 0
    assert all(path.stat().st_mtime_ns == at for path, at in first.items()), "nothing is made twice"
    assert len(list(out.rglob("*.npz"))) == 16
    found = Page((out / "search.html").read_text())
    assert [each["id"] for each in found.figures] == [f"n{i}" for i in range(1, 9)]
    assert len(found.pictures) == 16 and found.fetched == []
    for picture in found.pictures:
        head, _, data = picture["src"].partition(",")
        assert head == "data:image/jpeg;base64"
        decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert max(decoded.shape[:2]) == 180
    facts = dict(pair.split("=") for pair in found.figures[2]["data-facts"].split())
    style = combination(3, 0, 4, "rms")
    assert float(facts["first"]) == style.step.first and float(facts["number"]) == 3
    assert {"objective0", "objective1"} <= set(facts) and {"number", "objective0", "decay"} <= set(found.options)
    capsys.readouterr()
    assert run("search", "--out", out, "--pick", 3, "--as", "mine") == 0
    assert "--preset mine" in capsys.readouterr().out
    kept = presets()["mine"]
    assert (kept.step, kept.regularisers, kept.iterations) == (style.step, style.regularisers, 4)
    assert run("ascend", net, "right:2", "--preset", "mine", "--runs", 1, "--out", tmp_path / "asc") == 0
    for arguments, words in (
        (["--pick", 3, "--as", "mine"], "is there already"),
        (["--pick", 99, "--as", "other"], "no combination 99"),
        (["--pick", 3, "--as", "C"], "taken by deepvis itself"),
        (["--pick", 3, "--as", "a/b"], "expected a name"),
        (["--pick", 3], "go together"),
    ):
        assert run("search", "--out", out, *arguments) == 2
        assert words in capsys.readouterr().err


def test_a_preset_is_added_to_what_the_user_wrote() -> None:
    path = user_presets_file()
    path.parent.mkdir(parents=True)
    text = "# my own\nbold:  # for posters\n  iterations: 5\n  step: {policy: constant, lr: 9}"
    path.write_text(text)
    style = combination(1, 0, 10, "progress")
    save_preset(style, "found")
    assert path.read_text().startswith(text)
    assert set(read_presets(path)) == {"bold", "found"} and read_presets(path)["found"].step == style.step
    with pytest.raises(FormatError, match="already"):
        save_preset(style, "found")
    save_preset(combination(2, 0, 10, "rms"), "found", overwrite=True)
    assert set(read_presets(path)) == {"bold", "found"} and read_presets(path)["found"].step.name == "rms"
    path.write_text("{bold: {iterations: 5, step: {policy: constant, lr: 9}}}")
    with pytest.raises(FormatError):
        save_preset(style, "other")
    assert list(yaml.safe_load(path.read_text())) == ["bold"] and len(list(path.parent.iterdir())) == 1


def shot(value: float) -> Shot:
    return Shot(thumbnail(np.full((20, 30, 3), 90, np.uint8)), value)


def test_names_cannot_become_markup() -> None:
    evil = '<script>alert("x")</script><!--CARDS-->'
    text = page(evil, evil, [evil], [Card(1, {"decay": 0.5}, {evil: shot(1.0)})])
    found = Page(text)
    assert len(found.figures) == 1 and "alert" not in found.script


DRIVER = """
const nodes = FACTS.map((facts) => ({ dataset: { facts }, hidden: false }));
const made = {};
const element = (id) => made[id] ??= { value: "", checked: false, textContent: "", on: {},
  addEventListener(kind, run) { this.on[kind] = run; }, append(...all) { this.order = all; } };
globalThis.document = { querySelectorAll: () => nodes, getElementById: element };
element("sort").value = "number";
SCRIPT
const shown = () => element("cards").order.filter((node) => !node.hidden).map((node) => nodes.indexOf(node) + 1);
const steps = [shown()];
element("sort").value = "objective0"; element("sort").on.change(); steps.push(shown());
element("down").checked = false; element("down").on.input(); steps.push(shown());
element("sort").value = "decay"; element("sort").on.change(); steps.push(shown());
element("filter").value = "decay>0 objective<5"; element("filter").on.input(); steps.push(shown());
element("filter").value = "jitter=0"; element("filter").on.input(); steps.push(shown());
element("filter").value = "nonsense"; element("filter").on.input(); steps.push(shown(), element("bad").textContent);
console.log(JSON.stringify(steps));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the page's script")
def test_the_page_sorts_and_filters(tmp_path: Path) -> None:
    cards = [
        Card(1, {"decay": 0.5}, {"u": shot(2.0)}),
        Card(2, {"jitter": 8.0}, {"u": shot(9.0)}),
        Card(3, {"decay": 0.1, "jitter": 2.0}, {"u": shot(4.0)}),
        Card(4, {"decay": 0.2}, {}),
    ]
    found = Page(page("title", "lead", ["u"], cards))
    program = DRIVER.replace("FACTS", json.dumps([each["data-facts"] for each in found.figures]))
    path = tmp_path / "page.js"
    path.write_text(program.replace("SCRIPT", found.script.replace('"use strict";', "")))
    done = subprocess.run(["node", path], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        [1, 2, 3, 4],
        [2, 3, 1, 4],
        [4, 1, 3, 2],
        [2, 3, 4, 1],
        [3, 1],
        [4, 1],
        [2, 3, 4, 1],
        "not a condition: nonsense",
    ]
