"""From a loaded model to the viewer's own parts."""

from __future__ import annotations

from deepvis.errors import Error
from deepvis.live.engine import Engine
from deepvis.live.layout import CLASSIC_SIZE, Layout
from deepvis.live.scene import Layer, Scene
from deepvis.models import Model


def scene_of(
    model: Model,
    size: tuple[int, int] = CLASSIC_SIZE,
    *,
    aspect: float | None = None,
    has_files: bool = True,
    has_live: bool = False,
) -> Scene:
    """The model's blobs in net order, without its inputs and what its card hides, under their short names."""
    net, card = model.net, model.card
    layers = []
    for blob in net.blobs:
        if blob in net.inputs or card.hidden(blob):
            continue
        layer = Layer.of(blob, net.shape(blob), card.short(blob))
        if layer is not None:
            layers.append(layer)
    if not layers:
        raise Error(f"{model.name}: the net has no blob beside its input that could be shown")
    return Scene(
        title=card.title or model.name,
        layers=tuple(layers),
        layout=Layout.of([layer.title for layer in layers], size),
        labels=tuple(model.labels or ()),
        labelled=frozenset(card.class_labels_layers),
        aspect=aspect,
        input_shape=tuple(net.shape(model.input_blob)),
        has_files=has_files,
        has_live=has_live,
        precision=net.precision,
    )


def engine_of(model: Model) -> Engine:
    """The engine that computes for the viewer; it owns the model's net from now on."""
    return Engine(model.net, model.preprocess, image_input=model.input_blob, classes=model.class_blob or "")
