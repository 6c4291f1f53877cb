"""The classic toolbox's settings: what each of their names is called here, or why it means nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deepvis.live.settings.keys import KEYS
from deepvis.yaml_lines import WrongValueError

PREFIX = "caffevis_"

# classic name -> own name
RENAMED: dict[str, str] = {
    "caffevis_deploy_prototxt": "model",
    "caffevis_network_weights": "weights",
    "caffevis_data_mean": "mean",
    "caffe_net_channel_swap": "channel_order",
    "caffevis_labels": "labels",
    "caffevis_label_layers": "label_layers",
    "caffevis_prob_layer": "class_blob",
    "caffevis_mode_gpu": "device",
    "input_updater_capture_device": "camera",
    "static_files_dir": "files_dir",
    "static_files_regexp": "files_regexp",
    "static_files_ignore_case": "files_ignore_case",
    "static_files_input_mode": "files_mode",
    "static_files_input_file": "files_list",
    "static_file_stretch_mode": "stretch",
    "window_panes": "panes",
    "window_background": "window_background",
    "stale_background": "stale_background",
    "global_scale": "global_scale",
    "global_font_size": "global_font_size",
    "debug_window_panes": "debug_panes",
    "help_pane_loc": "help_pane",
    "help_clr": "help_colour",
    "help_fsize": "help_font_size",
    "caffevis_layers_aspect_ratio": "layers_aspect_ratio",
    "caffevis_boost_indiv_choices": "boost_choices",
    "caffevis_boost_indiv_default_idx": "boost_default_index",
    "caffevis_boost_gamma_choices": "gamma_choices",
    "caffevis_boost_gamma_default_idx": "gamma_default_index",
    "caffevis_grad_norm_blur_radius": "blur_radius",
    "caffevis_init_show_label_predictions": "show_label_predictions",
    "caffevis_init_show_unit_jpgs": "show_unit_jpgs",
    "caffevis_fast_move_dist": "fast_move",
    "caffevis_unit_jpg_dir": "unit_jpg_dir",
    "caffevis_jpgvis_layers": "jpgvis_layers",
    "caffevis_jpgvis_remap": "jpgvis_remap",
    "caffevis_jpgvis_stack_vert": "jpgvis_stack_vert",
    "caffevis_jpg_cache_size": "jpg_cache_size",
    "caffevis_control_clr": "control_colour",
    "caffevis_control_clr_selected": "control_colour_selected",
    "caffevis_control_clr_cursor": "control_colour_cursor",
    "caffevis_control_clr_bp": "control_colour_origin",
    "caffevis_control_fsize": "control_font_size",
    "caffevis_layer_clr_cursor": "layer_colour_cursor",
    "caffevis_layer_clr_back_background": "layer_colour_back",
    "caffevis_layer_clr_back_sel": "layer_colour_origin",
    "caffevis_status_clr": "status_colour",
    "caffevis_status_fsize": "status_font_size",
    "caffevis_class_clr_0": "class_colour_unlikely",
    "caffevis_class_clr_1": "class_colour_likely",
    "caffevis_class_fsize": "class_font_size",
    "caffevis_label_clr": "label_colour",
    "caffevis_label_fsize": "label_font_size",
}

_WAITS = "the window, the input and the net hand pictures over as they are ready, without set waits"
_ALIVE = "threads end with the window and need no heartbeat"
_PLACED = "text is placed to suit its size"

# classic name -> why it has no effect
WITHOUT_EFFECT: dict[str, str] = {
    "caffevis_caffe_root": "no Caffe is needed",
    "installed_apps": "the viewer is the one application",
    "input_updater_sleep_after_read_frame": "frames are read as they come; camera_fps asks for a rate",
    "input_updater_heartbeat_required": _ALIVE,
    "caffevis_heartbeat_required": _ALIVE,
    "main_loop_sleep_ms": _WAITS,
    "keypress_pause_handle_iterations": _WAITS,
    "keypress_pause_redraw_iterations": _WAITS,
    "redraw_at_least_every": _WAITS,
    "caffevis_pause_after_keys": _WAITS,
    "caffevis_frame_wait_sleep": _WAITS,
    "caffevis_jpg_load_sleep": _WAITS,
    "print_dots": "nothing is printed while the viewer runs",
}
for _part in ("help", "caffevis_control", "caffevis_status", "caffevis_class", "caffevis_label"):
    WITHOUT_EFFECT[f"{_part}_face"] = "there is one font"
    WITHOUT_EFFECT[f"{_part}_loc"] = _PLACED
    WITHOUT_EFFECT[f"{_part}_thick"] = "strokes are as thick as the text's size asks for"
    if _part != "caffevis_label":  # which is one line
        WITHOUT_EFFECT[f"{_part}_line_spacing"] = _PLACED
for _state in ("selected", "cursor", "bp"):
    WITHOUT_EFFECT[f"caffevis_control_thick_{_state}"] = "these names are always drawn bold"

_CARD = "is a function in Python, which is not read here; write {} into the model's card (see `deepvis models keys`)"

# classic name -> what to do instead
REFUSED: dict[str, str] = {
    "caffevis_layer_pretty_name_fn": _CARD.format("display_names or shorten"),
    "caffevis_filter_layers": _CARD.format("hidden_layers"),
}


def full_name(key: str) -> str | None:
    """The classic name that a key is, with or without its prefix; None where it is none."""
    for name in (key, PREFIX + key):
        if name in RENAMED or name in WITHOUT_EFFECT or name in REFUSED:
            return name
    return None


def own_value(name: str, value: Any) -> Any:
    """A value under a classic name as it is written under the own name. Raises WrongValueError."""
    value = None if value == "None" else value
    return TRANSLATED.get(name, _same)(value)


def _same(value: Any) -> Any:
    return value


def _device(value: Any) -> str:
    if not isinstance(value, bool):
        raise WrongValueError("expected true or false")
    return "cuda" if value else "cpu"


def _order(value: Any) -> str:
    """The classic's camera and files give RGB, and this says which channel of it comes first, second and third."""
    if value is not None and value not in ([2, 1, 0], [0, 1, 2]):
        raise WrongValueError("expected [2, 1, 0] for BGR, or [0, 1, 2] or null for RGB")
    return "BGR" if value == [2, 1, 0] else "RGB"


def _prototxt(value: Any) -> Any:
    """Always a path, whatever its suffix, and never a model's name."""
    return f"./{value}" if isinstance(value, str) and value and "/" not in value else value


def _mean(value: Any) -> Any:
    """None meant that nothing is subtracted."""
    return 0 if value is None else value


TRANSLATED: dict[str, Callable[[Any], Any]] = {
    "caffevis_mode_gpu": _device,
    "caffe_net_channel_swap": _order,
    "caffevis_deploy_prototxt": _prototxt,
    "caffevis_data_mean": _mean,
}


def classic_name(own: str) -> str:
    """The classic name of a setting, or nothing where the classic had none."""
    return next((name for name, new in RENAMED.items() if new == own), "")


def known_names() -> list[str]:
    """All names that settings may have."""
    return [*KEYS, *RENAMED, *WITHOUT_EFFECT, *REFUSED]
