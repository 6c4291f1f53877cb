"""The settings as plain values. Defaults are the classic toolbox's wherever it had the setting; what each of them means
is said in keys.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deepvis.render.picture import BACKGROUND, STALE, Colour

CLASSIC_SIZE = (1500, 930)  # width, height of the window
MOST_PIXELS = 8192  # of a side: more than any screen has, and still a picture of bearable size
Fractions = tuple[float, float, float, float]
PaneBox = tuple[int, int, int, int]  # top, left, height, width
Part = Literal["control", "status", "class", "label", "help"]  # whose text has a size of its own


@dataclass(frozen=True)
class Settings:
    """One value by key. Paths are absolute; colours RGB of 0..1; None leaves the choice to the viewer or the card."""

    model: str | None = None
    weights: Path | None = None
    mean: tuple[float, ...] | Path | None = None
    channel_order: Literal["BGR", "RGB", "GRAY"] | None = None
    labels: Path | Literal["imagenet"] | None = None
    label_layers: tuple[str, ...] | None = None
    class_blob: str | None = None
    device: str = "cpu"
    threads: int | None = None
    precision: Literal["fp32", "fp16-weights"] = "fp32"

    source: tuple[str, ...] = ()
    files_dir: Path | None = None
    files_regexp: str | None = None
    files_ignore_case: bool = True
    files_mode: Literal["directory", "image_list", "siamese_image_list"] = "directory"
    files_list: Path | None = None
    stretch: bool = False
    camera: int | str | None = 0
    camera_size: tuple[int, int] | None = None
    camera_fps: float | None = None
    mirror: bool = True
    autocontrast: bool = True
    loop: bool = True
    speed: float = 1.0

    size: tuple[int, int] | None = None
    panes: Mapping[str, PaneBox] | None = None
    global_scale: float = 1.0
    debug_panes: bool = False
    help_pane: Fractions = (0.07, 0.07, 0.86, 0.86)
    layers_aspect_ratio: float | None = None

    scale: Literal["layer", "unit", "fixed"] = "layer"
    fixed_range: tuple[float, float] | None = None
    boost_choices: tuple[float, ...] = (0.0, 0.3, 0.5, 0.8, 1.0)
    boost_default_index: int = 0
    gamma_choices: tuple[float, ...] = (1.0, 0.7, 0.5, 0.3)
    gamma_default_index: int = 0
    colour_map: Literal["gray", "viridis", "magma", "inferno", "cividis", "diverging"] = "gray"
    overlay_opacity: float = 0.75
    blur_radius: float = 4.0
    show_label_predictions: bool = True
    fast_move: int = 3
    similar_seconds: float = 10.0
    ascent_preset: str = "auto"
    save_dir: Path | None = None

    unit_jpg_dir: Path | None = None
    show_unit_jpgs: bool = True
    jpgvis_layers: tuple[str, ...] = ()
    jpgvis_remap: Mapping[str, str] = field(default_factory=dict)
    jpgvis_stack_vert: bool = True
    jpg_cache_size: int = 2000 * 2**20

    global_font_size: float = 1.0
    control_font_size: float | None = None
    status_font_size: float | None = None
    class_font_size: float | None = None
    label_font_size: float | None = None
    help_font_size: float | None = None

    window_background: Colour = BACKGROUND
    stale_background: Colour = STALE
    control_colour: Colour = (0.8, 0.8, 0.8)
    control_colour_selected: Colour = (1.0, 1.0, 1.0)
    control_colour_cursor: Colour = (0.5, 1.0, 0.5)
    control_colour_origin: Colour = (0.8, 0.8, 1.0)
    layer_colour_cursor: Colour = (0.5, 1.0, 0.5)
    layer_colour_origin: Colour = (0.2, 0.2, 1.0)
    layer_colour_back: Colour = (0.2, 0.2, 0.5)
    status_colour: Colour = (0.8, 0.8, 0.8)
    class_colour_unlikely: Colour = (0.5, 0.5, 0.5)
    class_colour_likely: Colour = (0.5, 1.0, 0.5)
    label_colour: Colour = (0.8, 0.8, 0.8)
    help_colour: Colour = (1.0, 1.0, 1.0)

    @property
    def window_size(self) -> tuple[int, int]:
        """(width, height) of the window: `size` if it is given, else that of the panes at global_scale."""
        if self.size:
            return self.size
        width, height = CLASSIC_SIZE
        if self.panes:
            width = max(left + wide for _, left, _, wide in self.panes.values())
            height = max(top + high for top, _, high, _ in self.panes.values())
        width, height = int(width * self.global_scale), int(height * self.global_scale)
        return min(max(width, 1), MOST_PIXELS), min(max(height, 1), MOST_PIXELS)

    def font_size(self, part: Part) -> float:
        """Factor on the usual size of a part's text. As in the classic, global_font_size is only the default."""
        sizes = {
            "control": self.control_font_size,
            "status": self.status_font_size,
            "class": self.class_font_size,
            "label": self.label_font_size,
            "help": self.help_font_size,
        }
        own = sizes[part]
        return self.global_font_size if own is None else own
