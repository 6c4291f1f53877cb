"""One net computing what the viewer wants to show: pure request → result, without threads or windows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.live.reach import Links, Reach
from deepvis.live.scene import Scene
from deepvis.live.sources import Frame
from deepvis.live.state import Rule, State
from deepvis.preprocess import Preprocess

Floats = npt.NDArray[np.float32]
TOP = 5  # classes shown


class NetLike(Protocol):
    """What the viewer needs of a net (deepvis.Net has it)."""

    @property
    def inputs(self) -> Sequence[str]: ...
    @property
    def blobs(self) -> Mapping[str, Floats]: ...
    @property
    def diffs(self) -> Mapping[str, Floats]: ...
    @property
    def layers(self) -> Sequence[Links]: ...
    def forward(self, start: str | None = None, end: str | None = None, **inputs: Any) -> Any: ...
    def backward(self, start: str, seed: Any, rule: Rule = "gradient") -> Floats: ...


@dataclass(frozen=True)
class Wants:
    """What the state asks of the net for one frame; compared to tell whether a result is up to date."""

    frame: int
    stretch: bool
    layer: str
    start: tuple[str, int] | None = None
    rule: Rule = "gradient"
    diffs: bool = False
    classes: bool = False

    @classmethod
    def of(cls, state: State, scene: Scene, frame: Frame) -> Wants:
        """No backward pass is asked for unless the view shows one, and no classes either."""
        layer, unit = state.start
        return cls(
            frame=frame.serial,
            stretch=state.stretch,
            layer=scene.layers[state.layer].blob,
            start=(scene.layers[layer].blob, unit) if state.back_shown else None,
            rule=state.rule,
            diffs=state.show_back,
            classes=state.classes_shown,
        )


@dataclass(frozen=True, eq=False)
class Result:
    """What the net saw in one frame. Arrays are the viewer's own copies.

    acts, diffs: (units, h, w) of the wanted layer; diffs is None where no signal passed. signal: (C, H, W) at
    the input with channels as RGB. classes: the most probable ones, best first, as (probability, number); none
    where nothing asked for them yet. passes: how many passes were finished so far; fps: of the last two.
    """

    wants: Wants
    frame: Frame
    acts: Floats
    classes: tuple[tuple[float, int], ...] = ()
    diffs: Floats | None = None
    signal: Floats | None = None
    passes: int = 0
    finished: float = 0.0
    fps: float = 0.0
    forward_ms: float = 0.0
    backward_ms: float = 0.0


def units_of(blob: npt.NDArray[Any]) -> Floats:
    """A copy of the first image's blob (N, C, …) as (C, h, w), laid out as Layer.of says."""
    one = np.array(blob[0], np.float32)
    return one.reshape(one.shape[0], -1, one.shape[-1] if one.ndim > 1 else 1)


class Engine:
    """Owns a net and its preprocessing; used from one thread at a time.

    A frame goes forward to the deepest blob that is wanted, and further once a deeper one is.
    """

    def __init__(self, net: NetLike, preprocess: Preprocess, *, image_input: str = "", classes: str = "") -> None:
        self._net = net
        self._input = image_input or net.inputs[0]
        self._classes = classes
        self._preprocess = {fit: replace(preprocess, fit=fit) for fit in ("crop", "stretch")}
        self._reach = Reach(net.layers)
        self._seen: tuple[int, bool] | None = None
        self._went_back: tuple[Any, ...] | None = None
        self._top: tuple[tuple[float, int], ...] = ()
        self._signal: Floats | None = None
        self._passes, self._finished, self._fps = 0, 0.0, 0.0
        self._forward_ms = self._backward_ms = 0.0

    def compute(self, wants: Wants, frame: Frame) -> Result:
        """Run what is not yet done for this frame, and copy out what is to be shown."""
        seen = (frame.serial, wants.stretch)
        ran = self._forward(seen, frame, wants)
        back = None if wants.start is None else (seen, wants.start, wants.rule)
        if back is not None and back != self._went_back:
            self._went_back = None
            self._backward(*back[1:])
            self._went_back, ran = back, True
        if ran:
            now = time.monotonic()
            self._fps = 1 / max(now - self._finished, 1e-6) if self._finished else 0.0
            self._finished = now
            self._passes += 1
        return Result(
            wants=wants,
            frame=frame,
            acts=units_of(self._net.blobs[wants.layer]),
            classes=self._top,
            diffs=self._diffs(wants.layer) if back and wants.diffs else None,
            signal=self._signal if back else None,
            passes=self._passes,
            finished=self._finished,
            fps=self._fps,
            forward_ms=self._forward_ms,
            backward_ms=self._backward_ms if back else 0.0,
        )

    def _forward(self, seen: tuple[int, bool], frame: Frame, wants: Wants) -> bool:
        """Make what is wanted of this frame and is not there yet; False if all of it is."""
        begun = time.perf_counter()
        inputs: dict[str, Floats] = {}
        if seen != self._seen:
            self._seen = self._went_back = None
            self._reach.clear()
            self._top, self._forward_ms = (), 0.0
            inputs = {self._input: self._preprocess["stretch" if wants.stretch else "crop"].apply(frame.image)}
        ran = False
        for blob in self._wanted(wants):
            ready = self._reach.is_fresh if wants.start and blob == wants.start[0] else self._reach.has
            if not inputs and ready(blob):
                continue
            self._seen = None  # should this fail, the frame begins anew
            start = self._reach.start_for(blob)
            self._net.forward(start=start, end=blob, **inputs)
            self._reach.ran(start, blob)
            inputs, ran = {}, True
        self._seen = seen
        if self._classes and not self._top and self._reach.has(self._classes):
            p = units_of(self._net.blobs[self._classes]).reshape(-1)
            self._top = tuple((float(p[k]), int(k)) for k in np.argsort(-p, kind="stable")[:TOP])
        if ran:
            self._forward_ms += (time.perf_counter() - begun) * 1e3
        return ran

    def _wanted(self, wants: Wants) -> list[str]:
        """The blobs to be made, the deepest first, on whose way the others mostly lie. Where they do not, layers below
        the backward pass's start may run again for another blob, so the start is looked at once more.
        """
        start = [wants.start[0]] if wants.start else []
        classes = [self._classes] if wants.classes and self._classes else []
        return [*sorted([wants.layer, *start, *classes], key=self._reach.depth, reverse=True), *start]

    def _backward(self, start: tuple[str, int], rule: Rule) -> None:
        begun = time.perf_counter()
        # of a unit named without a position the seed is its own activations: the gradient of half their square
        signal = self._net.backward(start[0], f"{start[0]}:{start[1]}", rule=rule)[0]
        preprocess = self._preprocess["crop"]
        if signal.shape == (preprocess.channels, *preprocess.size):
            signal = preprocess.signal(signal).transpose(2, 0, 1)
        self._signal = np.array(signal, np.float32)
        self._backward_ms = (time.perf_counter() - begun) * 1e3

    def _diffs(self, layer: str) -> Floats | None:
        try:
            return units_of(self._net.diffs[layer])
        except LookupError:  # above or beside the path of the pass
            return None

    def seen_part(self, frame: Frame, stretch: bool) -> npt.NDArray[np.uint8]:
        """The part of the frame that reaches the net, at the frame's own resolution."""
        return seen_part(self._preprocess["stretch" if stretch else "crop"], frame)


def seen_part(preprocess: Preprocess, frame: Frame) -> npt.NDArray[np.uint8]:
    """The frame cut to what `preprocess` lets through, grey where the net takes grey."""
    height, width = frame.image.shape[:2]
    top, left, high, wide = preprocess.window(height, width)
    part = frame.image[round(top) : max(round(top + high), 1), round(left) : max(round(left + wide), 1)]
    if preprocess.channels > 1:
        return part
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
