"""The paper's figures on a tiny net: which pictures they show, where, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from ascent_nets import TINY
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent import preset
from deepvis.ascent.job import Callbacks, Job
from deepvis.cli.main import main
from deepvis.errors import Error
from deepvis.figures.choice import depths, living, spread
from deepvis.figures.common import write_figure
from deepvis.figures.desk import Choices, Desk
from deepvis.figures.gallery import Gallery
from deepvis.figures.judge import Judge
from deepvis.figures.styles import class_styles
from deepvis.figures.table import draw_figure, unused
from deepvis.models import Model, load

pytest.importorskip("matplotlib")
SIZE = (32, 40)


@pytest.fixture
def prototxt(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY.format(channels=3, bias=0.1))
    return path


@pytest.fixture
def model(prototxt: Path) -> Model:
    return load(prototxt)


@pytest.fixture
def images(tmp_path: Path) -> tuple[Path, ...]:
    paths = []
    for number in range(2):
        image = np.random.default_rng(number).integers(0, 256, (64, 80, 3), np.uint8)
        paths.append(tmp_path / f"picture{number}.png")
        cv2.imwrite(str(paths[-1]), image)
    return tuple(paths)


class Works:
    """Does jobs as a command would, and counts them."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, job: Job) -> None:
        self.runs += len(job.wanted) - job.done
        job.work(Callbacks(lambda _: None, lambda *_: None))


def desk_of(model: Model, tmp_path: Path, works: Works | None = None, viewer=None, judge=None, **choices) -> Desk:
    gallery = Gallery(model, tmp_path / "cache", works, iterations=2)
    return Desk(model, gallery, Choices(**choices), judge, viewer)


def panels(drawing) -> dict[str, object]:
    """Axes by their labels; no two have the same."""
    axes = drawing.figure.axes
    found = {each.get_label(): each for each in axes}
    assert len(found) == len(axes)
    return found


def inches(axes) -> tuple[float, float]:
    """Width and height."""
    box, (wide, high) = axes.get_position(), axes.figure.get_size_inches()
    return box.width * wide, box.height * high


def shown(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def assert_apart_and_on_the_page(found) -> None:
    boxes = [each.get_position() for each in found.values()]
    for at, box in enumerate(boxes):
        assert 0 <= box.x0 < box.x1 <= 1 + 1e-9 and 0 <= box.y0 < box.y1 <= 1 + 1e-9
        for other in boxes[:at]:
            beside = box.x1 <= other.x0 + 1e-9 or other.x1 <= box.x0 + 1e-9
            assert beside or box.y1 <= other.y0 + 1e-9 or other.y1 <= box.y0 + 1e-9


def test_figure_1_has_a_column_a_picture_and_two_more(model, images, tmp_path):
    desk = desk_of(model, tmp_path, units=("conv1:3",), images=images)
    found = panels(draw_figure("1", desk))
    names = ["picture0.png", "picture1.png", "mirrored", "smaller"]
    assert list(found) == [f"{row} {name}" for name in names for row in ("input", "map", "both")]
    assert_apart_and_on_the_page(found)
    inputs = [shown(found[f"input {name}"]) for name in names]
    assert any(np.array_equal(inputs[2], each[:, ::-1]) for each in inputs[:2])
    acts = [model.forward(each, end="conv1")["conv1"][0, 3] for each in inputs]
    low, high = min(map(np.min, acts)), max(map(np.max, acts))
    for name, act in zip(names, acts, strict=True):
        expected = (act - low) / (high - low) * 255
        np.testing.assert_allclose(shown(found[f"map {name}"])[..., 0], expected, atol=1.01)
    left = [found[f"input {name}"].get_position().x0 for name in names]
    assert left == sorted(left)
    assert {round(found[f"map {name}"].get_position().y0, 6) for name in names} == {
        round(found["map mirrored"].get_position().y0, 6)
    }


def test_figure_1_finds_a_channel(model, images, tmp_path):
    drawing = draw_figure("1", desk_of(model, tmp_path, images=images))
    assert "conv1:" in drawing.lines[0]


def test_figure_2_shows_the_viewer_with_pictures_of_the_unit(model, images, tmp_path):
    asked = []
    window = np.full((90, 150, 3), 77, np.uint8)

    def viewer(model, unit, path, shelf):
        asked.append((str(unit), path, shelf))
        return window

    desk = desk_of(model, tmp_path, viewer=viewer, units=("conv1:3",), images=images, quick=True)
    found = panels(draw_figure("2", desk))
    assert list(found) == ["viewer"] and np.array_equal(shown(found["viewer"]), window)
    ((unit, path, shelf),) = asked
    assert (unit, path) == ("conv1:3", images[0])
    assert cv2.imread(str(shelf / "regularized_opt" / "conv1" / "conv1_0003.jpg")) is not None


def test_figure_3_begins_each_row_without_its_regulariser(model, tmp_path):
    desk = desk_of(model, tmp_path, classes=("2",), quick=True)
    drawing = draw_figure("3", desk)
    found = panels(drawing)
    assert_apart_and_on_the_page(found)
    keys = ["decay", "blur_radius", "small_norm_percentile", "px_abs_benefit_percentile"]
    assert len(found) == len(drawing.lines) == 20
    firsts = [shown(found[f"{key} 0"]) for key in keys]
    assert all(np.array_equal(firsts[0], each) for each in firsts)
    for key in keys:
        row = [(name, axes) for name, axes in found.items() if name.startswith(f"{key} ")]
        strengths = [float(name.split()[1]) for name, _ in row]
        assert np.allclose(np.diff(strengths), strengths[1]) and strengths[0] == 0
        assert len({round(axes.get_position().y0, 6) for _, axes in row}) == 1
        left = [axes.get_position().x0 for _, axes in row]
        assert left == sorted(left)
        assert not np.array_equal(shown(row[-1][1]), firsts[0])


def test_figure_4_shows_classes_and_sheets_and_what_the_other_net_says(model, tmp_path):
    judge = Judge(model)
    works = Works()
    desk = desk_of(model, tmp_path, works, judge=judge, classes=("5", "1", "0"))
    drawing = draw_figure("4", desk)
    found = panels(drawing)
    assert_apart_and_on_the_page(found)
    styles = class_styles(desk)
    assert len(styles) == 4
    assert len(found) == 3 * 4 + 9 * len(styles)
    picture = shown(found["class 5 0"])
    scores = model.forward(picture)["prob"][0]
    rank = 1 + int(np.sum(scores > scores[5]))
    assert drawing.lines[0].endswith(f"tiny {scores[5]:.3f} #{rank}")
    assert np.array_equal(picture, shown(found[f"sheet {styles[0].name} 0"]))
    assert works.runs == 3 * 4 + (9 - 1) * len(styles), "the featured class's first images are made once"


def test_a_named_preset_is_used_alone(model, tmp_path):
    found = panels(draw_figure("4", desk_of(model, tmp_path, classes=("5",), preset="gentle")))
    assert len(found) == 4 + 9
    assert len({shown(found[f"class 5 {number}"]).tobytes() for number in range(4)}) == 4, "four seeds"


def test_figure_5_is_true_to_what_units_see(model, tmp_path):
    drawing = draw_figure("5", desk_of(model, tmp_path, units=("conv1:2", "conv1:6", "fc2:4")))
    found = panels(drawing)
    assert_apart_and_on_the_page(found)
    true = {name: axes for name, axes in found.items() if name.startswith("true")}
    assert {name.split()[1] for name in true} == {"conv1:2@7,9", "conv1:6@7,9", "fc2:4"}
    assert len(true) == 3 * 4
    small, large = inches(true["true conv1:2@7,9 0"]), inches(true["true fc2:4 0"])
    assert shown(true["true conv1:2@7,9 0"]).shape == (5, 5, 3)
    assert shown(true["true fc2:4 0"]).shape == (*SIZE, 3)
    assert small[0] / large[0] == pytest.approx(5 / SIZE[1])
    assert small[1] / large[1] == pytest.approx(5 / SIZE[0])
    assert true["true fc2:4 0"].get_position().y0 > true["true conv1:2@7,9 0"].get_position().y0, "the last on top"


def test_figure_5_chooses_layers_and_classes(model, tmp_path):
    names = {name.split()[1].split(":")[0] for name in panels(draw_figure("5", desk_of(model, tmp_path, quick=True)))}
    assert names == {"conv1", "class"} or names == {"conv1", "fc2"}


def test_the_supplement_shows_start_end_and_change(model, tmp_path):
    drawing = draw_figure("S", desk_of(model, tmp_path, classes=("3", "4")))
    found = panels(drawing)
    assert list(found) == [f"class {each} {number}" for each in (3, 4) for number in range(3)]
    assert_apart_and_on_the_page(found)
    assert np.array_equal(shown(found["class 3 0"]), shown(found["class 4 0"]))
    assert not np.array_equal(shown(found["class 3 1"]), shown(found["class 3 0"]))
    assert not np.array_equal(shown(found["class 3 2"]), shown(found["class 4 2"]))


def test_what_is_made_is_kept_and_files_are_the_same(model, tmp_path):
    works = Works()
    texts = []
    for _ in range(2):
        drawing = draw_figure("3", desk_of(model, tmp_path, works, classes=("2",), quick=True))
        texts.append([path.read_bytes() for path in write_figure(drawing, tmp_path / "out" / "figure3")])
    assert works.runs == 17, "4 x 5, but without any regulariser once"
    assert texts[0] == texts[1]
    assert texts[0][0].startswith(b"\x89PNG") and texts[0][1].startswith(b"%PDF")
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["figure3.pdf", "figure3.png"]


@pytest.mark.parametrize(
    ("number", "choices", "words"),
    [
        ("1", {"units": ("fc2:1",)}, "maps"),
        ("1", {"units": ("conv1:1", "conv1:2")}, "one channel"),
        ("3", {"classes": ("flamingo",)}, "no labels"),
        ("3", {"classes": ("1", "2")}, "one unit or class"),
        ("4", {"classes": ("7",)}, "no class 7.*from 0 to 6"),
        ("5", {"layers": ("conv9",)}, "conv9"),
        ("5", {"units": ("conv1:8",)}, "no channel 8"),
        ("4", {"preset": "nosuch"}, "nosuch"),
        ("9", {}, "no figure '9'"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(model, images, tmp_path, number, choices, words):
    works = Works()
    desk = desk_of(model, tmp_path, works, **{"images": images, **choices})
    with pytest.raises(Error, match=words):
        draw_figure(number, desk)
    assert works.runs == 0


def test_choices_without_effect_are_known():
    assert unused("4", Choices(images=(Path("a.png"),), classes=("1",))) == ["images"]
    assert unused("5", Choices(layers=("conv1",))) == []


def test_layers_from_the_first_to_the_last(model):
    assert [depth.blob for depth in depths(model, (), 8)] == ["conv1", "fc2"]
    conv, dense = depths(model, ("fc2", "conv1"), 8)
    assert (conv.sees, conv.is_whole) == ((5, 5), False)
    assert (dense.sees, dense.is_whole) == (SIZE, True)


def test_dead_channels_come_last(model):
    model.net.params["conv1"][1][[0, 2, 3, 5]] = -1e4
    assert living(model, "conv1", 3) == [1, 6, 7]
    assert set(living(model, "conv1", 5)) > {1, 4, 6, 7}
    assert living(model, "conv1", 100) == list(range(8))


@given(st.integers(0, 200), st.integers(0, 200))
def test_spread_is_even_and_keeps_both_ends(count, most):
    found = spread(count, most)
    assert len(found) == min(count, most)
    assert found == sorted(set(found)) and all(0 <= each < count for each in found)
    if min(count, most) >= 2:
        assert (found[0], found[-1]) == (0, count - 1)
        assert max(np.diff(found)) - min(np.diff(found)) <= 1


def test_the_command_draws_all(prototxt, images, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = [
        "figure",
        "all",
        str(prototxt),
        "--quick",
        "--iterations",
        "2",
        "--out",
        str(out),
        "--images",
        *map(str, images),
    ]
    assert main(arguments) == 0
    names = [f"figure{number}-tiny.{kind}" for number in "12345S" for kind in ("pdf", "png")]
    assert sorted(path.name for path in out.iterdir() if path.is_file()) == sorted(names)
    said = capsys.readouterr().out
    assert all(str(out / name) in said for name in names)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["6"], "no figure '6'"),
        (["4", "--images", "nowhere.png"], "does not take --images"),
        (["1", "--images", "nowhere.png"], "nowhere.png"),
        (["4", "--preset", "nosuch"], "no preset 'nosuch'"),
        (["4", "--other-weights", "x.caffemodel"], "--other"),
        (["1", "TINY", "another"], "one MODEL"),
    ],
)
def test_the_command_refuses(prototxt, tmp_path, capsys, arguments, words):
    number, *rest = [str(prototxt) if each == "TINY" else each for each in arguments]
    given_model = [] if "TINY" in arguments else [str(prototxt)]
    assert main(["figure", number, *given_model, *rest, "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_there_is_a_word(prototxt, tmp_path, capsys, monkeypatch):
    for name in [*(each for each in sys.modules if each.split(".")[0] == "matplotlib"), "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["figure", "1", str(prototxt), "--out", str(tmp_path / "out")]) == 2
    assert "pip install 'deepvis[figures]'" in capsys.readouterr().err


def test_styles_suit_the_net(model, tmp_path):
    assert class_styles(desk_of(model, tmp_path, preset="softer")) == [preset("softer")]
    assert class_styles(desk_of(model, tmp_path))[0].name == "classic"
