"""Which presets suit a model: as its card says, or else as its layers do."""

from __future__ import annotations

from pathlib import Path

import pytest
from ascent_nets import SMOOTH, TINY

from deepvis.ascent import channel, presets, unit
from deepvis.ascent.binding import Bound
from deepvis.ascent.suitable import Suitable, suitable_for, suitable_presets
from deepvis.errors import FormatError, UnknownNameError
from deepvis.models import Model, load, registry


def model(tmp_path: Path, more: str = "", net: str = SMOOTH) -> Model:
    (tmp_path / "net.prototxt").write_text(net)
    (tmp_path / "card.yaml").write_text(f"prototxt: net.prototxt\nclass_blob: prob\nlabel_layers: [classes]\n{more}")
    return load(tmp_path / "card.yaml")


def test_every_registered_model_names_presets_that_there_are() -> None:
    for card in registry.builtin_cards().values():
        assert set(card.ascent.values()) <= set(presets())
    assert registry.builtin_cards()["efficientnet-lite0"].ascent["classes"] == "spectral-centred"


def test_a_card_says_what_suits(tmp_path: Path) -> None:
    found = model(tmp_path, "ascent: {classes: pyramid, positions: C}")
    assert suitable_for(found.card, found.net) == Suitable("pyramid", "texture", "C")
    for objective, wanted in [
        (unit("scores:3"), "pyramid"),
        (channel("classes:3"), "pyramid"),  # a map, but of classes
        (channel("left:1"), "texture"),
        (unit("left:1@2,3"), "C"),
        (unit("scores:3") - channel("left:1"), "texture"),
    ]:
        assert suitable_presets(found, Bound(found.net, objective)) == (wanted,)


def test_without_a_word_the_layers_tell(tmp_path: Path) -> None:
    plain = TINY.format(channels=3, bias=0)
    clipped = plain.replace('type: "ReLU"', 'type: "Clip" clip_param { min: 0 max: 6 }')
    for net, wanted in ((plain, "classic"), (clipped, "spectral-centred")):
        found = model(tmp_path, net=net)
        assert suitable_for(found.card, found.net) == Suitable(wanted, "texture", "centre")


def test_a_wrong_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"card\.yaml:4: card: ascent: expected presets' names for some of classes"):
        model(tmp_path, "ascent: {class: pyramid}")
    found = model(tmp_path, "ascent: {maps: pyramids}")
    with pytest.raises(UnknownNameError, match="the card of card: ascent: maps: no preset 'pyramids'; did you mean"):
        suitable_for(found.card, found.net)
