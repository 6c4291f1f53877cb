"""Which presets suit what is climbed, where none is named."""

from __future__ import annotations

from dataclasses import dataclass

from deepvis.ascent.binding import Bound
from deepvis.ascent.presets import preset
from deepvis.errors import UnknownNameError
from deepvis.models import Model, ModelCard
from deepvis.net import Net

PAPER = ("A", "B", "C", "D")
_PAPER_NETS = ("caffenet", "alexnet")  # nets whose gradients are of the size that the paper's steps were found on


@dataclass(frozen=True)
class Suitable:
    """The names of presets for classes, for maps of channels, and for a map's positions."""

    classes: str = "classic"
    maps: str = "texture"
    positions: str = "centre"

    def of(self, has_position: bool, of_map: bool) -> str:
        """The one for a position, for a map, or else for a class."""
        return self.positions if has_position else self.maps if of_map else self.classes


def suitable_for(card: ModelCard, net: Net) -> Suitable:
    """What a model's card says, and what is known of nets like it where that says nothing. Raises UnknownNameError."""
    for key, name in card.ascent.items():
        try:
            preset(name)
        except UnknownNameError as error:
            raise UnknownNameError(f"the card of {card.name}: ascent: {key}: {error}") from None
    return Suitable(**{"classes": class_preset(net), **card.ascent})


def class_preset(net: Net) -> str:
    """What suits the classes of a net: bold steps drive a clipped activation to where it has no gradient."""
    return "spectral-centred" if any(layer.type == "Clip" for layer in net.layers) else "classic"


def is_paper_net(card: ModelCard) -> bool:
    """Whether the paper's own presets suit a model: CaffeNet and AlexNet, with whichever weights."""
    return card.prototxt.stem in _PAPER_NETS


def suitable_presets(model: Model, bound: Bound) -> tuple[str, ...]:
    """The presets for an objective: the paper's for its nets, else the one style that suits it."""
    if is_paper_net(model.card):
        return PAPER
    scores = {model.card.class_blob, *model.card.class_labels_layers}
    of_map = any(part.many and part.blob not in scores for part in bound.parts)
    return (suitable_for(model.card, model.net).of(bound.is_spatial, of_map),)
