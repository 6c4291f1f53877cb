"""Settings: the classic's names and meanings, which level wins, and the way through a printed file and back."""

from __future__ import annotations

import re
import string
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepvis.live.settings import Settings, load_settings, markdown_table, print_settings
from deepvis.live.settings.keys import KEYS, SECTIONS
from deepvis.live.settings.kinds import PANES

ROOT = Path(__file__).resolve().parents[2]
GREY, GREEN, RED = (0.8, 0.8, 0.8), (0.5, 1.0, 0.5), (1.0, 0.0, 0.0)

# classic name, what was written, own name, what it means; HERE stands for the file's folder
HERE = Path("HERE")
MEANINGS: list[tuple[str, str, str, Any]] = [
    ("caffevis_deploy_prototxt", "'%DVT_ROOT%/models/deploy.prototxt'", "model", HERE / "models/deploy.prototxt"),
    ("caffevis_deploy_prototxt", "deploy", "model", HERE / "deploy"),
    ("caffevis_network_weights", "net.caffemodel", "weights", HERE / "net.caffemodel"),
    ("caffevis_data_mean", "[104, 117, 123]", "mean", (104.0, 117.0, 123.0)),
    ("caffevis_data_mean", "'%DVT_ROOT%/mean.npy'", "mean", HERE / "mean.npy"),
    ("caffevis_data_mean", "None", "mean", (0.0,)),
    ("caffe_net_channel_swap", "[2, 1, 0]", "channel_order", "BGR"),
    ("caffe_net_channel_swap", "[0, 1, 2]", "channel_order", "RGB"),
    ("input_updater_capture_device", "None", "camera", None),
    ("input_updater_capture_device", "1", "camera", 1),
    ("debug_window_panes", "True", "debug_panes", True),
    ("window_panes", "[[input, [0, 0, 300, 300]], [caffevis_layers, [30, 300, 870, 900]], "
     "[caffevis_jpgvis, [0, 1200, 900, 300]]]", "panes",
     {"input": (0, 0, 300, 300), "layers": (30, 300, 870, 900), "column": (0, 1200, 900, 300)}),
    ("global_scale", ".9", "global_scale", 0.9),
    ("global_font_size", ".9", "global_font_size", 0.9),
    ("help_pane_loc", "[.1, .2, .5, .6]", "help_pane", (0.1, 0.2, 0.5, 0.6)),
    ("window_background", "[1, 0, 0]", "window_background", RED),
    ("stale_background", "[1, 0, 0]", "stale_background", RED),
    ("static_files_dir", "input_images", "files_dir", HERE / "input_images"),
    ("static_files_regexp", r"'.*\.(jpg|jpeg|png)$'", "files_regexp", r".*\.(jpg|jpeg|png)$"),
    ("static_files_ignore_case", "False", "files_ignore_case", False),
    ("static_file_stretch_mode", "True", "stretch", True),
    ("static_files_input_mode", "siamese_image_list", "files_mode", "siamese_image_list"),
    ("static_files_input_file", "images_file_list.txt", "files_list", HERE / "images_file_list.txt"),
    ("caffevis_mode_gpu", "True", "device", "cuda"),
    ("caffevis_mode_gpu", "False", "device", "cpu"),
    ("caffevis_labels", "'%DVT_ROOT%/labels.txt'", "labels", HERE / "labels.txt"),
    ("caffevis_label_layers", "[fc8, prob]", "label_layers", ("fc8", "prob")),
    ("caffevis_prob_layer", "prob", "class_blob", "prob"),
    ("caffevis_unit_jpg_dir", "'%DVT_ROOT%/jpg'", "unit_jpg_dir", HERE / "jpg"),
    ("caffevis_jpgvis_layers", "[conv1, fc8]", "jpgvis_layers", ("conv1", "fc8")),
    ("caffevis_jpgvis_remap", "{pool1: conv1}", "jpgvis_remap", {"pool1": "conv1"}),
    ("caffevis_layers_aspect_ratio", "1.5", "layers_aspect_ratio", 1.5),
    ("caffevis_fast_move_dist", "5", "fast_move", 5),
    ("caffevis_jpg_cache_size", "20971520", "jpg_cache_size", 20 * 2**20),
    ("caffevis_grad_norm_blur_radius", "2", "blur_radius", 2.0),
    ("caffevis_boost_indiv_choices", "[0, .3, 1]", "boost_choices", (0.0, 0.3, 1.0)),
    ("caffevis_boost_indiv_default_idx", "2", "boost_default_index", 2),
    ("caffevis_boost_gamma_choices", "[1, .7]", "gamma_choices", (1.0, 0.7)),
    ("caffevis_boost_gamma_default_idx", "1", "gamma_default_index", 1),
    ("caffevis_init_show_label_predictions", "False", "show_label_predictions", False),
    ("caffevis_init_show_unit_jpgs", "False", "show_unit_jpgs", False),
    ("caffevis_jpgvis_stack_vert", "False", "jpgvis_stack_vert", False),
    ("help_clr", "[1, 0, 0]", "help_colour", RED),
    ("help_fsize", "2", "help_font_size", 2.0),
    ("caffevis_control_clr", "[1, 0, 0]", "control_colour", RED),
    ("caffevis_control_clr_selected", "[1, 0, 0]", "control_colour_selected", RED),
    ("caffevis_control_clr_cursor", "[1, 0, 0]", "control_colour_cursor", RED),
    ("caffevis_control_clr_bp", "[1, 0, 0]", "control_colour_origin", RED),
    ("caffevis_control_fsize", ".85", "control_font_size", 0.85),
    ("caffevis_layer_clr_cursor", "[1, 0, 0]", "layer_colour_cursor", RED),
    ("caffevis_layer_clr_back_background", "[1, 0, 0]", "layer_colour_back", RED),
    ("caffevis_layer_clr_back_sel", "[1, 0, 0]", "layer_colour_origin", RED),
    ("layer_clr_back_sel", "[1, 0, 0]", "layer_colour_origin", RED),
    ("caffevis_status_clr", "[1, 0, 0]", "status_colour", RED),
    ("caffevis_status_fsize", "2", "status_font_size", 2.0),
    ("caffevis_class_clr_0", "[1, 0, 0]", "class_colour_unlikely", RED),
    ("caffevis_class_clr_1", "[1, 0, 0]", "class_colour_likely", RED),
    ("caffevis_class_fsize", "2", "class_font_size", 2.0),
    ("caffevis_label_clr", "[1, 0, 0]", "label_colour", RED),
    ("caffevis_label_fsize", "2", "label_font_size", 2.0),
]  # fmt: skip

WITHOUT_EFFECT = [
    *("caffevis_caffe_root", "input_updater_sleep_after_read_frame", "input_updater_heartbeat_required"),
    *("main_loop_sleep_ms", "print_dots", "keypress_pause_handle_iterations", "keypress_pause_redraw_iterations"),
    *("redraw_at_least_every", "installed_apps", "caffevis_pause_after_keys", "caffevis_frame_wait_sleep"),
    *("caffevis_jpg_load_sleep", "caffevis_heartbeat_required"),
    *("help_face", "help_loc", "help_line_spacing", "help_thick"),
    *(f"caffevis_control_{what}" for what in ("face", "loc", "line_spacing", "thick")),
    *(f"caffevis_control_thick_{what}" for what in ("selected", "cursor", "bp")),
    *(f"caffevis_status_{what}" for what in ("face", "loc", "line_spacing", "thick")),
    *(f"caffevis_class_{what}" for what in ("face", "loc", "line_spacing", "thick")),
    *(f"caffevis_label_{what}" for what in ("face", "loc", "thick")),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's folder; settings of whoever runs the tests are kept out by `load`."""
    project = tmp_path / "project"
    project.mkdir()
    return project


def load(folder: Path, text: str | None = None, *overrides: str, user: str | None = None):
    """Settings with this deepvis.yaml in the project's folder, and this one as the user's."""
    if text is not None:
        (folder / "deepvis.yaml").write_text(text, "utf-8")
    user_file = folder.parent / "user" / "deepvis.yaml"
    user_file.parent.mkdir(exist_ok=True)
    user_file.unlink(missing_ok=True)
    if user is not None:
        user_file.write_text(user, "utf-8")
    return load_settings(folder, overrides, user_file)


def test_the_defaults_are_the_classics(folder):
    loaded = load(folder)
    assert loaded.settings == Settings() and loaded.notes == ()
    assert set(map(str, loaded.origins.values())) == {"default"}
    assert loaded.settings.window_size == (1500, 930)
    assert loaded.settings.boost_choices == (0, 0.3, 0.5, 0.8, 1)
    assert loaded.settings.gamma_choices == (1, 0.7, 0.5, 0.3)
    assert loaded.settings.layer_colour_cursor == GREEN and loaded.settings.label_colour == GREY
    assert loaded.settings.jpg_cache_size == 2000 * 1024**2


def test_the_table_has_exactly_the_settings_there_are_in_their_order():
    assert list(KEYS) == [field.name for field in fields(Settings)]
    assert len(KEYS) == sum(len(section) for section in SECTIONS.values())
    assert all(key.meaning and "\n" not in key.meaning for key in KEYS.values())


@pytest.mark.parametrize(("classic", "written", "own", "meant"), MEANINGS)
def test_a_classic_setting_keeps_its_meaning(folder, classic, written, own, meant):
    loaded = load(folder, f"# mine\n{classic}: {written}\n")
    if isinstance(meant, Path):
        meant = folder / meant.relative_to(HERE)
        meant = str(meant) if own == "model" else meant
    assert getattr(loaded.settings, own) == meant
    assert loaded.origins[own].level == "project" and loaded.origins[own].where.endswith("deepvis.yaml:2")
    assert [name for name, origin in loaded.origins.items() if origin.level != "default"] == [own]
    assert loaded.notes == ()


@pytest.mark.parametrize("classic", WITHOUT_EFFECT)
def test_a_classic_setting_without_effect_is_accepted_with_the_reason(folder, classic):
    loaded = load(folder, f"{classic}: whatever\n")
    assert loaded.settings == Settings()
    (note,) = loaded.notes
    assert re.search(rf"deepvis\.yaml:1: {classic} has no effect: \w+ \w+", note)


def test_later_levels_win_and_every_value_knows_where_it_is_from(folder):
    user = "mirror: false\nspeed: 2\nfast_move: 7\n"
    loaded = load(folder, "speed: 4\nloop: false\nfast_move: 8\n", "fast_move=9", "fast_move=10", user=user)
    values, origins = loaded.settings, loaded.origins
    assert (values.mirror, values.speed, values.loop, values.fast_move) == (False, 4.0, False, 10)
    assert str(origins["mirror"]) == f"user {folder.parent / 'user' / 'deepvis.yaml'}:1"
    assert str(origins["speed"]) == f"project {folder / 'deepvis.yaml'}:1"
    assert str(origins["fast_move"]) == "--set" and str(origins["stretch"]) == "default"


def test_without_arguments_the_working_directory_and_the_users_folder_count(folder, monkeypatch):
    monkeypatch.chdir(folder)
    home = folder.parent / "user"
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(home / name))
    (home / "deepvis").mkdir(parents=True)
    (home / "deepvis" / "deepvis.yaml").write_text("mirror: false\n")
    (folder / "deepvis.yaml").write_text("\nloop: false\n")
    loaded = load_settings()
    assert (loaded.settings.mirror, loaded.settings.loop) == (False, False)
    assert str(loaded.origins["loop"]) == "project deepvis.yaml:2"


def test_paths_start_from_their_own_level(folder):
    user = "save_dir: shots\nunit_jpg_dir: '%DVT_ROOT%/jpg'\nmodel: caffenet\n"
    loaded = load(
        folder, "source: [cats, 'dogs/*.jpg', camera:0, 'rtsp://host/a']\n", "weights=w.caffemodel", user=user
    )
    values = loaded.settings
    assert values.save_dir == folder.parent / "user" / "shots"
    assert values.unit_jpg_dir == folder.parent / "user" / "jpg"
    assert values.model == "caffenet"
    assert values.source == (str(folder / "cats"), str(folder / "dogs/*.jpg"), "camera:0", "rtsp://host/a")
    assert values.weights == folder / "w.caffemodel"


def test_what_a_folder_is_called_is_no_pattern(tmp_path):
    folder = tmp_path / "a[b]"
    folder.mkdir()
    (folder / "x[1].jpg").touch()
    loaded = load(folder, "source: ['*.jpg', 'x[1].jpg']\n")
    assert loaded.settings.source == (f"{tmp_path}/a[[]b]/*.jpg", f"{tmp_path}/a[b]/x[1].jpg")


def test_overrides_are_read_as_yaml(folder):
    values = load(folder, None, "boost_choices=[0,0.5,1]", "size=800x600", "panes={layers: [0, 0, 50, 60]}").settings
    assert values.boost_choices == (0, 0.5, 1) and values.size == values.window_size == (800, 600)
    assert values.panes == {"layers": (0, 0, 50, 60)}
    assert load(folder, "threads: 4\n", "threads=").settings.threads is None


def test_the_window_is_as_large_as_its_panes_and_text_follows_the_global_size(folder):
    values = load(folder, "panes: {layers: [10, 20, 300, 400]}\nglobal_scale: 0.5\n").settings
    assert values.window_size == (210, 155)
    assert load(folder, "global_scale: 10\n").settings.window_size == (8192, 8192), "bounded"
    values = load(folder, "global_font_size: 2\ncaffevis_control_fsize: 0.85\n").settings
    assert (values.font_size("control"), values.font_size("help")) == (0.85, 2.0)


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20).filter(str.strip)
PATHS = st.text(string.ascii_letters + string.digits + "._- #:'\"[]*éß猫", min_size=1, max_size=20).filter(str.strip)
PATHS = PATHS.map(lambda name: Path("/") / name)


def floats(low: float, high: float, *, exclude_min: bool = False) -> st.SearchStrategy[float]:
    return st.floats(low, high, exclude_min=exclude_min, allow_nan=False)


SIZES = st.tuples(st.integers(16, 8192), st.integers(16, 8192))
OTHER_PANES = [pane for pane in PANES if pane != "layers"]
BOXES = st.tuples(*[st.integers(0, 99)] * 2, *[st.integers(1, 99)] * 2)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "model": st.one_of(st.none(), st.sampled_from(["caffenet", "squeezenet_v1.0"]), PATHS.map(str)),
    **{
        name: st.none() | PATHS
        for name in ("weights", "labels", "files_dir", "files_list", "save_dir", "unit_jpg_dir")
    },
    "mean": st.none() | PATHS | st.lists(floats(-1e9, 1e9), min_size=1, max_size=4).map(tuple),
    "label_layers": st.none() | st.lists(WORDS).map(tuple),
    "class_blob": st.none() | WORDS,
    "ascent_preset": WORDS,
    "threads": st.none() | st.integers(1, 1024),
    "source": st.lists(PATHS.map(str) | st.sampled_from(["camera:0", "https://host/a?b=c#d"])).map(tuple),
    "files_regexp": st.none() | WORDS.map(re.escape),
    "camera": st.none() | st.integers(0, 999) | PATHS.map(str),
    "camera_size": st.none() | SIZES,
    "size": st.none() | SIZES,
    "camera_fps": st.none() | floats(0, 1000, exclude_min=True),
    "panes": st.none() | st.fixed_dictionaries({"layers": BOXES}, optional=dict.fromkeys(OTHER_PANES, BOXES)),
    "help_pane": st.tuples(*[floats(0, 1)] * 4),
    "fixed_range": st.none() | st.tuples(floats(-1e30, 0, exclude_min=True), floats(0, 1e30, exclude_min=True)),
    "boost_choices": st.lists(floats(0, 10), min_size=3, max_size=32).map(tuple),
    "gamma_choices": st.lists(floats(0, 1e6, exclude_min=True), min_size=3, max_size=32).map(tuple),
    "boost_default_index": st.integers(0, 2),
    "jpgvis_remap": st.dictionaries(WORDS, WORDS),
    "jpg_cache_size": st.integers(10 * 2**20, 2**50),
    "window_background": st.tuples(*[floats(0, 1)] * 3),
    "scale": st.sampled_from(["layer", "unit", "fixed"]),
    "loop": st.booleans(),
    "control_font_size": st.none() | floats(0.1, 10),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=VALUES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_printed_settings_read_back_to_the_same(folder, values):
    loaded = load(folder, "# none\n", "installed_apps=[]")
    changed = type(loaded)(Settings(**values), loaded.notes, loaded.origins)
    text = print_settings(changed)
    assert load(folder, text).settings == changed.settings
    assert load(folder, None, user=text).settings == changed.settings, "paths are absolute: any level will do"


def test_printed_settings_say_what_each_means_and_where_it_is_from(folder):
    text = print_settings(load(folder, "\nspeed: 2\nprint_dots: true\n", "fast_move=4"))
    assert f"# {KEYS['speed'].meaning}\n# from: project {folder / 'deepvis.yaml'}:2\nspeed: 2\n" in text
    assert f"# {KEYS['fast_move'].meaning}\n# from: --set\nfast_move: 4\n" in text
    assert "# from: default\nloop: true\n" in text
    assert "print_dots has no effect" in text
    assert all(f"\n{name}: " in text for name in KEYS)


def test_the_page_on_settings_is_the_one_that_is_made():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert page == markdown_table(), "write markdown_table() into it"
    for name, _, own, _ in MEANINGS:
        assert f"`{own}`" in page and (f"`{name}`" in page or f"`caffevis_{name}`" in page)
    assert all(f"`{name}`" in page for name in WITHOUT_EFFECT)


def test_the_settings_on_the_page_are_settings(folder):
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.DOTALL)
    assert load(folder, example).settings.boost_choices == (0, 0.5, 1)
