"""Which presets pictures are drawn with, where none is named."""

from __future__ import annotations

from collections.abc import Sequence

from deepvis.ascent import Preset, preset, presets
from deepvis.ascent.suitable import PAPER, is_paper_net, suitable_for
from deepvis.figures.desk import Desk
from deepvis.models import Model

IMAGES = STYLES = 4  # of each class and channel
# In order of preference; what a class looks like depends on the style, and none is best for all.
_CLIPPED = ("spectral-centred", "pyramid", "spectral")
_PLAIN = ("classic", "painterly", "spectral-relu", "pyramid")


def chosen(desk: Desk) -> Preset | None:
    """The preset that the user named. Raises UnknownNameError, FormatError, OSError."""
    return preset(desk.choices.preset) if desk.choices.preset else None


def class_styles(desk: Desk) -> list[Preset]:
    """Styles for classes, the best one first: the one that was named; the paper's A to D for its nets; else several."""
    named = chosen(desk)
    if named is not None:
        return [named]
    if is_paper_net(desk.model.card):
        return [preset(name) for name in PAPER]
    suitable = suitable_for(desk.model.card, desk.model.net).classes
    return _known((suitable, *(_CLIPPED if is_clipped(desk.model) else _PLAIN)))[:STYLES]


def page_styles(desk: Desk) -> list[tuple[Preset, int]]:
    """A style and a seed for each image of a class: C and four seeds for the paper's nets, else styles in turn."""
    styles = [preset("C")] if is_paper_net(desk.model.card) and chosen(desk) is None else class_styles(desk)
    return [(styles[at % len(styles)], at // len(styles)) for at in range(IMAGES)]


def map_style(desk: Desk, has_position: bool) -> Preset:
    """For a channel of a map: the one that was named, the paper's C for its nets, else what suits the model."""
    if is_paper_net(desk.model.card):
        return chosen(desk) or preset("C")
    return chosen(desk) or preset(suitable_for(desk.model.card, desk.model.net).of(has_position, of_map=True))


def is_clipped(model: Model) -> bool:
    """Whether activations stop at a largest value, beyond which there is no gradient, such as ReLU6's."""
    return any(layer.type == "Clip" for layer in model.net.layers)


def _known(names: Sequence[str]) -> list[Preset]:
    known = presets()
    return [known[name] for name in dict.fromkeys(names) if name in known]
