"""From a loaded model to the viewer's own parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deepvis import _native
from deepvis.ascent.loop import Ascent
from deepvis.ascent.presets import Preset, presets
from deepvis.ascent.starts import Start
from deepvis.ascent.suitable import suitable_for
from deepvis.errors import Error, StateError, UnknownNameError
from deepvis.live.ascending import AUTO
from deepvis.live.scene import Layer, Scene
from deepvis.live.seeing.engine import Engine
from deepvis.live.seeing.inputs import Inputs
from deepvis.live.settings import Settings
from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.models import Model, ModelCard
from deepvis.net import Net
from deepvis.preprocess import Preprocess
from deepvis.render import Picture
from deepvis.results import ReceptiveField
from deepvis.units import Unit

BeginAscent = Callable[[Unit, Preset, Picture | None, int], Ascent]


@dataclass(frozen=True, eq=False)
class Stage:
    """A model ready to be looked at. problem: why it is not the one that was asked for."""

    engine: Engine
    scene: Scene
    begin_ascent: BeginAscent
    shelf: PictureLoader | None = None
    problem: str | None = None


def stage_of(
    model: Model,
    settings: Settings,
    *,
    size: tuple[int, int] | None = None,
    has_files: bool = True,
    has_live: bool = False,
    problem: str | None = None,
) -> Stage:
    """The parts that look at this model; its net belongs to the engine from now on."""
    inputs = _inputs_of(model)
    engine = Engine(model.net, inputs, classes=model.class_blob or "", seconds=settings.similar_seconds)
    shelf = shelf_of(settings)
    scene = scene_of(
        model,
        settings,
        size=size,
        has_files=has_files,
        has_live=has_live,
        has_unit_pictures=shelf is not None,
    )
    spare = model.net.clone()  # the engine's net is busy in another thread

    def begin(unit: Unit, style: Preset, picture: Picture | None, seed: int) -> Ascent:
        if inputs.pictures > 1 or inputs.planes != model.preprocess.channels:
            raise Error("live ascent grows one picture; this net takes several, or channels that no picture has")
        start: Start | Picture = "mean_plus_rand" if picture is None else picture
        return Ascent(spare, model.input_blob, model.preprocess, unit, style, start, seed, cone=True)

    return Stage(engine, scene, begin, shelf, problem)


def shelf_of(settings: Settings) -> PictureLoader | None:
    """Ready-made pictures of units, where settings name a folder of them."""
    if settings.unit_jpg_dir is None:
        return None
    files = UnitFiles(settings.unit_jpg_dir, settings.jpgvis_remap)
    return PictureLoader(files, settings.jpg_cache_size)


def scene_of(
    model: Model,
    settings: Settings | None = None,
    *,
    size: tuple[int, int] | None = None,
    has_files: bool = True,
    has_live: bool = False,
    has_unit_pictures: bool = False,
) -> Scene:
    """The model's blobs in net order, without its inputs and what its card hides, under their short names."""
    settings = settings or Settings()
    net, card = model.net, model.card
    layers = []
    for blob in net.blobs:
        if blob in net.inputs or card.hidden(blob):
            continue
        layer = Layer.of(blob, net.shape(blob), card.short(blob), _sees(model, blob))
        if layer is not None:
            layers.append(layer)
    if not layers:
        raise Error(f"{model.name}: the net has no blob beside its input that could be shown")
    names = (AUTO, *presets())
    if settings.ascent_preset not in names:
        raise UnknownNameError(f"ascent_preset: no preset {settings.ascent_preset!r}; there are {', '.join(names)}")
    threads = _native.num_threads()
    return Scene(
        title=card.title or model.name,
        layers=tuple(layers),
        size=size or settings.window_size,
        settings=settings,
        labels=tuple(model.labels or ()),
        labelled=frozenset(card.class_labels_layers),
        aspect=settings.layers_aspect_ratio,
        input_shape=(*net.shape(model.input_blob)[:2], *model.preprocess.shown_size),
        pictures=_inputs_of(model).pictures,
        has_files=has_files,
        has_live=has_live,
        has_unit_pictures=has_unit_pictures,
        precision=net.precision,
        presets=names,
        suitable=suitable_for(card, net),
        machine=f"cpu, {_native.instruction_set()}, {threads} thread{'s' * (threads != 1)}",
    )


def _inputs_of(model: Model) -> Inputs:
    return Inputs(model.input_blobs, model.net.shape(model.input_blob)[1], model.preprocess)


def _sees(model: Model, blob: str) -> ReceptiveField | None:
    """What positions of a blob see; nothing is known for nets that take pictures transposed."""
    if model.preprocess.transpose:
        return None
    try:
        return model.net.receptive_field(blob)
    except StateError:
        return None


NO_NET = """
name: "no net"
input: "picture" input_shape { dim: 1 dim: 3 dim: 227 dim: 227 }
layer { name: "input" type: "Power" bottom: "picture" top: "input" }
"""


def stage_without_net(settings: Settings, problem: str, *, has_files: bool, has_live: bool) -> Stage:
    """A viewer of the picture's three channels alone, for when the model cannot be loaded: everything else works, and
    the model can be loaded anew.
    """
    net = Net.from_text(NO_NET, source="no net")
    card = ModelCard("no net", Path("no net"))
    model = Model("no net", net, Preprocess((227, 227), "RGB"), None, card, ("picture",))
    return stage_of(model, settings, has_files=has_files, has_live=has_live, problem=problem)
