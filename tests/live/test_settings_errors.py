"""Settings that are refused: one message with the file, the line, the key, what was expected and what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepvis.errors import FormatError
from deepvis.live.settings import LoadedSettings, Settings, load_settings, print_settings
from deepvis.live.settings.classic import known_names


def load(folder: Path, text: str | bytes | None, *overrides: str) -> LoadedSettings:
    """Settings with this deepvis.yaml in the project's folder, and none of the user's."""
    if text is not None:
        (folder / "deepvis.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(folder, overrides, folder / "none.yaml")


def refusal(folder: Path, text: str | bytes, *overrides: str) -> str:
    with pytest.raises(FormatError) as caught:
        load(folder, text, *overrides)
    message = str(caught.value)
    assert len(message) < 1000 and "\n" not in message
    return message.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\ngamma_choices: bright\n", "deepvis.yaml:3: gamma_choices: expected numbers above 0, found 'bright'"),
        ("gamma_choices: [1, 0]\n", "deepvis.yaml:1: gamma_choices: expected numbers above 0, found 0"),
        ("gamma_choices: []\n", "gamma_choices: expected 1 to 32 numbers, found []"),
        ("gamma_choices: [.nan]\n", "gamma_choices: expected numbers above 0, found nan"),
        ("caffevis_boost_gamma_choices: [x]\n", "caffevis_boost_gamma_choices: expected numbers above 0, found 'x'"),
        ("boost_choices: [-1]\n", "boost_choices: expected numbers from 0 to 10, found -1"),
        ("gama_choices: [1]\n", "deepvis.yaml:1: unknown setting 'gama_choices'; did you mean 'gamma_choices'?"),
        ("caffevis_lables: x\n", "did you mean 'caffevis_labels'?"),
        ("hidden_layers: [x]\n", "unknown setting 'hidden_layers'; it belongs into a model's card"),
        ("zzzzzzzz: 1\n", "unknown setting 'zzzzzzzz'; `deepvis live --print-settings` lists all of them"),
        ("loop: true\nloop: false\n", "deepvis.yaml:2: 'loop' was already given in line 1"),
        ("jpgvis_remap:\n  a: b\n  a: c\n", "deepvis.yaml:3: 'a' was already given in line 2"),
        (
            "boost_choices: [1]\ncaffevis_boost_indiv_choices: [1]\n",
            "deepvis.yaml:2: caffevis_boost_indiv_choices: is the setting boost_choices, already given as "
            "boost_choices (deepvis.yaml:1)",
        ),
        ("label_clr: [1, 1, 1]\ncaffevis_label_clr: [0, 0, 0]\n", "deepvis.yaml:2: caffevis_label_clr: is the setting"),
        ("loop: 1\n", "loop: expected true or false, found 1"),
        ("fast_move: 0\n", "fast_move: expected a whole number from 1 to 1000, found 0"),
        ("fast_move: true\n", "fast_move: expected a whole number from 1 to 1000, found True"),
        ("speed: 9\n", "speed: expected a number from 0.125 to 8, found 9"),
        ("speed: .inf\n", "speed: expected a number from 0.125 to 8, found inf"),
        ("scale: units\n", "scale: expected layer or unit or fixed, found 'units'"),
        ("size: [100]\n", "size: expected a size of [width, height], each from 16 to 8192, found [100]"),
        ("size: 1x1\n", "size: expected a size of [width, height], each from 16 to 8192, found 1"),
        ("fixed_range: [2, 1]\n", "fixed_range: expected [low, high] with low below high, found [2, 1]"),
        ("label_colour: [1, 2, 3]\n", "green and blue of 0 to 1, such as [0.5, 1, 0.5], found 2"),
        ("label_colour: green\n", "label_colour: expected red, green and blue"),
        ("weights: 5\n", "weights: expected the name of a file or folder, found 5"),
        ("weights: ~nobody-of-this-name/x\n", "weights: expected the name of a file or folder"),
        ('weights: "a\\0b"\n', "weights: expected the name of a file or folder"),
        ("class_blob: 5\n", "class_blob: expected a word (in quotes if it looks like a number), found 5"),
        ("label_layers: [1]\n", "label_layers: expected a list of names, found 1"),
        ("jpgvis_remap: [a]\n", "jpgvis_remap: expected 'name: other name' pairs, found ['a']"),
        ("files_regexp: '('\n", "files_regexp: expected a regular expression"),
        ("device: gpu\n", "device: expected cpu, cuda or cuda:NUMBER, found 'gpu'"),
        ("camera: -1\n", "camera: expected a camera's number, the path of its device, or null, found -1"),
        ("mean: [a]\n", "mean: expected a number a channel such as [104, 117, 123], a file, or null"),
        ("jpg_cache_size: 1000\n", "jpg_cache_size: expected a whole number from 10485760"),
        ("panes: {layer: [0, 0, 9, 9]}\n", "panes: expected panes out of input, aux, back, control, layers"),
        ("panes: {layers: [0, 0, 9]}\n", "panes: expected [top, left, height, width] in pixels, found [0, 0, 9]"),
        ("panes: {layers: [0, 0, 9, 0]}\n", "panes: expected layers to have a height and a width"),
        ("panes: {layers: [8000, 0, 900, 9]}\n", "layers to have a height and a width, and to end before 8192"),
        ("panes: {input: [0, 0, 9, 9]}\n", "panes: expected a pane 'layers' among them, found ['input']"),
        ("panes: [[layers, [0, 0, 9, 9]], [caffevis_layers, [0, 0, 9, 9]]]\n", "panes: expected each pane once"),
        ("caffe_net_channel_swap: [1, 0, 2]\n", "caffe_net_channel_swap: expected [2, 1, 0] for BGR"),
        ("caffevis_mode_gpu: 1\n", "caffevis_mode_gpu: expected true or false, found 1"),
        ("gamma_default_index: 4\n", "deepvis.yaml:1: gamma_default_index: expected at most 3, the last of"),
        ("- loop\n", "deepvis.yaml:1: expected 'key: value' lines"),
        ("[a]: 1\n", "deepvis.yaml:1: a key must be a word"),
        ("loop: true\nspeed: [1\n", "deepvis.yaml:3: not valid YAML: while parsing a flow sequence expected ','"),
        ("loop: true\nweights: !!python/object/apply:os.system ['x']\n", "deepvis.yaml:2: weights: not a plain value"),
        ("weights: !mine x\n", "deepvis.yaml:1: weights: not a plain value: could not determine"),
        ("threads: " + "9" * 5000 + "\n", "deepvis.yaml:1: threads: "),
        ("save_dir: &a [*a]\n", "deepvis.yaml:1: an anchor may not stand within itself"),
        ("[" * 5000, "not valid YAML"),
        ("x: 1\n" * 200_001, "deepvis.yaml: over 1 MB, too large for a settings file"),
        ("loop: true\nsave_dir: Grüße\n".encode("latin-1"), "deepvis.yaml:2: cannot read the settings file: byte 0xfc"),
        ("loop: true\n".encode("utf-16"), "deepvis.yaml:1: cannot read the settings file: byte 0xff is not UTF-8"),
        (b"loop: \x00\n", "deepvis.yaml: not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_file_and_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("loop", "--set: expected KEY=VALUE, found 'loop'"),
        ("=1", "--set: expected KEY=VALUE, found '=1'"),
        ("lop=1", "--set: unknown setting 'lop'; did you mean 'loop'?"),
        ("loop=perhaps", "--set: loop: expected true or false, found 'perhaps'"),
        ("files_regexp=*.jpg", "--set: files_regexp:1: not valid YAML"),
        ("loop=!x y", "--set: loop: not a plain value"),
        ("gamma_default_index=2", "--set: gamma_default_index: expected at most 1, the last of gamma_choices, found 2"),
    ],
)
def test_what_is_wrong_in_an_override_is_said_with_its_name(tmp_path: Path, override: str, said: str) -> None:
    assert refusal(tmp_path, "gamma_choices: [1, 0.5]\n", override).startswith(said)


def test_an_explosion_by_anchors_is_refused_and_modest_anchors_are_read(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert "this stands for over 100000 values" in refusal(tmp_path, "\n".join(lines))
    merged = ["m0: &m0 {x: y}"]
    merged += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, 30)]
    assert "this stands for over 100000 values" in refusal(tmp_path, "\n".join(merged))
    values = load(tmp_path, "label_colour: &red [1, 0, 0]\nhelp_colour: *red\n").settings
    assert values.label_colour == values.help_colour == (1, 0, 0)


def test_a_file_with_nothing_in_it_is_fine_and_a_folder_of_its_name_is_not(tmp_path):
    assert load(tmp_path, "# nothing yet\n").settings == Settings()
    assert load(tmp_path, "\ufeff\nloop: false\n").settings.loop is False
    (tmp_path / "deepvis.yaml").unlink()
    (tmp_path / "deepvis.yaml").mkdir()
    with pytest.raises(FormatError, match=r"deepvis\.yaml: cannot read the settings file: Is a directory"):
        load(tmp_path, None)


@pytest.mark.parametrize(
    ("classic", "instead"),
    [("caffevis_layer_pretty_name_fn", "display_names or shorten"), ("caffevis_filter_layers", "hidden_layers")],
)
def test_functions_are_refused_with_what_to_write_instead(tmp_path: Path, classic: str, instead: str) -> None:
    message = refusal(tmp_path, f"{classic}: 'lambda name: name'\n")
    assert message.startswith(f"deepvis.yaml:1: {classic}: ") and instead in message and "card" in message


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary()
ANYTHING = st.recursive(
    SCALARS, lambda some: st.lists(some) | st.dictionaries(st.text() | st.integers(), some), max_leaves=8
)
ALIKE = st.lists(st.integers(-1, 3) | st.floats(-1, 2), max_size=5) | st.text("01ab.*~/%: ", max_size=6)
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def attempt(folder: Path, text: str | bytes | None, *overrides: str) -> LoadedSettings | str:
    """The settings, or the one kind of error there may be."""
    try:
        return load(folder, text, *overrides)
    except FormatError as error:
        return str(error)


@given(st.dictionaries(st.sampled_from(known_names()), ANYTHING | ALIKE, min_size=1, max_size=3))
@FUZZ
def test_any_value_is_taken_or_refused_and_what_is_taken_can_be_printed(tmp_path: Path, values: dict[str, Any]) -> None:
    got = attempt(tmp_path, yaml.safe_dump(values, allow_unicode=True))
    if isinstance(got, str):
        assert "deepvis.yaml" in got and len(got) < 1000
    else:
        assert load(tmp_path, print_settings(got)).settings == got.settings


@given(st.binary(max_size=60) | st.text("ab:-&*[]{}!#|>\n '\"", max_size=40).map(str.encode))
@FUZZ
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    got = attempt(tmp_path, content)
    assert "deepvis.yaml" in got if isinstance(got, str) else got.settings == Settings()


@given(st.text(max_size=40) | st.tuples(st.sampled_from(known_names()), st.text(max_size=20)).map("=".join))
@FUZZ
def test_any_override_is_read_or_refused(tmp_path: Path, override: str) -> None:
    got = attempt(tmp_path, None, override)
    assert isinstance(got, LoadedSettings) or got.startswith("--set: ")
