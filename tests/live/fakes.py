"""A tiny net in NumPy with the face of deepvis.Net, so that the viewer is tested apart from the engine."""

from __future__ import annotations

import threading
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from deepvis.ascent.loop import Ascent
from deepvis.errors import Error
from deepvis.live.build import Stage
from deepvis.live.scene import Layer, Scene
from deepvis.live.seeing.engine import Engine
from deepvis.live.seeing.inputs import Inputs
from deepvis.live.sources import Frame
from deepvis.preprocess import Preprocess
from deepvis.results import LayerRun, ReceptiveField

H, W = 24, 32
NAMES = ("tabby cat", "great white shark", "espresso", "golden retriever", "fireboat", "jaguar")


class FakeNet:
    """picture → act (12 colour mixtures, ReLU) → pool (4×4 means) → score (6) → prob. `ran` are the blobs that the
    last forward pass made.
    """

    def __init__(self, channels: int = 3) -> None:
        rng = np.random.default_rng(1)
        self.inputs = ["picture"]
        self.outputs = ["prob"]
        self._mix = rng.normal(size=(12, channels)).astype(np.float32)
        self._fc = (rng.normal(size=(6, 12)) * 2).astype(np.float32)
        self.blobs = {
            "picture": np.zeros((1, channels, H, W), np.float32),
            "act": np.zeros((1, 12, H, W), np.float32),
            "pool": np.zeros((1, 12, H // 4, W // 4), np.float32),
            "score": np.zeros((1, 6), np.float32),
            "prob": np.zeros((1, 6), np.float32),
        }
        names = list(self.blobs)
        self.layers = [SimpleNamespace(bottoms=(), tops=("picture",))]
        self.layers += [SimpleNamespace(bottoms=(a,), tops=(b,)) for a, b in pairwise(names)]
        self.ran: list[str] = []
        self.diffs: dict[str, np.ndarray] = {}
        self.forwards = self.backwards = 0
        self.threads: set[int] = set()
        self.fail: Exception | None = None

    def shape(self, blob: str) -> tuple[int, ...]:
        return self.blobs[blob].shape

    def forward(self, start: str | None = None, end: str | None = None, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        self.threads.add(threading.get_ident())
        if self.fail is not None:
            raise self.fail
        self.forwards += 1
        if "picture" in inputs:
            self.blobs["picture"][...] = inputs["picture"]
        names = list(self.blobs)
        end = end or "prob"
        self.ran = names[names.index(start or "picture") + 1 : names.index(end) + 1]
        for name in self.ran:
            self.blobs[name][...] = self._made(name)
        return {end: self.blobs[end].copy()}

    def _made(self, name: str) -> np.ndarray:
        b = self.blobs
        if name == "act":
            return np.maximum(np.einsum("kc,nchw->nkhw", self._mix, b["picture"]), 0)
        if name == "pool":
            return b["act"].reshape(1, 12, H // 4, 4, W // 4, 4).mean(axis=(3, 5))
        if name == "score":
            return b["pool"].mean(axis=(2, 3)) @ self._fc.T
        e = np.exp((b["score"] - b["score"].max()) / 40)
        return e / e.sum()

    def receptive_field(self, blob: str) -> ReceptiveField:
        if blob == "act":
            return ReceptiveField((1, 1), (1, 1), (0, 0))
        if blob == "pool":
            return ReceptiveField((4, 4), (4, 4), (0, 0))
        return ReceptiveField((H, W), (0, 0), (0, 0), whole=True)

    def runs(self, direction: str = "forward") -> list[LayerRun]:
        return [LayerRun(name, "numpy", False, 0.001) for name in self.ran]

    def backward(self, start: str, seed: np.ndarray, *, rule: str = "gradient") -> np.ndarray:
        self.threads.add(threading.get_ident())
        self.backwards += 1
        b, d = self.blobs, {}
        d[start] = seed.copy()
        if start in ("prob", "score"):
            d["score"] = d[start]
            d["pool"] = np.broadcast_to(((d["score"] @ self._fc) / 48)[..., None, None], b["pool"].shape).copy()
        if "pool" in d:
            d["act"] = d["pool"].repeat(4, axis=2).repeat(4, axis=3) / 16
        through = np.maximum(d["act"], 0) if rule == "deconv" else d["act"] * (b["act"] > 0)
        d["picture"] = np.einsum("kc,nkhw->nchw", self._mix, through)
        self.diffs = d
        return d["picture"].copy()


def preprocess() -> Preprocess:
    return Preprocess(size=(H, W), order="BGR", mean=np.array([104, 117, 123], np.float32))


def scene(size: tuple[int, int] = (900, 600), **more: object) -> Scene:
    net = FakeNet()
    layers = tuple(
        layer
        for name in list(net.blobs)[1:]
        if (layer := Layer.of(name, net.blobs[name].shape, sees=net.receptive_field(name)))
    )
    return Scene(
        title="fake",
        layers=layers,
        size=size,
        labels=NAMES,
        labelled=frozenset({"prob", "score"}),
        input_shape=(1, 3, H, W),
        **more,  # type: ignore[arg-type]
    )


def engine(net: FakeNet | None = None) -> Engine:
    return Engine(net or FakeNet(), Inputs(("picture",), 3, preprocess()), classes="prob")


def stage(net: FakeNet | None = None, **more: object) -> Stage:
    """What the app is made of, with a net that cannot climb."""

    def no_ascent(*_: object) -> Ascent:
        raise Error("this net cannot climb")

    return Stage(engine(net), scene(**more), no_ascent)  # type: ignore[arg-type]


def frame(serial: int = 1, height: int = 60, width: int = 80) -> Frame:
    """A red disc on a bluish ramp."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 2] = x * 255 // width
    image[..., 1] = 40
    disc = (y - height / 2) ** 2 + (x - width / 2 + serial % 7) ** 2 < (height / 4) ** 2
    image[disc] = (220, 40, 30)
    return Frame(image, f"disc{serial}.png", serial)
