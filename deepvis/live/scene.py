"""What does not change while the viewer runs: the net's layers, their grids, and where the panes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from deepvis.ascent.suitable import Suitable
from deepvis.live.layout import Layout
from deepvis.live.settings import Settings
from deepvis.live.settings.values import CLASSIC_SIZE
from deepvis.render import Grid
from deepvis.results import ReceptiveField


@dataclass(frozen=True)
class Layer:
    """One blob as the viewer shows it: `units` pictures of (height, width); (1, 1) where a unit is one
    number. sees: the part of the picture's input that its positions see, if that is known.
    """

    blob: str
    title: str
    units: int
    height: int = 1
    width: int = 1
    sees: ReceptiveField | None = None

    @classmethod
    def of(cls, blob: str, shape: Sequence[int], title: str = "", sees: ReceptiveField | None = None) -> Layer | None:
        """From a blob's shape (N, C, …), axes beyond the fourth stacked as rows; None if nothing can be
        shown.
        """
        if len(shape) < 2 or min(shape) < 1:
            return None
        rows = 1
        for extent in shape[2:-1]:
            rows *= extent
        return cls(blob, title or blob, shape[1], rows, shape[-1] if len(shape) > 2 else 1, sees)


@dataclass(frozen=True)
class Scene:
    """The net as a list of layers in net order, and the window of `size` (width, height) that it is shown in.

    labels: names of the units of every layer in `labelled` (blob names), usually the classes of the last
    ones. aspect: width / height that the grid of tiles is to have, as the classic's setting; None takes the
    pane's. precision: the net's, named in the status line where it is not "fp32". input_shape: of the picture's
    input blob; pictures: how many the net takes at once. presets: names of the live ascent's;
    suitable: those for this net. machine: what the numbers come from, for the HUD.
    """

    title: str
    layers: tuple[Layer, ...]
    size: tuple[int, int] = CLASSIC_SIZE
    settings: Settings = field(default_factory=Settings)
    labels: tuple[str, ...] = ()
    labelled: frozenset[str] = frozenset()
    aspect: float | None = None
    input_shape: tuple[int, ...] = (1, 3, 1, 1)
    pictures: int = 1
    has_files: bool = True
    has_live: bool = False
    has_unit_pictures: bool = False
    precision: str = "fp32"
    presets: tuple[str, ...] = ()
    suitable: Suitable = field(default_factory=Suitable)
    machine: str = ""
    _layouts: dict[bool, Layout] = field(default_factory=dict, init=False, compare=False, repr=False)
    _grids: dict[tuple[int, bool], Grid] = field(default_factory=dict, init=False, compare=False, repr=False)

    def layout(self, column: bool = False) -> Layout:
        """Where the panes lie, with or without the column on the right."""
        if column not in self._layouts:
            self._layouts[column] = Layout.of(self.layers_titles, self.size, column, self.settings)
        return self._layouts[column]

    def grid(self, layer: int, column: bool = False) -> Grid:
        """How the units of a layer are laid out; keys move the cursor by its columns."""
        if (layer, column) not in self._grids:
            at, box = self.layers[layer], self.layout(column).layers
            aspect = self.aspect or box.width / box.height
            grid = Grid.of(at.units, at.height, at.width, aspect)
            self._grids[layer, column] = grid.fitting(box.height, box.width)
        return self._grids[layer, column]

    @cached_property
    def layers_titles(self) -> tuple[str, ...]:
        """The names shown for the layers."""
        return tuple(layer.title for layer in self.layers)

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) of the picture's input."""
        return self.input_shape[-2], self.input_shape[-1]

    def label(self, layer: int, unit: int) -> str:
        """The name of a unit, or nothing where it has none."""
        known = self.layers[layer].blob in self.labelled and unit < len(self.labels)
        return self.labels[unit] if known else ""

    def find(self, name: str) -> int | None:
        """The number of the layer with this blob name or title."""
        return self._numbers.get(name)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        names = {layer.title: n for n, layer in reversed(list(enumerate(self.layers)))}
        names.update({layer.blob: n for n, layer in enumerate(self.layers)})
        return names
