"""What does not change while the viewer runs: the net's layers, their grids, and where the panes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from deepvis.live.layout import Layout
from deepvis.render import Grid


@dataclass(frozen=True)
class Layer:
    """One blob as the viewer shows it: `units` pictures of (height, width); (1, 1) where a unit is one
    number.
    """

    blob: str
    title: str
    units: int
    height: int = 1
    width: int = 1

    @classmethod
    def of(cls, blob: str, shape: Sequence[int], title: str = "") -> Layer | None:
        """From a blob's shape (N, C, …), axes beyond the fourth stacked as rows; None if nothing can be
        shown.
        """
        if len(shape) < 2 or min(shape) < 1:
            return None
        rows = 1
        for extent in shape[2:-1]:
            rows *= extent
        return cls(blob, title or blob, shape[1], rows, shape[-1] if len(shape) > 2 else 1)


@dataclass(frozen=True)
class Scene:
    """The net as a list of layers in net order, and the window it is shown in.

    labels: names of the units of every layer in `labelled` (blob names), usually the classes of the last
    ones. aspect: width / height that the grid of tiles is to have, as the classic's setting; None takes the
    pane's. precision: the net's, named in the status line where it is not "fp32".
    """

    title: str
    layers: tuple[Layer, ...]
    layout: Layout
    labels: tuple[str, ...] = ()
    labelled: frozenset[str] = frozenset()
    aspect: float | None = None
    input_shape: tuple[int, ...] = (1, 3, 1, 1)
    has_files: bool = True
    has_live: bool = False
    precision: str = "fp32"
    _grids: dict[int, Grid] = field(default_factory=dict, compare=False, repr=False)

    def grid(self, layer: int) -> Grid:
        """How the units of a layer are laid out; keys move the cursor by its columns."""
        if layer not in self._grids:
            at, box = self.layers[layer], self.layout.layers
            aspect = self.aspect or box.width / box.height
            grid = Grid.of(at.units, at.height, at.width, aspect)
            self._grids[layer] = grid.fitting(box.height, box.width)
        return self._grids[layer]

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
